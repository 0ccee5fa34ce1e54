#include "store/ledger_check.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidemark {

namespace {

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

std::vector<Total> negated(std::vector<Total> totals) {
    for (Total& total : totals) {
        total = -total;
    }
    return totals;
}

std::string instant(Timestamp at) {
    return fmt::format("{} us", at.time_since_epoch().count());
}

class LedgerCheck {
 public:
    LedgerCheck(const LedgerFacts& facts, const VerifyScope& scope, const DifferenceSink& differs)
        : facts_(facts), scope_(scope), differs_(differs) {
        for (const BatchReceipt& receipt : facts.receipts) {
            by_seq_[receipt.batch_seq] = &receipt;
        }
    }

    void numbers();
    void batches(VerifySummary& summary);
    void strays();
    void purged_days(VerifySummary& summary);
    void seals(VerifySummary& summary);
    void runs(VerifySummary& summary);
    void corrections();

 private:
    void expect(const std::string& expected, const std::string& found, Difference difference) {
        if (expected != found) {
            difference.expected = expected;
            difference.found = found;
            differs_(difference);
        }
    }
    void expect(std::int64_t expected, std::int64_t found, Difference difference) {
        expect(std::to_string(expected), std::to_string(found), std::move(difference));
    }
    // One difference a metric.
    void expect_totals(const std::vector<Total>& expected,
                       const std::vector<Total>& found,
                       const Difference& difference);

    bool in_scope(const BatchReceipt& receipt) const {
        return std::ranges::all_of(receipt.days, [&](UtcDay day) { return scope_.contains(day); });
    }
    bool whole() const { return !scope_.from.has_value() && !scope_.to.has_value(); }
    std::vector<Total> zeros() const { return std::vector<Total>(facts_.dataset.metrics().size()); }

    void lines(const BatchReceipt& receipt);
    void kept_rows(const BatchReceipt& receipt);
    void voided(const BatchReceipt& receipt);
    std::vector<Total> rows_through(UtcDay day, std::int64_t through) const;
    void revisions(const std::vector<const SealEvent*>& events);
    void newest_seal(const SealedDay& seal, const SealEvent& event);
    bool alone(const RunFacts& run) const;
    void rows_of_run(const RunFacts& run);

    const LedgerFacts& facts_;
    const VerifyScope& scope_;
    const DifferenceSink& differs_;
    std::map<std::int64_t, const BatchReceipt*> by_seq_;
};

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

// What the batch's rows come to, as far as they are kept.
void LedgerCheck::kept_rows(const BatchReceipt& receipt) {
    RowSum sum{.totals = zeros()};
    bool all_kept = true;
    for (const UtcDay day : receipt.days) {
        if (facts_.purged.contains(day)) {
            all_kept = false;
            continue;
        }
        const auto rows = facts_.rows.find({receipt.batch_seq, day});
        if (rows == facts_.rows.end()) {
            expect("some",
                   "none",
                   {.table = facts_.dataset.name() + "_batch",
                    .day = day,
                    .field = "rows",
                    .batch_seq = receipt.batch_seq});
            continue;
        }
        sum.row_count += rows->second.row_count;
        add(sum.totals, rows->second.totals);
    }
    if (!all_kept) {
        return;
    }
    const Difference at{
        .table = "batch_registry", .field = "row_count", .batch_seq = receipt.batch_seq};
    expect(sum.row_count, receipt.row_count, at);
    expect_totals(sum.totals, receipt.totals, at);
}

void LedgerCheck::voided(const BatchReceipt& receipt) {
    const auto found = by_seq_.find(*receipt.voids);
    Difference at{.table = "batch_registry", .field = "voids", .batch_seq = receipt.batch_seq};
    if (found == by_seq_.end() || *receipt.voids >= receipt.batch_seq) {
        expect("an earlier batch", std::to_string(*receipt.voids), at);
        return;
    }
    const BatchReceipt& original = *found->second;
    at.field = "row_count";
    expect(original.row_count, receipt.row_count, at);
    expect_totals(negated(original.totals), receipt.totals, at);
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
    for (const auto& [place, sum] : facts_.rows) {
        const auto& [batch_seq, day] = place;
        const auto receipt = by_seq_.find(batch_seq);
        const bool known =
            receipt != by_seq_.end() &&
            std::ranges::find(receipt->second->days, day) != receipt->second->days.end();
        if (scope_.contains(day) && (!known || facts_.purged.contains(day))) {
            expect("none",
                   std::to_string(sum.row_count),
                   {.table = facts_.dataset.name() + "_batch",
                    .day = day,
                    .field = "rows",
                    .batch_seq = batch_seq});
        }
    }
}

// A purged day has lost its batch rows, but what its batches came to is known, less what is kept of
// them. Days that share a batch are added up together.
void LedgerCheck::purged_days(VerifySummary& summary) {
    std::map<UtcDay, UtcDay> first_of;  // the first day of the group that a purged day is in
    for (const UtcDay day : facts_.purged) {
        first_of.emplace(day, day);
        summary.days_in_sum += scope_.contains(day) ? 1 : 0;
    }
    const auto find_first = [&](UtcDay day) {
        while (first_of.at(day) != day) {
            day = first_of.at(day);
        }
        return day;
    };
    std::map<UtcDay, std::vector<Total>> expected;
    const auto purged_of = [&](const BatchReceipt& receipt) {
        std::vector<UtcDay> days;
        std::ranges::copy_if(receipt.days, std::back_inserter(days), [&](UtcDay day) {
            return facts_.purged.contains(day);
        });
        return days;
    };
    for (const BatchReceipt& receipt : facts_.receipts) {
        const std::vector<UtcDay> days = purged_of(receipt);
        for (const UtcDay day : days) {
            const UtcDay left = find_first(days.front());
            const UtcDay right = find_first(day);
            first_of.insert_or_assign(std::max(left, right), std::min(left, right));
        }
    }
    for (const BatchReceipt& receipt : facts_.receipts) {
        const std::vector<UtcDay> days = purged_of(receipt);
        if (days.empty()) {
            continue;
        }
        std::vector<Total>& sum = expected[find_first(days.front())];
        add(sum, receipt.totals);
        for (const UtcDay day : receipt.days) {
            const auto rows = facts_.rows.find({receipt.batch_seq, day});
            if (rows != facts_.rows.end() && !facts_.purged.contains(day)) {
                add(sum, negated(rows->second.totals));
            }
        }
    }
    std::map<UtcDay, std::vector<Total>> found;
    for (const UtcDay day : facts_.purged) {
        std::vector<Total>& sum = found[find_first(day)];
        add(sum, zeros());
        if (const auto daily = facts_.daily.find(day); daily != facts_.daily.end()) {
            add(sum, daily->second.totals);
        }
    }
    for (const auto& [first, sum] : found) {
        std::vector<Total>& of_batches = expected[first];
        add(of_batches, zeros());
        if (whole()) {
            expect_totals(of_batches,
                          sum,
                          {.table = facts_.dataset.name() + "_daily", .day = first, .field = ""});
        }
    }
}

std::vector<Total> LedgerCheck::rows_through(UtcDay day, std::int64_t through) const {
    std::vector<Total> totals = zeros();
    for (const BatchReceipt& receipt : facts_.receipts) {
        const auto rows = facts_.rows.find({receipt.batch_seq, day});
        if (receipt.batch_seq <= through && rows != facts_.rows.end()) {
            add(totals, rows->second.totals);
        }
    }
    return totals;
}

// The events of one day, in order: numbered without gap, each beginning where the last one ended,
// each the sum of the batches through its number.
void LedgerCheck::revisions(const std::vector<const SealEvent*>& events) {
    std::int64_t revision = 0;
    std::vector<Total> before;
    for (const SealEvent* event : events) {
        const Difference at{.table = "seal_event", .day = event->day, .field = "revision"};
        expect(++revision, event->revision, at);
        Difference old_totals = at;
        old_totals.field = "old_totals";
        expect(words(before), words(event->old_totals), std::move(old_totals));
        before = event->new_totals;
        if (!facts_.purged.contains(event->day)) {
            expect_totals(rows_through(event->day, event->through), event->new_totals, at);
        }
        if (event->through > facts_.folded_through) {
            Difference through = at;
            through.field = "through";
            expect(fmt::format("at most {}", facts_.folded_through),
                   std::to_string(event->through),
                   std::move(through));
        }
    }
}

void LedgerCheck::newest_seal(const SealedDay& seal, const SealEvent& event) {
    Difference at{.table = "sealed_day", .day = seal.day, .field = "revision"};
    expect(event.revision, seal.revision, at);
    at.field = "through";
    expect(event.through, seal.through, at);
    at.field = "sealed_at";
    expect(instant(event.sealed_at), instant(seal.sealed_at), at);
    expect_totals(event.new_totals, seal.totals, at);
    // Of a purged day the daily rows are left to hold the seal against, while it is clean.
    const bool dirty = std::ranges::any_of(facts_.receipts, [&](const BatchReceipt& receipt) {
        return receipt.batch_seq > event.through &&
               std::ranges::find(receipt.days, seal.day) != receipt.days.end();
    });
    if (facts_.purged.contains(seal.day) && !dirty) {
        const auto daily = facts_.daily.find(seal.day);
        at.table = facts_.dataset.name() + "_daily";
        expect_totals(
            event.new_totals, daily == facts_.daily.end() ? zeros() : daily->second.totals, at);
    }
}

void LedgerCheck::seals(VerifySummary& summary) {
    std::map<UtcDay, std::vector<const SealEvent*>> events;
    for (const SealEvent& event : facts_.seal_events) {
        if (scope_.contains(event.day)) {
            events[event.day].push_back(&event);
            ++summary.seals;
        }
    }
    std::set<UtcDay> sealed;
    for (const SealedDay& seal : facts_.seals) {
        sealed.insert(seal.day);
        const auto of_day = events.find(seal.day);
        if (of_day != events.end()) {
            newest_seal(seal, *of_day->second.back());
        } else if (scope_.contains(seal.day)) {
            expect("some", "none", {.table = "seal_event", .day = seal.day, .field = "rows"});
        }
    }
    for (const auto& [day, of_day] : events) {
        revisions(of_day);
        if (!sealed.contains(day)) {
            expect("some", "none", {.table = "sealed_day", .day = day, .field = "rows"});
        }
    }
}

// A batch does not name its run, but one that was committed between a run's begin and end, while no
// other run of the feed was under way, is that run's.
bool LedgerCheck::alone(const RunFacts& run) const {
    return std::ranges::none_of(facts_.runs, [&](const RunFacts& other) {
        return other.id != run.id && other.feed == run.feed && other.started_at <= *run.ended_at &&
               (!other.ended_at.has_value() || other.ended_at >= run.started_at);
    });
}

void LedgerCheck::rows_of_run(const RunFacts& run) {
    std::int64_t row_count = 0;
    for (const BatchReceipt& receipt : facts_.receipts) {
        if (receipt.identity.feed != run.feed || receipt.committed_at < run.started_at ||
            receipt.committed_at > *run.ended_at) {
            continue;
        }
        // Corrections are made beside the runs, and an instant may be on either side of an edge.
        if (receipt.voids.has_value() || receipt.committed_at == run.started_at ||
            receipt.committed_at == *run.ended_at) {
            return;
        }
        row_count += receipt.row_count;
    }
    expect(row_count, run.row_count, {.table = "run", .field = "row_count", .run_id = run.id});
}

void LedgerCheck::runs(VerifySummary& summary) {
    for (const RunFacts& run : facts_.runs) {
        ++summary.runs;
        const bool ended = run.ended_at.has_value();
        const Difference at{.table = "run", .field = "ended_at", .run_id = run.id};
        if (ended != (run.outcome != RunOutcome::running)) {
            expect(ended ? "none" : "some", ended ? instant(*run.ended_at) : "none", at);
        } else if (ended && *run.ended_at < run.started_at) {
            expect("at least " + instant(run.started_at), instant(*run.ended_at), at);
        } else if (ended && run.job == "aggregate" && whole() && alone(run)) {
            rows_of_run(run);
        }
    }
}

// A correction names batches that there are, and each batch that takes one back is named by one.
void LedgerCheck::corrections() {
    std::set<std::int64_t> voiding;
    for (const Correction& correction : facts_.corrections) {
        const Difference at{
            .table = "correction", .field = "batch_seq", .batch_seq = correction.batch_seq};
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

}  // namespace

void check_ledger(const LedgerFacts& facts,
                  const VerifyScope& scope,
                  const DifferenceSink& differs,
                  VerifySummary& summary) {
    LedgerCheck check(facts, scope, differs);
    if (!scope.from.has_value() && !scope.to.has_value()) {
        check.numbers();
        check.corrections();
    }
    check.batches(summary);
    check.strays();
    check.purged_days(summary);
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
