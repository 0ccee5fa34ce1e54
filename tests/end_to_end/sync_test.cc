// The real program observes, publishes and is read: on both stores, through Redis, with workers
// that are paused and killed, a Redis that comes and goes, and tables of somebody else's.

#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "end_to_end/sync_steps.h"

namespace tidemark::test {
namespace {

using nlohmann::json;

class SyncEndToEnd : public SyncSteps {};
INSTANTIATE_TEST_SUITE_P(Stores,
                         SyncEndToEnd,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         name_of_store);

TEST_P(SyncEndToEnd, a_gap_holds_until_its_slot_arrives_be_it_empty) {
    cover("2024-05-14T00:00Z/2024-05-14T09:00Z");
    cover("2024-05-14T09:30Z/2024-05-14T12:00Z");
    expect_done({"sync"});
    const json gap = sources()["datasets"]["cdn"];
    EXPECT_EQ(gap["status"], "gap");
    EXPECT_EQ(gap["synced_through"], "2024-05-14T09:00:00Z");
    EXPECT_EQ(gap["gaps"], json::parse(R"([["2024-05-14T09:00:00Z", "2024-05-14T09:30:00Z"]])"));
    cover("2024-05-14T09:00Z/2024-05-14T09:30Z");
    expect_done({"sync"});
    EXPECT_EQ(synced(), "2024-05-14T12:00:00Z");
    EXPECT_EQ(sources()["datasets"]["cdn"]["gaps"], json::array());
}

TEST_P(SyncEndToEnd, an_acknowledged_hole_is_passed_and_named) {
    cover("2024-05-14T00:00Z/2024-05-14T09:00Z");
    cover("2024-05-14T09:30Z/2024-05-14T12:00Z");
    expect_done({"sync",
                 "acknowledge",
                 "--dataset",
                 "cdn",
                 "--reason",
                 "the disk broke",
                 "2024-05-14T09:00Z/2024-05-14T09:30Z"});
    expect_done({"sync"});
    EXPECT_EQ(synced(), "2024-05-14T12:00:00Z");
    const ProcessEnd end =
        run({"usage", "--from", "2024-05-14", "--to", "2024-05-16", "--format", "json"});
    const json usage = json::parse(end.output);
    EXPECT_EQ(usage["completeness"]["2024-05-14"], "partial");
    EXPECT_EQ(usage["completeness"]["2024-05-15"], "open");
    EXPECT_EQ(usage["holes"].size(), 1);
}

TEST_P(SyncEndToEnd, usage_up_to_where_all_are_complete_leaves_later_rows_out) {
    cover("2024-05-14T00:00Z/2024-05-14T09:00Z",
          access_line("14/May/2024:08:10:00", 100) + access_line("14/May/2024:11:10:00", 7));
    const std::vector<std::string> question = {
        "usage", "--from", "2024-05-14", "--to", "2024-05-15", "--format", "json"};
    std::vector<std::string> synced_question = question;
    synced_question.push_back("--synced");
    EXPECT_EQ(run(synced_question).exit_code, 0) << "the ledger knows, though nothing is published";
    expect_done({"sync"});
    const json all = json::parse(run(question).output);
    const json clipped = json::parse(run(synced_question).output);
    EXPECT_EQ(all["rows"][0]["bytes_streamed"], 107);
    EXPECT_EQ(clipped["rows"][0]["bytes_streamed"], 100);
    EXPECT_EQ(clipped["until"], "2024-05-14T09:00:00Z");
    EXPECT_EQ(clipped["synced_through"], "2024-05-14T09:00:00Z");
    EXPECT_TRUE(clipped["metadata_age"].is_number());
    configure("[sync.cdn]\norigin = \"2024-05-14\"\n");
    expect_done({"sync"});
    EXPECT_EQ(run(synced_question).exit_code, 3) << "ping is required and was never seen";
}

TEST_P(SyncEndToEnd, redis_is_restored_after_it_was_flushed_killed_and_started_empty) {
    cover("2024-05-14T00:00Z/2024-05-14T12:00Z");
    const Process worker = watch();
    const auto from_redis = [&] {
        return sources()["metadata"]["origin"] ==
               "redis 127.0.0.1:" + std::to_string(redis->port());
    };
    ASSERT_TRUE(eventually(from_redis)) << worker.errors_so_far();
    EXPECT_EQ(redis->run({"FLUSHALL"}), "OK");
    EXPECT_TRUE(eventually(from_redis)) << worker.errors_so_far();
    redis->kill();
    const json without = sources();
    EXPECT_EQ(without["metadata"]["origin"], "store");
    EXPECT_EQ(without["datasets"]["cdn"]["synced_through"], "2024-05-14T12:00:00Z");
    redis->start();
    EXPECT_TRUE(eventually(from_redis)) << worker.errors_so_far();
    EXPECT_EQ(synced(), "2024-05-14T12:00:00Z");
}

TEST_P(SyncEndToEnd, a_snapshot_that_was_tampered_with_is_not_believed) {
    cover("2024-05-14T00:00Z/2024-05-14T12:00Z");
    expect_done({"sync"});
    const std::string key = "usage:{sync}:v1:snapshot";
    (void)redis->run({"SETRANGE", key, "200", "9"});
    const json known = sources();
    EXPECT_EQ(known["metadata"]["origin"], "store");
    EXPECT_NE(known["metadata"]["warning"].get<std::string>().find("checksum"), std::string::npos);
    EXPECT_EQ(known["datasets"]["cdn"]["synced_through"], "2024-05-14T12:00:00Z");
}

TEST_P(SyncEndToEnd, a_paused_worker_loses_the_lead_and_is_fenced_when_it_wakes) {
    cover("2024-05-14T00:00Z/2024-05-14T12:00Z");
    Process first = watch("1s");
    ASSERT_TRUE(eventually([&] { return leads(first); })) << first.errors_so_far();
    const Process second = watch("1s");
    first.send_signal(SIGSTOP);
    EXPECT_TRUE(eventually([&] { return leads(second); })) << second.errors_so_far();
    first.send_signal(SIGCONT);
    EXPECT_TRUE(eventually([&] {
        return first.errors_so_far().find("sync.lead_lost") != std::string::npos;
    })) << first.errors_so_far();
    EXPECT_TRUE(leads(second));
}

TEST_P(SyncEndToEnd, a_killed_worker_is_followed_by_the_one_that_stood_by) {
    cover("2024-05-14T00:00Z/2024-05-14T12:00Z");
    Process first = watch();
    ASSERT_TRUE(eventually([&] { return leads(first); })) << first.errors_so_far();
    const Process second = watch();
    first.send_signal(SIGKILL);
    EXPECT_TRUE(eventually([&] { return leads(second); })) << second.errors_so_far();
    cover("2024-05-14T12:00Z/2024-05-14T13:00Z");
    EXPECT_TRUE(eventually([&] { return synced() == "2024-05-14T13:00:00Z"; }))
        << second.errors_so_far();
}

// It no longer reaches its store, and so has no other way to learn that it does not lead any more.
TEST_P(SyncEndToEnd, a_worker_that_is_cut_off_from_its_store_is_fenced_in_redis) {
    if (GetParam() != StoreKind::postgres) {
        GTEST_SKIP() << "a worker cannot be cut off from a file that another one reaches";
    }
    cover("2024-05-14T00:00Z/2024-05-14T12:00Z");
    const ScratchDatabase& database = store->database();
    const std::string role = database.url().substr(database.url().rfind('/') + 1);
    (void)database.run(fmt::format("CREATE ROLE {} SUPERUSER LOGIN PASSWORD 'own'", role));
    ProcessStart start = store->start({"sync", "--watch", "--every", "300ms"});
    const std::string& url = database.url();
    start.environment.front().second =
        fmt::format("postgresql://{}:own{}", role, url.substr(url.rfind('@')));
    const Process first(start);
    ASSERT_TRUE(eventually([&] { return leads(first); })) << first.errors_so_far();
    (void)database.run(fmt::format(
        "ALTER ROLE {0} NOLOGIN; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE"
        " usename = '{0}'",
        role));
    const Process second = watch();
    EXPECT_TRUE(eventually([&] { return leads(second); })) << second.errors_so_far();
    EXPECT_TRUE(eventually([&] {
        return first.errors_so_far().find("outcome=fenced") != std::string::npos;
    })) << first.errors_so_far();
    EXPECT_TRUE(leads(second));
    EXPECT_EQ(dataset()["status"], "stale") << "what the second one says, which sees the store";
    (void)database.run("DROP ROLE " + role);
}

TEST_P(SyncEndToEnd, an_older_database_is_refused_until_the_generation_is_raised) {
    cover("2024-05-14T00:00Z/2024-05-14T09:00Z");
    expect_done({"sync"});
    store->dump();
    cover("2024-05-14T09:00Z/2024-05-14T12:00Z");
    expect_done({"sync"});
    expect_done({"sync"});
    store->restore();
    const ProcessEnd refused = run({"sync"});
    EXPECT_EQ(refused.exit_code, 3) << refused.to_string();
    EXPECT_NE(refused.errors.find("--raise-generation"), std::string::npos);
    EXPECT_NE(refused.output.find("regressed"), std::string::npos) << refused.output;
    EXPECT_EQ(synced(), "2024-05-14T12:00:00Z") << "readers keep what was published";
    expect_done({"sync", "--raise-generation"});
    expect_done({"sync"});
    EXPECT_EQ(synced(), "2024-05-14T09:00:00Z");
    EXPECT_EQ(sources()["generation"], 2);
}

TEST_P(SyncEndToEnd, a_dead_database_leaves_readers_with_what_redis_has) {
    cover("2024-05-14T00:00Z/2024-05-14T12:00Z");
    expect_done({"sync"});
    store->take_away();
    const json known = sources();
    EXPECT_TRUE(known["metadata"]["origin"].get<std::string>().starts_with("redis "));
    EXPECT_EQ(known["datasets"]["cdn"]["synced_through"], "2024-05-14T12:00:00Z");
    EXPECT_NE(known["metadata"]["warning"], "") << "why the store did not answer";
    EXPECT_NE(run({"usage"}).exit_code, 0) << "numbers are in the store alone";
    (void)redis->run({"FLUSHALL"});
    const json nothing = sources();
    EXPECT_EQ(nothing["overall"]["status"], "unknown") << "nothing is invented";
    EXPECT_EQ(nothing["overall"]["synced_through"], json());
    store->give_back();
    EXPECT_EQ(synced(), "2024-05-14T12:00:00Z") << "as the store keeps it";
}

TEST_P(SyncEndToEnd, a_database_that_dies_under_the_worker_is_down_and_its_figures_stay) {
    if (GetParam() != StoreKind::postgres) {
        GTEST_SKIP() << "a SQLite file does not go away under its worker";
    }
    cover("2024-05-14T00:00Z/2024-05-14T12:00Z");
    const Process worker = watch();
    const auto field = [&](const char* name) -> std::string {
        const std::string text = redis->run({"GET", "usage:{sync}:v1:snapshot"});
        const json published = json::parse(text, nullptr, false);
        return published.is_discarded()
                   ? ""
                   : published["body"]["snapshot"]["datasets"]["cdn"][name].dump();
    };
    ASSERT_TRUE(eventually([&] { return field("status") == "\"stale\""; }));
    store->take_away();
    EXPECT_TRUE(eventually([&] { return field("status") == "\"down\""; }))
        << worker.errors_so_far();
    EXPECT_EQ(field("synced_through"), "\"2024-05-14T12:00:00Z\"");
    EXPECT_EQ(field("carried"), "true");
    store->give_back();
    EXPECT_TRUE(eventually([&] { return field("status") == "\"stale\""; }))
        << worker.errors_so_far();
}

// Somebody else's tables, in New York's local time: the two nights on which clocks change.
TEST_P(SyncEndToEnd, foreign_tables_in_local_time_are_synchronised_by_configuration_alone) {
    if (!postgres_server().has_value()) {
        GTEST_SKIP() << "TIDEMARK_TEST_POSTGRES names no server";
    }
    const ScratchDatabase theirs;
    const std::string slot_column = std::string("batch") + "_id";  // as they call it
    (void)theirs.run(
        fmt::format("CREATE TABLE cdn_batch_aggregates (pdate date, {0} timestamp, bytes bigint);"
                    "CREATE TABLE \"Cdn daily\" (pdate date, bytes bigint)",
                    slot_column));
    const auto source = [&](const char* name,
                            const char* table,
                            const std::string& column,
                            const char* grain) {
        return fmt::format(
            "[source.{}]\nurl = \"{}\"\ndataset = \"cdn\"\ntable = \"{}\"\ntime_column = \"{}\"\n"
            "grain = \"{}\"\ntime_zone = \"America/New_York\"\n",
            name,
            theirs.url(),
            table,
            column,
            grain);
    };
    const auto configure_from = [&](const char* origin) {
        configure(fmt::format("[sync.cdn]\norigin = \"{}\"\n", origin) +
                  source("slots", "cdn_batch_aggregates", slot_column, "slot") +
                  source("days", "Cdn daily", "pdate", "day"));
    };
    const auto add_slots = [&](const char* from, const char* to) {
        (void)theirs.run(fmt::format(
            "INSERT INTO cdn_batch_aggregates SELECT t::date, t, 1 FROM generate_series("
            "timestamp '{}', timestamp '{}' - interval '30 minutes', '30 minutes') AS t",
            from,
            to));
    };
    const auto synced_now = [&] {
        expect_done({"sync"});
        return synced();
    };

    // 2024-03-10: 02:00 EST is 03:00 EDT.
    configure_from("2024-03-10");
    (void)theirs.run("INSERT INTO \"Cdn daily\" VALUES ('2024-03-08', 1), ('2024-03-09', 1)");
    add_slots("2024-03-09T19:00", "2024-03-10T02:00");
    EXPECT_EQ(synced_now(), "2024-03-10T07:00:00Z");
    add_slots("2024-03-10T03:00", "2024-03-10T04:00");
    EXPECT_EQ(synced_now(), "2024-03-10T08:00:00Z");
    EXPECT_TRUE(sources()["datasets"]["cdn"]["inferred"].get<bool>());
    (void)theirs.run("INSERT INTO \"Cdn daily\" VALUES ('2024-03-10', 1)");
    EXPECT_EQ(synced_now(), "2024-03-11T00:00:00Z");

    // A label that does not exist: the source fails, and what was known stays.
    add_slots("2024-03-10T02:00", "2024-03-10T02:30");
    expect_done({"sync"});
    EXPECT_EQ(sources()["datasets"]["cdn"]["status"], "down");
    EXPECT_EQ(synced(), "2024-03-11T00:00:00Z");

    // 2024-11-03: 02:00 EDT (06:00Z) is 01:00 EST.
    (void)theirs.run("TRUNCATE cdn_batch_aggregates, \"Cdn daily\"");
    configure_from("2024-11-03");
    expect_done({"sync", "--raise-generation"});
    add_slots("2024-11-02T20:00", "2024-11-03T02:00");
    EXPECT_EQ(synced_now(), "2024-11-03T06:00:00Z");
    add_slots("2024-11-03T02:00", "2024-11-03T03:00");
    EXPECT_EQ(synced_now(), "2024-11-03T08:00:00Z");
}

}  // namespace
}  // namespace tidemark::test
