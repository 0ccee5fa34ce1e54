#include "store/memory/memory_verify.h"

#include <algorithm>

#include "store/booked_link.h"
#include "store/day_recount.h"
#include "store/ledger_check.h"
#include "store/memory/memory_seals.h"

namespace tidemark::memory {

namespace {

template <typename Values>
void add_to(RowSum& sum, const Values& values) {
    sum.totals.resize(values.size());
    ++sum.row_count;
    for (std::size_t metric = 0; metric < values.size(); ++metric) {
        sum.totals[metric] += values[metric];
    }
}

void add_totals(std::vector<Total>& to, const std::vector<Total>& totals) {
    to.resize(totals.size());
    for (std::size_t metric = 0; metric < totals.size(); ++metric) {
        to[metric] += totals[metric];
    }
}

void check_links(const MemoryDataset& known,
                 const MemoryBatch& batch,
                 const VerifyScope& scope,
                 const DifferenceSink& differs) {
    std::map<std::string, BookedLink> links;
    for (const auto& [place, link] : batch.adjustments) {
        if (!link.subject.empty() && scope.contains(link.booked.day()) &&
            !known.purged_days.contains(link.booked.day())) {
            BookedLink& booked = links
                                     .try_emplace(link.subject,
                                                  BookedLink{.batch_seq = batch.receipt.batch_seq,
                                                             .subject = link.subject,
                                                             .booked = link.booked,
                                                             .linked = {}})
                                     .first->second;
            add_totals(booked.linked, link.totals);
        }
    }
    for (auto& [subject, link] : links) {
        for (const MemoryRow& row : batch.rows) {
            if (row.subject == subject && row.slot == link.booked) {
                link.row.emplace(row.values.begin(), row.values.end());
            }
        }
        check_booked(known.dataset, link, differs);
    }
}

LedgerFacts facts_of(const MemoryDatabase& database, const MemoryDataset& known) {
    LedgerFacts facts{.dataset = known.dataset,
                      .last_seq = known.last_seq(),
                      .folded_through = known.folded_through,
                      .number_count = known.last_seq(),
                      .partial = known.partial};
    for (const MemoryBatch& batch : known.batches) {
        facts.receipts.push_back(batch.receipt);
        for (const auto& [reason, line_count] : batch.rejected_by_reason) {
            facts.rejected_by_batch[batch.receipt.batch_seq] += line_count;
        }
        for (const auto& [place, erased] : batch.erased) {
            facts.erased_rows[{batch.receipt.batch_seq, place.first, place.second}] = {
                .row_count = erased.row_count, .totals = erased.totals};
        }
        for (const auto& [place, link] : batch.adjustments) {
            RowSum& sum = facts.adjustments[batch.receipt.batch_seq];
            sum.row_count += link.row_count;
            add_totals(sum.totals, link.totals);
            facts.adjusted_days[link.slot.day()] = batch.receipt.batch_seq;
        }
        for (const GaugeEvent& event : batch.events) {
            RowSum& sum = facts.rows[{batch.receipt.batch_seq, event.day()}];
            ++sum.row_count;
            sum.totals.resize(known.dataset.metrics().size());
            sum.totals[event.metric] += event.value;
        }
        for (const MemoryRow& row : batch.rows) {
            const UtcDay day = row.slot.day();
            RowSum& sum = facts.rows[{batch.receipt.batch_seq, day}];
            add_to(sum, row.values);
            sum.slotted = sum.slotted || row.slot != Slot::of_day(day, 0);
        }
    }
    for (const auto& [key, row] : known.daily) {
        add_to(facts.daily[key.first], row.values);
        std::int64_t& most = facts.folded_through_max[key.first];
        most = std::max(most, row.folded_through);
    }
    facts.purged = known.purged_days;
    facts.erased_days = known.erased_days;
    for (const Erasure& erasure : database.erasures) {
        facts.erased_row_count +=
            erasure.dataset == known.dataset.name() ? erasure.batch_row_count : 0;
    }
    facts.seals = sealed_days(known);
    facts.seal_events = known.seal_events;
    for (const Run& run : database.runs) {
        if (run.dataset == known.dataset.name()) {
            facts.runs.push_back({.id = run.id,
                                  .job = run.job,
                                  .feed = run.feed,
                                  .started_at = run.started_at,
                                  .heartbeat_at = run.heartbeat_at,
                                  .ended_at = run.ended_at,
                                  .outcome = run.outcome,
                                  .row_count = run.rows});
        }
    }
    std::ranges::copy_if(
        database.corrections,
        std::back_inserter(facts.corrections),
        [&](const Correction& correction) { return correction.dataset == known.dataset.name(); });
    return facts;
}

}  // namespace

VerifySummary verify(const MemoryDatabase& database,
                     const MemoryDataset& known,
                     const VerifyScope& scope,
                     const DifferenceSink& differs) {
    const FoldStanding standing{.last_seq = known.last_seq(),
                                .folded_through = known.folded_through,
                                .partial = known.partial};
    std::map<UtcDay, DayRecount> recounts;
    const auto recount_of = [&](UtcDay day) -> DayRecount& {
        return recounts.try_emplace(day, known.dataset, standing, day).first->second;
    };
    for (const auto& [key, row] : known.daily) {
        recount_of(key.first).add_daily(key.second, row.values, row.folded_through);
    }
    for (const MemoryBatch& batch : known.batches) {
        for (const MemoryRow& row : batch.rows) {
            recount_of(row.slot.day()).add_row(batch.receipt.batch_seq, row.subject, row.values);
        }
        check_links(known, batch, scope, differs);
    }
    VerifySummary summary;
    for (const auto& [day, recount] : recounts) {
        if (scope.contains(day) && !known.purged_days.contains(day)) {
            recount.compare(differs);
            ++summary.days_recomputed;
        }
    }
    check_ledger(facts_of(database, known), scope, differs, summary);
    return summary;
}

}  // namespace tidemark::memory
