#include "store/ledger_check.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "store/ledger_checking.h"

namespace tidemark {

namespace ledger {

std::string words(const std::vector<Total>& totals) {
    std::vector<std::string> texts;
    for (const Total& total : totals) {
        texts.push_back(total.to_string());
    }
    return texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, ","));
}

void add(std::vector<Total>& to, const std::vector<Total>& totals) {
    to.resize(std::max(to.size(), totals.size()));
    for (std::size_t metric = 0; metric < totals.size(); ++metric) {
        to[metric] += totals[metric];
    }
}

void add(RowSum& to, const RowSum& sum) {
    to.row_count += sum.row_count;
    to.slotted = to.slotted || sum.slotted;
    add(to.totals, sum.totals);
}

std::vector<Total> negated(std::vector<Total> totals) {
    for (Total& total : totals) {
        total = -total;
    }
    return totals;
}

std::string instant(Timestamp at) {
    return fmt::format("{} us", at.time_since_epoch().count());
}

LedgerCheck::LedgerCheck(const LedgerFacts& facts,
                         const VerifyScope& scope,
                         const DifferenceSink& differs)
    : facts_(facts), scope_(scope), differs_(differs) {
    for (const BatchReceipt& receipt : facts.receipts) {
        by_seq_[receipt.batch_seq] = &receipt;
        for (const UtcDay day : receipt.days) {
            latest_of_day_[day] = receipt.batch_seq;
        }
    }
    for (const auto& [place, sum] : facts.rows) {
        rows_of_day_[place.second].emplace_back(place.first, &sum);
    }
    for (const auto& [place, sum] : facts.erased_rows) {
        add(erased_[{place.batch_seq, place.day}], sum);
        erased_of_day_[place.day].emplace_back(place, &sum);
    }
}

void LedgerCheck::expect(const std::string& expected,
                         const std::string& found,
                         Difference difference) {
    if (expected != found) {
        difference.expected = expected;
        difference.found = found;
        differs_(difference);
    }
}

void LedgerCheck::expect(std::int64_t expected, std::int64_t found, Difference difference) {
    expect(std::to_string(expected), std::to_string(found), std::move(difference));
}

bool LedgerCheck::known(std::int64_t batch_seq, UtcDay day) const {
    const auto receipt = by_seq_.find(batch_seq);
    return receipt != by_seq_.end() &&
           std::ranges::find(receipt->second->days, day) != receipt->second->days.end();
}

RowSum LedgerCheck::erased(std::int64_t batch_seq, UtcDay day) const {
    const auto found = erased_.find({batch_seq, day});
    return found == erased_.end() ? RowSum{} : found->second;
}

RowSum LedgerCheck::erased(const BatchReceipt& receipt) const {
    RowSum sum{.totals = zeros()};
    for (const UtcDay day : receipt.days) {
        add(sum, erased(receipt.batch_seq, day));
    }
    return sum;
}

void LedgerCheck::expect_totals(const std::vector<Total>& expected,
                                const std::vector<Total>& found,
                                const Difference& difference) {
    const auto& metrics = facts_.dataset.metrics();
    const auto value = [](const std::vector<Total>& totals, std::size_t metric) {
        return metric < totals.size() ? totals[metric].to_string() : std::string("none");
    };
    for (std::size_t metric = 0; metric < metrics.size(); ++metric) {
        Difference one = difference;
        one.field = metrics[metric];
        expect(value(expected, metric), value(found, metric), std::move(one));
    }
}

void LedgerCheck::numbers() {
    const std::int64_t highest = facts_.receipts.empty() ? 0 : facts_.receipts.back().batch_seq;
    if (highest > facts_.last_seq) {
        expect(fmt::format("at least {}", highest),
               std::to_string(facts_.last_seq),
               {.table = "dataset", .field = "last_seq"});
    }
    // Every number that was given out stands in the registry.
    expect(facts_.last_seq,
           facts_.number_count,
           {.table = "batch_registry", .field = "count of numbers"});
    if (facts_.folded_through > facts_.last_seq || facts_.folded_through < 0) {
        expect(fmt::format("0 to {}", facts_.last_seq),
               std::to_string(facts_.folded_through),
               {.table = "dataset", .field = "folded_through"});
    }
}

void LedgerCheck::lines(const BatchReceipt& receipt) {
    const LineCounts& counts = receipt.counts;
    const Difference at{.table = "batch_registry", .field = "", .batch_seq = receipt.batch_seq};
    Difference lines = at;
    lines.field = "lines";
    expect(counts.accepted + counts.rejected + counts.ignored + counts.comments,
           counts.lines,
           std::move(lines));
    const auto reasons = facts_.rejected_by_batch.find(receipt.batch_seq);
    Difference rejected = at;
    rejected.field = "rejected";
    expect(reasons == facts_.rejected_by_batch.end() ? 0 : reasons->second,
           counts.rejected,
           std::move(rejected));
}

// What the batch's rows come to, as far as they are kept or known to be erased.
void LedgerCheck::kept_rows(const BatchReceipt& receipt) {
    // Events are not taken back by others: they no longer count.
    if (gauge() && receipt.voids.has_value()) {
        return;
    }
    RowSum sum{.totals = zeros()};
    bool all_kept = true;
    std::int64_t purged_rows_min = 0;
    for (const UtcDay day : receipt.days) {
        RowSum of_day = erased(receipt.batch_seq, day);
        if (const auto rows = facts_.rows.find({receipt.batch_seq, day});
            rows != facts_.rows.end() && !facts_.purged.contains(day)) {
            add(of_day, rows->second);
        }
        add(sum, of_day);
        const bool nothing = of_day.row_count == 0;
        if (facts_.purged.contains(day)) {
            all_kept = false;
            purged_rows_min += nothing ? 1 : 0;
        } else if (nothing) {
            expect("some",
                   "none",
                   {.table = batch_table(),
                    .day = day,
                    .field = "rows",
                    .batch_seq = receipt.batch_seq});
        }
    }
    const Difference at{
        .table = "batch_registry", .field = "row_count", .batch_seq = receipt.batch_seq};
    if (receipt.day_grained && sum.slotted) {
        expect("false",
               "true",
               {.table = "batch_registry", .field = "day_grained", .batch_seq = receipt.batch_seq});
    }
    if (all_kept) {
        expect(sum.row_count, receipt.row_count, at);
        expect_totals(sum.totals, receipt.totals, at);
    } else if (receipt.row_count < sum.row_count + purged_rows_min) {
        expect(fmt::format("at least {}", sum.row_count + purged_rows_min),
               std::to_string(receipt.row_count),
               at);
    }
}

// What was erased of the original before is not taken back; what is erased of both since counts
// once in each, with opposite signs.
void LedgerCheck::voided(const BatchReceipt& receipt) {
    const auto found = by_seq_.find(*receipt.voids);
    Difference at{.table = "batch_registry", .field = "voids", .batch_seq = receipt.batch_seq};
    if (found == by_seq_.end() || *receipt.voids >= receipt.batch_seq) {
        expect("an earlier batch", std::to_string(*receipt.voids), at);
        return;
    }
    const BatchReceipt& original = *found->second;
    const RowSum of_original = erased(original);
    if (gauge() && of_original.row_count > 0) {
        // A void has no events, so that nothing tells what was erased before it and what since.
        if (receipt.row_count < original.row_count - of_original.row_count ||
            receipt.row_count > original.row_count) {
            at.field = "row_count";
            expect(fmt::format(
                       "{} to {}", original.row_count - of_original.row_count, original.row_count),
                   std::to_string(receipt.row_count),
                   at);
        }
        return;
    }
    const RowSum of_void = erased(receipt);
    at.field = "row_count";
    expect(original.row_count - of_original.row_count + of_void.row_count, receipt.row_count, at);
    std::vector<Total> expected = negated(original.totals);
    add(expected, of_original.totals);
    add(expected, of_void.totals);
    expect_totals(expected, receipt.totals, at);
}

void LedgerCheck::batches(VerifySummary& summary) {
    for (const BatchReceipt& receipt : facts_.receipts) {
        if (!in_scope(receipt)) {
            continue;
        }
        ++summary.batches;
        lines(receipt);
        kept_rows(receipt);
        if (receipt.voids.has_value()) {
            voided(receipt);
        }
    }
}

// Rows that no receipt knows, or of days that are said to be purged.
void LedgerCheck::strays() {
    const auto nobody_s =
        [&](const std::string& table, std::int64_t batch_seq, UtcDay day, std::int64_t row_count) {
            expect("none",
                   std::to_string(row_count),
                   {.table = table, .day = day, .field = "rows", .batch_seq = batch_seq});
        };
    for (const auto& [place, sum] : facts_.rows) {
        const auto& [batch_seq, day] = place;
        if (scope_.contains(day) && (!known(batch_seq, day) || facts_.purged.contains(day))) {
            nobody_s(batch_table(), batch_seq, day, sum.row_count);
        }
    }
    for (const auto& [place, sum] : erased_) {
        const auto& [batch_seq, day] = place;
        if (scope_.contains(day) && !known(batch_seq, day)) {
            nobody_s("erased_batch", batch_seq, day, sum.row_count);
        }
    }
}

// Erasures themselves, apart from what they took, which counts where it was.
void LedgerCheck::erasures() {
    const auto revision_of = [&](UtcDay day) {
        const auto seal = std::ranges::lower_bound(facts_.seals, day, {}, &SealedDay::day);
        return seal == facts_.seals.end() || seal->day != day ? 0 : seal->revision;
    };
    const auto expect_revision = [&](std::int64_t found, Difference at) {
        const std::int64_t most = revision_of(*at.day);
        at.field = "revision";
        if (found < 0 || found > most) {
            expect(fmt::format("0 to {}", most), std::to_string(found), std::move(at));
        }
    };
    std::int64_t row_count = 0;
    for (const auto& [place, sum] : facts_.erased_rows) {
        row_count += sum.row_count;
        expect_revision(place.revision,
                        {.table = "erased_batch", .day = place.day, .batch_seq = place.batch_seq});
    }
    for (const auto& [place, totals] : facts_.erased_days) {
        const auto& [day, revision] = place;
        expect_revision(revision, {.table = "erased_day", .day = day});
        if (!facts_.purged.contains(day)) {
            expect("none", words(totals), {.table = "erased_day", .day = day, .field = "totals"});
        }
    }
    expect(row_count, facts_.erased_row_count, {.table = "erasure", .field = "batch_row_count"});
}

// A correction names batches that there are, and each batch that takes one back is named by one.
void LedgerCheck::corrections() {
    std::set<std::int64_t> voiding;
    for (const Correction& correction : facts_.corrections) {
        const Difference at{
            .table = "correction", .field = "batch_seq", .batch_seq = correction.batch_seq};
        const CorrectionKind kind = !correction.voiding_seq.has_value() ? CorrectionKind::replayed
                                    : correction.new_seq.has_value()    ? CorrectionKind::replaced
                                                                        : CorrectionKind::voided;
        Difference wrong_kind = at;
        wrong_kind.field = "kind";
        expect(std::string(to_string(kind)),
               std::string(to_string(correction.kind)),
               std::move(wrong_kind));
        if (!by_seq_.contains(correction.batch_seq)) {
            expect("a batch", std::to_string(correction.batch_seq), at);
        }
        if (correction.voiding_seq.has_value()) {
            const auto found = by_seq_.find(*correction.voiding_seq);
            const auto voids = found == by_seq_.end() ? std::nullopt : found->second->voids;
            if (voids != correction.batch_seq) {
                Difference wrong = at;
                wrong.field = "voiding_seq";
                expect("the batch that takes it back",
                       std::to_string(*correction.voiding_seq),
                       std::move(wrong));
            }
            voiding.insert(*correction.voiding_seq);
        }
        if (correction.new_seq.has_value() && !by_seq_.contains(*correction.new_seq)) {
            Difference wrong = at;
            wrong.field = "new_seq";
            expect("a batch", std::to_string(*correction.new_seq), std::move(wrong));
        }
    }
    for (const BatchReceipt& receipt : facts_.receipts) {
        if (receipt.voids.has_value() && !voiding.contains(receipt.batch_seq)) {
            expect("some",
                   "none",
                   {.table = "correction", .field = "rows", .batch_seq = receipt.voids});
        }
    }
}

}  // namespace ledger

void check_ledger(const LedgerFacts& facts,
                  const VerifyScope& scope,
                  const DifferenceSink& differs,
                  VerifySummary& summary) {
    ledger::LedgerCheck check(facts, scope, differs);
    if (!scope.from.has_value() && !scope.to.has_value()) {
        check.numbers();
        check.corrections();
        check.erasures();
    }
    check.batches(summary);
    check.strays();
    check.adjustments();
    // Of a gauge a purged day cannot be added up: its values replace each other.
    if (facts.dataset.kind() == DatasetKind::counter) {
        check.purged_days(summary);
    }
    check.daily_bounds();
    check.seals(summary);
    check.runs(summary);
    for (const auto& [place, sum] : facts.rows) {
        summary.batch_rows += scope.contains(place.second) ? sum.row_count : 0;
    }
    for (const auto& [day, sum] : facts.daily) {
        summary.daily_rows += scope.contains(day) ? sum.row_count : 0;
    }
}

}  // namespace tidemark
