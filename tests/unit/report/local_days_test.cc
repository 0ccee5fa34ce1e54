#include "report/local_days.h"

#include <gtest/gtest.h>

#include "domain/usage_rows.h"
#include "store/memory/memory_store.h"

namespace tidemark::test {
namespace {

const Dataset& cdn() {
    return built_in_datasets()[0];
}

UtcDay day_of(const char* text) {
    return UtcDay::parse(text).value();
}

// One byte and one request in every slot of the UTC days [from, to).
class LocalDays : public testing::Test {
 protected:
    void fill(const char* from, const char* to) {
        ASSERT_TRUE(store->prepare_dataset(cdn()).has_value());
        UsageRows::Builder builder(2);
        const std::int64_t values[] = {1, 1};
        for (UtcDay day = day_of(from); day < day_of(to); day = day.next()) {
            for (int slot = 0; slot < Slot::per_day; ++slot) {
                builder.add("a", Slot::of_day(day, slot), values);
            }
        }
        UsageRows rows = std::move(builder).finish().value();
        Batch batch;
        batch.identity = {.dataset = "cdn", .feed = "f", .key = "k", .content_hash = {}};
        ASSERT_TRUE(store->store_batch(batch, rows).has_value());
        ASSERT_TRUE(store->fold("cdn", {}).has_value());
    }

    Result<UsageReport> ask(const char* zone, const char* from, const char* to) {
        return report_local_usage(*store,
                                  {.dataset = cdn(),
                                   .subjects = {},
                                   .from = day_of(from),
                                   .to = day_of(to),
                                   .top_metric = {}},
                                  zone);
    }

    SystemClock clock;
    std::unique_ptr<Store> store = open_memory_store(make_memory_database(), clock);
};

struct ZoneCase {
    const char* zone;
    const char* from;
    const char* to;
    std::int64_t slots;
};

// Days of 23 and 25 hours, a change of half an hour, a day without midnight.
constexpr ZoneCase exact_cases[] = {{"UTC", "2026-03-29", "2026-03-30", 48},
                                    {"Europe/Berlin", "2026-03-29", "2026-03-30", 46},
                                    {"Europe/Berlin", "2026-10-25", "2026-10-26", 50},
                                    {"America/New_York", "2026-03-08", "2026-03-09", 46},
                                    {"America/New_York", "2026-11-01", "2026-11-02", 50},
                                    {"Australia/Lord_Howe", "2026-04-05", "2026-04-06", 49},
                                    {"Australia/Lord_Howe", "2026-10-04", "2026-10-05", 47},
                                    {"Africa/Cairo", "2026-04-24", "2026-04-25", 46},
                                    {"Asia/Kolkata", "2026-04-24", "2026-04-25", 48}};

TEST_F(LocalDays, are_exact_while_their_slots_are_kept) {
    fill("2026-01-01", "2026-12-31");
    for (const ZoneCase& each : exact_cases) {
        const Result<UsageReport> report = ask(each.zone, each.from, each.to);
        ASSERT_TRUE(report.has_value()) << report.error().message;
        ASSERT_EQ(report->rows.size(), 1);
        EXPECT_TRUE(report->rows[0].exact) << each.zone;
        EXPECT_EQ(report->rows[0].values[0], Total(each.slots)) << each.zone << " " << each.from;
    }
}

TEST_F(LocalDays, have_bounds_where_their_edge_cuts_a_slot) {
    fill("2026-03-01", "2026-03-05");
    const UsageReport report = ask("Asia/Kathmandu", "2026-03-02", "2026-03-03").value();
    EXPECT_FALSE(report.rows[0].exact);
    EXPECT_EQ(report.rows[0].lower[0], Total(47));
    EXPECT_EQ(report.rows[0].upper[0], Total(49));
}

TEST_F(LocalDays, have_bounds_where_slots_were_purged) {
    fill("2026-03-01", "2026-03-05");
    ASSERT_TRUE(store->purge_day("cdn", day_of("2026-03-02")).has_value());
    const UsageReport report = ask("Europe/Berlin", "2026-03-02", "2026-03-05").value();
    EXPECT_FALSE(report.rows[0].exact);
    EXPECT_EQ(report.rows[0].lower[0], Total(2));
    EXPECT_EQ(report.rows[0].upper[0], Total(50));
    EXPECT_FALSE(report.rows[1].exact) << "its first hour lies in the purged day";
    EXPECT_TRUE(report.rows[2].exact);
}

TEST_F(LocalDays, refuse_an_unknown_zone_and_other_periods) {
    fill("2026-03-01", "2026-03-02");
    EXPECT_EQ(ask("Mars/Olympus", "2026-03-01", "2026-03-02").error().kind,
              ErrorKind::invalid_input);
    EXPECT_EQ(report_local_usage(*store,
                                 {.dataset = cdn(),
                                  .subjects = {},
                                  .from = day_of("2026-03-01"),
                                  .to = day_of("2026-03-02"),
                                  .period = UsagePeriod::month,
                                  .top_metric = {}},
                                 "UTC")
                  .error()
                  .kind,
              ErrorKind::invalid_input);
}

}  // namespace
}  // namespace tidemark::test
