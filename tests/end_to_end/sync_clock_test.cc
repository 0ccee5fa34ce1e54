// Synchronisation through the real program at instants that the test sets: what a day looks like
// while batches come, days are sealed, feeds fall silent, and clocks do what clocks do.

#include <csignal>
#include <string>

#include <gtest/gtest.h>

#include "end_to_end/sync_steps.h"

namespace tidemark::test {
namespace {

using nlohmann::json;

class SyncAtInstants : public SyncSteps {
 protected:
    void SetUp() override {
        if (const std::string reason = reason_not_to_set_clock(); !reason.empty()) {
            GTEST_SKIP() << reason;
        }
        SyncSteps::SetUp();
        if (!IsSkipped()) {
            configure("[sync.cdn]\norigin = \"2026-03-08\"\n[sync.ping]\nrequired = false\n");
            store->set_clock("2026-03-09T03:00:00Z");
        }
    }

    // Three days, of which the last is not over: a line of 1, 10 and 100 bytes.
    void cover_three_days() const {
        cover("2026-03-08T00:00Z/2026-03-09T00:00Z", access_line("08/Mar/2026:10:00:00", 1));
        store->set_clock("2026-03-10T12:10:00Z");
        cover("2026-03-09T00:00Z/2026-03-10T00:00Z", access_line("09/Mar/2026:10:00:00", 10));
        cover("2026-03-10T00:00Z/2026-03-10T12:00Z", access_line("10/Mar/2026:10:00:00", 100));
    }

    void expect_bytes(const std::vector<int>& by_day) const {
        const json answer = usage({"--from", "2026-03-08", "--to", "2026-03-11", "--by", "day"});
        std::vector<int> found;
        for (const json& row : answer["rows"]) {
            found.push_back(row["bytes_streamed"].get<int>());
        }
        EXPECT_EQ(found, by_day) << answer.dump(2);
    }
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         SyncAtInstants,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         name_of_store);

TEST_P(SyncAtInstants, overlap_of_batches_and_daily_rows_counts_once) {
    cover_three_days();
    expect_done({"compact"});
    expect_done({"sync"});
    const json cdn = dataset();
    EXPECT_EQ(cdn["status"], "ok");
    EXPECT_EQ(cdn["seam"], "2026-03-10T00:00:00Z");
    EXPECT_EQ(cdn["synced_through"], "2026-03-10T12:00:00Z");
    EXPECT_EQ(cdn["stable_through"], "2026-03-10T10:00:00Z");
    EXPECT_EQ(cdn["overlap_s"], 2 * 86400);
    EXPECT_EQ(cdn["cover"],
              json::parse(R"([["2026-03-08T00:00:00Z", "2026-03-10T00:00:00Z", "daily"],
                              ["2026-03-10T00:00:00Z", "2026-03-10T12:00:00Z", "batch"]])"));
    expect_bytes({1, 10, 100});
}

TEST_P(SyncAtInstants, compaction_that_lags_holds_the_seam_and_nothing_else) {
    cover("2026-03-08T00:00Z/2026-03-09T00:00Z", access_line("08/Mar/2026:10:00:00", 1));
    expect_done({"compact"});
    store->set_clock("2026-03-10T12:10:00Z");
    cover("2026-03-09T00:00Z/2026-03-10T00:00Z", access_line("09/Mar/2026:10:00:00", 10));
    cover("2026-03-10T00:00Z/2026-03-10T12:00Z", access_line("10/Mar/2026:10:00:00", 100));
    expect_done({"sync"});
    const json cdn = dataset();
    EXPECT_EQ(cdn["status"], "ok");
    EXPECT_EQ(cdn["seam"], "2026-03-09T00:00:00Z");
    EXPECT_EQ(cdn["synced_through"], "2026-03-10T12:00:00Z");
    EXPECT_EQ(cdn["daily_latest"], "2026-03-09T00:00:00Z");
    EXPECT_EQ(cdn["batch_latest"], "2026-03-10T12:00:00Z");
    expect_bytes({1, 10, 100});
}

TEST_P(SyncAtInstants, a_quiet_feed_moves_on_with_runs_that_have_no_rows) {
    cover("2026-03-08T00:00Z/2026-03-09T00:00Z", "", "quiet");
    cover_three_days();
    cover("2026-03-09T00:00Z/2026-03-10T09:00Z", "", "quiet");
    expect_done({"sync"});
    EXPECT_EQ(synced(), "2026-03-10T09:00:00Z");
    EXPECT_EQ(dataset()["waiting_for"], json::parse(R"(["quiet"])"));
    cover("2026-03-10T09:00Z/2026-03-10T12:00Z", "", "quiet");
    expect_done({"sync"});
    EXPECT_EQ(synced(), "2026-03-10T12:00:00Z");
    EXPECT_EQ(dataset()["status"], "ok");
    expect_bytes({1, 10, 100});
}

TEST_P(SyncAtInstants, a_dead_feed_holds_its_dataset_late_then_stale_until_it_is_back) {
    configure("[sync.cdn]\norigin = \"2026-03-08\"\n[sync.ping]\norigin = \"2026-03-08\"\n");
    cover_three_days();
    const auto ping = [&](const std::string& range) {
        expect_done({"aggregate",
                     "--feed",
                     "pings",
                     "--dataset",
                     "ping",
                     "--format",
                     "ping",
                     "--covers",
                     range,
                     store->folder().write("pings" + range.substr(8, 5) + ".log",
                                           "# no ping in " + range + "\n")});
    };
    ping("2026-03-08T00:00Z/2026-03-10T12:00Z");
    struct Step {
        const char* instant;
        const char* status;
    };
    // The slot that begins at 12:00 is due at 13:15.
    for (const Step& step : {Step{"2026-03-10T13:14:00Z", "ok"},
                             Step{"2026-03-10T13:45:00Z", "late"},
                             Step{"2026-03-10T16:14:59Z", "late"},
                             Step{"2026-03-10T16:15:00Z", "stale"}}) {
        store->set_clock(step.instant);
        ping("2026-03-10T12:00Z/" + std::string(step.instant).substr(0, 14) + "00Z");
        expect_done({"sync"});
        const json known = sources();
        EXPECT_EQ(known["datasets"]["cdn"]["status"], step.status) << step.instant;
        EXPECT_EQ(known["datasets"]["ping"]["status"], "ok") << "one holds no other";
        EXPECT_EQ(known["overall"]["synced_through"], "2026-03-10T12:00:00Z");
        EXPECT_EQ(known["overall"]["holding"], json::parse(R"(["cdn"])"));
    }
    cover("2026-03-10T12:00Z/2026-03-10T16:00Z");
    expect_done({"sync"});
    EXPECT_EQ(dataset()["status"], "ok");
    EXPECT_EQ(sources()["overall"]["synced_through"], "2026-03-10T16:00:00Z");
}

TEST_P(SyncAtInstants, a_clock_that_steps_back_takes_nothing_back) {
    cover_three_days();
    expect_done({"sync"});
    sync_at("2026-03-10T11:00:00Z");
    EXPECT_EQ(sources()["now"], "2026-03-10T12:10:00Z");
    EXPECT_EQ(synced(), "2026-03-10T12:00:00Z");
    EXPECT_EQ(dataset()["status"], "ok");
    // It ends 20 minutes from the latest that was ever seen of the clock: too far in the future.
    cover("2026-03-10T12:00Z/2026-03-10T12:30Z");
    expect_done({"sync"});
    EXPECT_EQ(dataset()["quarantined"], 1);
    EXPECT_EQ(synced(), "2026-03-10T12:00:00Z");
    sync_at("2026-03-10T12:30:00Z");
    EXPECT_EQ(synced(), "2026-03-10T12:30:00Z");
}

TEST_P(SyncAtInstants, a_worker_goes_on_and_is_followed_though_the_clock_stepped_back) {
    cover_three_days();
    Process first = watch();
    const auto seq = [&] { return redis->run({"HGET", "usage:{sync}:v1:meta", "seq"}); };
    ASSERT_TRUE(eventually([&] { return leads(first) && synced() == "2026-03-10T12:00:00Z"; }))
        << first.errors_so_far();
    store->set_clock("2026-03-10T11:00:00Z");
    const std::string then = seq();
    ASSERT_TRUE(eventually([&] { return seq() != then; })) << first.errors_so_far();
    EXPECT_EQ(synced(), "2026-03-10T12:00:00Z");
    first.send_signal(SIGKILL);
    // By the clock, the lease of the one that was killed holds for another hour.
    const Process second = watch();
    EXPECT_TRUE(eventually([&] { return leads(second); })) << second.errors_so_far();
    EXPECT_EQ(synced(), "2026-03-10T12:00:00Z");
}

TEST_P(SyncAtInstants, midnight_ends_a_day_and_not_the_second_before) {
    cover_three_days();
    store->set_clock("2026-03-10T23:59:59Z");
    cover("2026-03-10T12:00Z/2026-03-11T00:00Z", access_line("10/Mar/2026:23:59:59", 1000));
    const auto completeness = [&] {
        return usage({"--from", "2026-03-09", "--to", "2026-03-12"})["completeness"];
    };
    expect_done({"sync"});
    EXPECT_EQ(synced(), "2026-03-10T23:30:00Z");
    EXPECT_EQ(completeness()["2026-03-10"], "open");
    sync_at("2026-03-11T00:00:00Z");
    EXPECT_EQ(synced(), "2026-03-11T00:00:00Z");
    EXPECT_EQ(completeness(), json::parse(R"({"2026-03-09": "complete", "2026-03-10": "complete",
                              "2026-03-11": "open"})"));
    EXPECT_EQ(dataset()["cover"].back()[1], "2026-03-11T00:00:00Z");
    // It is sealed when late lines are over, not before.
    store->set_clock("2026-03-11T01:59:59Z");
    expect_done({"compact"});
    expect_done({"sync"});
    EXPECT_EQ(dataset()["seam"], "2026-03-10T00:00:00Z");
    store->set_clock("2026-03-11T02:00:00Z");
    expect_done({"compact"});
    expect_done({"sync"});
    EXPECT_EQ(dataset()["seam"], "2026-03-11T00:00:00Z");
    expect_bytes({1, 10, 1100});
}

}  // namespace
}  // namespace tidemark::test
