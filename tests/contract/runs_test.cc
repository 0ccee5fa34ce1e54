// What every store promises about runs and coverage.

#include "contract/store_steps.h"

namespace tidemark::test {
namespace {

class RunContract : public StoreTest {
 protected:
    // A run of cdn's feed "fastly" that ended so, covering slots [begin, end) of day 0.
    std::int64_t ended_run(RunOutcome outcome, int begin, int end) {
        const std::int64_t run = store->begin_run("aggregate", "cdn", "fastly").value();
        EXPECT_EQ(outcome_of(store->end_run(run, end_of(outcome, begin, end))), "ok");
        return run;
    }

    static RunEnd end_of(RunOutcome outcome, int begin, int end) {
        RunEnd run_end{.outcome = outcome, .covered = {}, .rows = 3, .bytes = 99, .error = {}};
        run_end.covered.add({Slot::of_day(day(0), begin), Slot::of_day(day(0), end)});
        return run_end;
    }
};
INSTANTIATE_TEST_SUITE_P(Stores, RunContract, testing::ValuesIn(store_factories()), store_name);

TEST_P(RunContract, a_run_is_begun_beats_and_ends) {
    const std::int64_t id = store->begin_run("aggregate", "cdn", "fastly").value();
    tidemark::Run run = store->runs(1)->front();
    EXPECT_EQ(run.id, id);
    EXPECT_EQ(run.job, "aggregate");
    EXPECT_EQ(run.dataset, "cdn");
    EXPECT_EQ(run.feed, "fastly");
    EXPECT_EQ(run.outcome, RunOutcome::running);
    EXPECT_EQ(run.ended_at, std::nullopt);
    EXPECT_EQ(run.heartbeat_at, run.started_at);
    EXPECT_EQ(outcome_of(store->heartbeat_run(id)), "ok");
    EXPECT_GE(store->runs(1)->front().heartbeat_at, run.heartbeat_at);

    RunEnd end = end_of(RunOutcome::failed, 2, 4);
    end.error = "a.log: no such file";
    EXPECT_EQ(outcome_of(store->end_run(id, end)), "ok");
    run = store->runs(1)->front();
    EXPECT_EQ(run.outcome, RunOutcome::failed);
    ASSERT_TRUE(run.ended_at.has_value());
    EXPECT_GE(*run.ended_at, run.started_at);
    EXPECT_EQ(run.covered, end.covered);
    EXPECT_EQ(run.rows, 3);
    EXPECT_EQ(run.bytes, 99);
    EXPECT_EQ(run.error, "a.log: no such file");
}

TEST_P(RunContract, a_run_ends_once) {
    const std::int64_t id = ended_run(RunOutcome::succeeded, 0, 4);
    EXPECT_EQ(outcome_of(store->end_run(id, end_of(RunOutcome::succeeded, 0, 4))), "ok");
    EXPECT_EQ(outcome_of(store->end_run(id, end_of(RunOutcome::failed, 0, 4))), "refused");
    EXPECT_EQ(outcome_of(store->end_run(id, end_of(RunOutcome::succeeded, 0, 5))), "refused");
    EXPECT_EQ(outcome_of(store->heartbeat_run(id)), "refused");
    EXPECT_EQ(store->runs(1)->front().outcome, RunOutcome::succeeded);
}

TEST_P(RunContract, unknown_runs_and_endless_ends_are_wrong) {
    EXPECT_EQ(outcome_of(store->heartbeat_run(41)), "not_found");
    EXPECT_EQ(outcome_of(store->end_run(41, {})), "not_found");
    const std::int64_t id = store->begin_run("compact", "", "").value();
    EXPECT_EQ(outcome_of(store->end_run(id, end_of(RunOutcome::running, 0, 1))), "invalid_input");
}

TEST_P(RunContract, runs_are_listed_newest_first) {
    const std::int64_t first = store->begin_run("aggregate", "cdn", "fastly").value();
    const std::int64_t second = store->begin_run("compact", "", "").value();
    const auto runs = store->runs(10);
    ASSERT_EQ(runs->size(), 2U);
    EXPECT_EQ((*runs)[0].id, second);
    EXPECT_EQ((*runs)[0].feed, "");
    EXPECT_EQ((*runs)[1].id, first);
    EXPECT_EQ(store->runs(1)->size(), 1U);
    EXPECT_TRUE(store->runs(0)->empty());
    EXPECT_TRUE(store->runs(-1)->empty());
}

TEST_P(RunContract, coverage_is_what_succeeded_runs_of_the_feed_declared) {
    EXPECT_TRUE(store->coverage("cdn", "fastly")->empty());
    ended_run(RunOutcome::succeeded, 0, 4);
    ended_run(RunOutcome::failed, 10, 12);
    ended_run(RunOutcome::succeeded, 4, 6);
    ended_run(RunOutcome::succeeded, 20, 21);
    Coverage expected;
    expected.add({Slot::of_day(day(0), 0), Slot::of_day(day(0), 6)});
    expected.add({Slot::of_day(day(0), 20), Slot::of_day(day(0), 21)});
    EXPECT_EQ(store->coverage("cdn", "fastly").value(), expected);
    EXPECT_TRUE(store->coverage("cdn", "edgecast")->empty());
    EXPECT_TRUE(store->coverage("ping", "fastly")->empty());
    EXPECT_TRUE(store->coverage("never", "fastly")->empty());
}

TEST_P(RunContract, a_run_may_cover_several_ranges_or_none) {
    const std::int64_t id = store->begin_run("aggregate", "cdn", "fastly").value();
    RunEnd end = end_of(RunOutcome::succeeded, 0, 1);
    end.covered.add({Slot::of_day(day(3), 0), Slot::of_day(day(4), 0)});
    ASSERT_EQ(outcome_of(store->end_run(id, end)), "ok");
    ASSERT_EQ(
        outcome_of(store->end_run(store->begin_run("aggregate", "cdn", "fastly").value(), {})),
        "ok");
    EXPECT_EQ(store->coverage("cdn", "fastly").value(), end.covered);
    EXPECT_EQ(database->open()->runs(2)->back().covered, end.covered);
}

}  // namespace
}  // namespace tidemark::test
