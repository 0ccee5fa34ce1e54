// Local days and local times through the real program, over the nights on which clocks change.

#include <chrono>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "end_to_end/instants.h"
#include "end_to_end/sync_steps.h"

namespace tidemark::test {
namespace {

using nlohmann::json;
using std::chrono::minutes;
using std::chrono::sys_seconds;

constexpr minutes slot{30};

// A line of one byte in each slot.
std::string a_byte_a_slot(sys_seconds from, sys_seconds to) {
    std::string lines;
    for (sys_seconds at = from; at < to; at += slot) {
        lines += access_line(log_time_text(at), 1);
    }
    return lines;
}

class SyncInZones : public SyncSteps {
 protected:
    void SetUp() override {
        if (const std::string reason = reason_not_to_set_clock(); !reason.empty()) {
            GTEST_SKIP() << reason;
        }
        SyncSteps::SetUp();
        if (!IsSkipped()) {
            store->set_clock("2026-12-01T00:00:00Z");
        }
    }

    void cover_slots(sys_seconds from, sys_seconds to) const {
        cover(minute_text(from) + "Z/" + minute_text(to) + "Z", a_byte_a_slot(from, to));
    }

    [[nodiscard]] json local_day(const std::string& zone, const std::string& day) const {
        const sys_seconds begin = instant_of(day + "T00:00:00Z");
        return usage({"--from",
                      day,
                      "--to",
                      minute_text(begin + std::chrono::days(1)).substr(0, 10),
                      "--by",
                      "day",
                      "--tz",
                      zone});
    }
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         SyncInZones,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         name_of_store);

struct LocalDay {
    const char* zone;
    const char* day;
    const char* begin;
    int slots;
};

constexpr LocalDay days_of_change[] = {
    {"America/New_York", "2026-03-08", "2026-03-08T05:00:00Z", 46},
    {"Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", 46},
    {"Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00Z", 49},
    {"Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z", 46},
    {"Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00Z", 47},
    {"Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", 50},
    {"Africa/Cairo", "2026-10-29", "2026-10-28T21:00:00Z", 50},
    {"America/New_York", "2026-11-01", "2026-11-01T04:00:00Z", 50}};

// A byte lies in every slot, so that the usage of a day is the number of its slots.
TEST_P(SyncInZones, a_local_day_is_whole_with_its_last_slot_and_not_before) {
    configure("[sync.cdn]\norigin = \"2026-03-07\"\n[sync.ping]\nrequired = false\n");
    sys_seconds covered = instant_of("2026-03-07T00:00:00Z");
    for (const LocalDay& day : days_of_change) {
        const sys_seconds end = instant_of(day.begin) + day.slots * slot;
        const sys_seconds before = instant_of(day.begin) - slot;
        cover(minute_text(covered) + "Z/" + minute_text(before) + "Z");
        cover_slots(before, end - slot);
        expect_done({"sync"});
        json answer = local_day(day.zone, day.day);
        EXPECT_EQ(answer["completeness"][day.day], "open") << day.zone;
        EXPECT_EQ(answer["rows"][0]["bytes_streamed"], day.slots - 1) << day.zone;
        cover_slots(end - slot, end + slot);
        expect_done({"sync"});
        answer = local_day(day.zone, day.day);
        EXPECT_EQ(answer["completeness"][day.day], "complete") << day.zone;
        EXPECT_EQ(answer["rows"][0]["bytes_streamed"], day.slots) << day.zone << day.day;
        EXPECT_NE(answer["rows"][0].value("exact", true), false) << day.zone;
        covered = end + slot;
    }
}

TEST_P(SyncInZones, an_offset_of_45_minutes_has_bounds_and_no_guess) {
    configure("[sync.cdn]\norigin = \"2026-03-08\"\n[sync.ping]\nrequired = false\n");
    cover_slots(instant_of("2026-03-08T00:00:00Z"), instant_of("2026-03-11T00:00:00Z"));
    expect_done({"sync"});
    for (const char* zone : {"Asia/Kathmandu", "Pacific/Chatham"}) {
        const json answer = local_day(zone, "2026-03-10");
        const json& row = answer["rows"][0];
        EXPECT_EQ(answer["completeness"]["2026-03-10"], "complete") << zone;
        EXPECT_EQ(row["exact"], false) << row.dump();
        EXPECT_EQ(row["lower"]["bytes_streamed"], 47) << row.dump();
        EXPECT_EQ(row["upper"]["bytes_streamed"], 49) << row.dump();
    }
}

// Labels of a table without offsets: from which on, and what is concluded from them.
struct Labels {
    const char* dataset;
    const char* zone;
    const char* origin;
    const char* from;
    const char* to;
    const char* synced_through;
};

constexpr Labels label_steps[] = {
    // 02:00 is 03:00 at 01:00Z.
    {"berlin_spring",
     "Europe/Berlin",
     "2026-03-29",
     "2026-03-29T01:00",
     "2026-03-29T02:00",
     "2026-03-29T01:00:00Z"},
    {"berlin_spring",
     "Europe/Berlin",
     "2026-03-29",
     "2026-03-29T03:00",
     "2026-03-29T04:00",
     "2026-03-29T02:00:00Z"},
    // 03:00 is 02:00 at 01:00Z.
    {"berlin_autumn",
     "Europe/Berlin",
     "2026-10-25",
     "2026-10-25T02:00",
     "2026-10-25T03:00",
     "2026-10-25T01:00:00Z"},
    {"berlin_autumn",
     "Europe/Berlin",
     "2026-10-25",
     "2026-10-25T03:00",
     "2026-10-25T03:30",
     "2026-10-25T02:30:00Z"},
    // 02:00 is 01:30 at 15:00Z.
    {"lord_howe_autumn",
     "Australia/Lord_Howe",
     "2026-04-04",
     "2026-04-04T11:00",
     "2026-04-05T02:00",
     "2026-04-04T15:00:00Z"},
    {"lord_howe_autumn",
     "Australia/Lord_Howe",
     "2026-04-04",
     "2026-04-05T02:00",
     "2026-04-05T02:30",
     "2026-04-04T16:00:00Z"},
    // 02:00 is 02:30 at 15:30Z.
    {"lord_howe_spring",
     "Australia/Lord_Howe",
     "2026-10-03",
     "2026-10-03T10:30",
     "2026-10-04T02:00",
     "2026-10-03T15:30:00Z"},
    {"lord_howe_spring",
     "Australia/Lord_Howe",
     "2026-10-03",
     "2026-10-04T02:30",
     "2026-10-04T03:30",
     "2026-10-03T16:30:00Z"},
    // Midnight is 01:00 at 22:00Z.
    {"cairo_spring",
     "Africa/Cairo",
     "2026-04-23",
     "2026-04-23T02:00",
     "2026-04-24T00:00",
     "2026-04-23T22:00:00Z"},
    {"cairo_spring",
     "Africa/Cairo",
     "2026-04-23",
     "2026-04-24T01:00",
     "2026-04-24T02:00",
     "2026-04-23T23:00:00Z"},
    // Midnight is 23:00 at 21:00Z.
    {"cairo_autumn",
     "Africa/Cairo",
     "2026-10-29",
     "2026-10-29T03:00",
     "2026-10-30T00:00",
     "2026-10-29T21:00:00Z"},
    {"cairo_autumn",
     "Africa/Cairo",
     "2026-10-29",
     "2026-10-30T00:00",
     "2026-10-30T00:30",
     "2026-10-29T22:30:00Z"},
    // From 23:45Z on: what a slot of UTC needs is in two of theirs.
    {"kathmandu",
     "Asia/Kathmandu",
     "2026-03-09",
     "2026-03-09T05:30",
     "2026-03-09T12:00",
     "2026-03-09T06:00:00Z"}};

TEST_P(SyncInZones, foreign_tables_in_local_time_are_read_as_their_zone_has_it) {
    if (!postgres_server().has_value()) {
        GTEST_SKIP() << "TIDEMARK_TEST_POSTGRES names no server";
    }
    const ScratchDatabase theirs;
    (void)theirs.run("CREATE TABLE slots (of_dataset text, at timestamp)");
    std::string tables = "[sync.cdn]\nrequired = false\n[sync.ping]\nrequired = false\n";
    std::string last;
    for (const Labels& each : label_steps) {
        if (each.dataset != last) {
            tables += fmt::format(
                "[sync.{0}]\norigin = \"{1}\"\n[source.{0}]\nurl = \"{2}\"\ndataset = \"{0}\"\n"
                "table = \"slots\"\ntime_column = \"at\"\ntime_zone = \"{3}\"\n"
                "filter_column = \"of_dataset\"\nfilter_value = \"{0}\"\n",
                each.dataset,
                each.origin,
                theirs.url(),
                each.zone);
            last = each.dataset;
        }
    }
    configure(tables);
    for (const Labels& each : label_steps) {
        (void)theirs.run(fmt::format(
            "INSERT INTO slots SELECT '{}', t FROM generate_series(timestamp '{}', timestamp '{}'"
            " - interval '30 minutes', '30 minutes') AS t",
            each.dataset,
            each.from,
            each.to));
        expect_done({"sync"});
        const json found = dataset(each.dataset);
        EXPECT_EQ(found["synced_through"], each.synced_through)
            << each.dataset << " with " << each.to << "\n"
            << found.dump(2);
    }
}

// Two tables on one server, of which somebody has locked one.
TEST_P(SyncInZones, a_foreign_table_that_does_not_answer_holds_no_other_one) {
    if (!postgres_server().has_value()) {
        GTEST_SKIP() << "TIDEMARK_TEST_POSTGRES names no server";
    }
    const ScratchDatabase theirs;
    (void)theirs.run(
        "CREATE TABLE locked (at timestamp); CREATE TABLE free (at timestamp);"
        "INSERT INTO free VALUES ('2026-11-30 00:00')");
    // A transaction that is prepared keeps its locks, and needs nobody who stays.
    const std::string name = "locked_" + std::string(to_string(GetParam()));
    (void)theirs.run("BEGIN; LOCK TABLE locked; PREPARE TRANSACTION '" + name + "'");
    std::string tables = "[sync.cdn]\nrequired = false\n[sync.ping]\nrequired = false\n";
    for (const char* table : {"locked", "free"}) {
        tables += fmt::format(
            "[sync.{0}]\norigin = \"2026-11-30\"\n[source.{0}]\nurl = \"{1}\"\n"
            "dataset = \"{0}\"\ntable = \"{0}\"\ntime_column = \"at\"\n",
            table,
            theirs.url());
    }
    configure(tables);
    cover("2026-11-30T00:00Z/2026-11-30T01:00Z");  // makes the store, which both then open
    const Process worker = watch("2s");
    EXPECT_TRUE(eventually([&] {
        const json datasets = sources()["datasets"];
        const json locked = datasets.value("locked", json::object());
        const json free = datasets.value("free", json::object());
        return locked.value("status", "") == "down" &&
               locked.value("error", "").starts_with("source 'locked'") &&
               free.value("status", "") == "stale" && !free.value("carried", true);
    })) << worker.errors_so_far();
    (void)theirs.run("ROLLBACK PREPARED '" + name + "'");
    EXPECT_TRUE(eventually([&] { return dataset("locked")["status"] == "unknown"; }))
        << worker.errors_so_far();
}

}  // namespace
}  // namespace tidemark::test
