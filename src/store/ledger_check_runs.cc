#include <chrono>

#include "store/ledger_checking.h"

namespace tidemark::ledger {

namespace {

// A run that was killed has no end, but it is gone when its heart has not beaten for so long, which
// it does every few seconds.
constexpr std::chrono::minutes silence{10};

// The runs of one feed that had it to themselves.
std::vector<const RunFacts*> alone(std::vector<const RunFacts*> of_feed) {
    std::ranges::sort(of_feed, {}, &RunFacts::started_at);
    std::vector<const RunFacts*> found;
    Timestamp busy_until = Timestamp::min();
    for (std::size_t place = 0; place < of_feed.size(); ++place) {
        const RunFacts& run = *of_feed[place];
        const Timestamp end = run.ended_at.value_or(run.heartbeat_at + silence);
        const bool last = place + 1 == of_feed.size();
        if (busy_until < run.started_at && (last || of_feed[place + 1]->started_at > end)) {
            found.push_back(&run);
        }
        busy_until = std::max(busy_until, end);
    }
    return found;
}

}  // namespace

// A batch does not name its run, but one that was committed between a run's begin and end, while no
// other run of the feed was under way, is that run's. `of_feed`: by commit.
void LedgerCheck::rows_of_run(const RunFacts& run,
                              const std::vector<const BatchReceipt*>& of_feed) {
    std::int64_t row_count = 0;
    for (auto receipt =
             std::ranges::lower_bound(of_feed, run.started_at, {}, &BatchReceipt::committed_at);
         receipt != of_feed.end() && (*receipt)->committed_at <= *run.ended_at;
         ++receipt) {
        // Corrections are made beside the runs, and an instant may be on either side of an edge.
        if ((*receipt)->voids.has_value() || (*receipt)->committed_at == run.started_at ||
            (*receipt)->committed_at == *run.ended_at) {
            return;
        }
        row_count += (*receipt)->row_count;
    }
    expect(row_count, run.row_count, {.table = "run", .field = "row_count", .run_id = run.id});
}

void LedgerCheck::runs(VerifySummary& summary) {
    std::map<std::string_view, std::vector<const RunFacts*>> runs_of_feed;
    for (const RunFacts& run : facts_.runs) {
        ++summary.runs;
        const bool ended = run.ended_at.has_value();
        const Difference at{.table = "run", .field = "ended_at", .run_id = run.id};
        if (ended != (run.outcome != RunOutcome::running)) {
            expect(ended ? "none" : "some", ended ? instant(*run.ended_at) : "none", at);
        } else if (ended && *run.ended_at < run.started_at) {
            expect("at least " + instant(run.started_at), instant(*run.ended_at), at);
        } else {
            runs_of_feed[run.feed].push_back(&run);
        }
    }
    if (!whole()) {
        return;
    }
    std::map<std::string_view, std::vector<const BatchReceipt*>> batches_of_feed;
    for (const BatchReceipt& receipt : facts_.receipts) {
        batches_of_feed[receipt.identity.feed].push_back(&receipt);
    }
    for (auto& [feed, batches] : batches_of_feed) {
        std::ranges::sort(batches, {}, &BatchReceipt::committed_at);
    }
    for (const auto& [feed, of_feed] : runs_of_feed) {
        for (const RunFacts* const run : alone(of_feed)) {
            if (run->job == "aggregate" && run->ended_at.has_value()) {
                rows_of_run(*run, batches_of_feed[feed]);
            }
        }
    }
}

}  // namespace tidemark::ledger
