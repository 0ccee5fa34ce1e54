#include <gtest/gtest.h>

#include "report/usage_format.h"
#include "report/usage_report.h"
#include "store/memory/memory_store.h"
#include "support/small_batches.h"

namespace tidemark {
namespace {

UtcDay day(const char* text) {
    return UtcDay::parse(text).value();
}

class GaugeReportTest : public testing::Test {
 protected:
    GaugeReportTest() : store_(open_memory_store(make_memory_database(), clock_)) {
        EXPECT_TRUE(store_->prepare_dataset(media()).has_value());
    }

    static const Dataset& media() { return built_in_datasets()[2]; }

    void add(
        const char* subject, std::size_t metric, const char* date, int hour, std::int64_t value) {
        const GaugeEvent event{.subject = subject,
                               .metric = metric,
                               .value = value,
                               .observed_at = day(date).begin() + std::chrono::hours(hour),
                               .event_id = {}};
        ASSERT_TRUE(store_->store_events(test::keyed_batch("media_storage", ++keys_), {&event, 1})
                        .has_value());
    }

    static UsageRequest request(const char* from, const char* to, UsagePeriod period) {
        return {.dataset = media(),
                .subjects = {"a"},
                .from = day(from),
                .to = day(to),
                .period = period,
                .top = 0,
                .top_metric = {},
                .carry = false,
                .carry_to = day("2026-12-31")};
    }

    // "period: value mark observed" of one metric, "-" for no data.
    std::vector<std::string> lines(const UsageRequest& asked, std::size_t metric = 0) {
        const Result<UsageReport> report = report_usage(*store_, asked);
        EXPECT_TRUE(report.has_value()) << report.error().message;
        std::vector<std::string> all;
        for (const UsageReportRow& row : report->rows) {
            std::string line = row.subject.empty() ? "" : row.subject + " ";
            line += row.period + ":";
            for (std::size_t column = metric * 3; column < metric * 3 + 3; ++column) {
                line += " " + (row.values[column] ? row.values[column]->to_string() : "-");
            }
            all.push_back(line);
        }
        return all;
    }

    using Lines = std::vector<std::string>;
    SystemClock clock_;
    std::unique_ptr<Store> store_;
    int keys_ = 0;
};

TEST_F(GaugeReportTest, a_days_mark_includes_what_was_carried_into_it) {
    add("a", 0, "2026-11-01", 8, 100);
    add("a", 0, "2026-11-03", 12, 50);
    EXPECT_EQ(
        lines(request("2026-11-01", "2026-11-04", UsagePeriod::day)),
        (Lines{"a 2026-11-01: 100 100 100", "a 2026-11-02: - - -", "a 2026-11-03: 50 100 50"}));
    // Also when the range begins after the value came.
    EXPECT_EQ(lines(request("2026-11-03", "2026-11-04", UsagePeriod::day)),
              Lines{"a 2026-11-03: 50 100 50"});
}

TEST_F(GaugeReportTest, days_without_an_event_carry_the_state_when_asked) {
    add("a", 0, "2026-11-01", 8, 100);
    add("a", 0, "2026-11-01", 9, 70);
    UsageRequest carried = request("2026-10-31", "2026-11-05", UsagePeriod::day);
    carried.carry = true;
    carried.carry_to = day("2026-11-04");  // what comes after today nobody knows
    EXPECT_EQ(lines(carried),
              (Lines{"a 2026-10-31: - - -",
                     "a 2026-11-01: 70 100 100",
                     "a 2026-11-02: 70 70 -",
                     "a 2026-11-03: 70 70 -",
                     "a 2026-11-04: - - -"}));
}

TEST_F(GaugeReportTest, the_metrics_of_a_day_are_known_apart) {
    add("a", 1, "2026-11-01", 8, 3);
    EXPECT_EQ(lines(request("2026-11-01", "2026-11-02", UsagePeriod::day), 0),
              Lines{"a 2026-11-01: - - -"});
    EXPECT_EQ(lines(request("2026-11-01", "2026-11-02", UsagePeriod::day), 1),
              Lines{"a 2026-11-01: 3 3 3"});
}

TEST_F(GaugeReportTest, a_months_mark_is_its_days_largest_and_its_value_the_last) {
    add("a", 0, "2026-10-20", 8, 100);
    add("a", 0, "2026-11-05", 8, 40);
    add("a", 0, "2026-11-07", 8, 60);
    EXPECT_EQ(lines(request("2026-10-01", "2026-12-01", UsagePeriod::month)),
              (Lines{"a 2026-10: 100 100 100", "a 2026-11: 60 100 60"}));
    EXPECT_EQ(lines(request("2026-11-06", "2026-11-09", UsagePeriod::total)),
              Lines{"a 2026-11-06/2026-11-09: 60 60 60"});
}

TEST_F(GaugeReportTest, over_all_subjects_each_column_is_a_sum) {
    add("a", 0, "2026-11-01", 8, 100);
    add("a", 0, "2026-11-02", 8, 10);
    add("b", 0, "2026-11-01", 8, 7);
    UsageRequest all = request("2026-11-01", "2026-11-03", UsagePeriod::day);
    all.subjects.clear();
    EXPECT_EQ(lines(all), (Lines{"2026-11-01: 107 107 107", "2026-11-02: 10 100 10"}));
    all.carry = true;
    EXPECT_EQ(lines(all), (Lines{"2026-11-01: 107 107 107", "2026-11-02: 17 107 10"}));
}

TEST_F(GaugeReportTest, top_goes_by_the_mark) {
    add("a", 0, "2026-10-01", 8, 100);
    add("a", 0, "2026-11-01", 8, 1);
    add("b", 0, "2026-11-01", 8, 50);
    add("c", 0, "2026-11-01", 8, 5);
    UsageRequest top = request("2026-11-01", "2026-11-02", UsagePeriod::total);
    top.subjects.clear();
    top.top = 2;
    EXPECT_EQ(lines(top),
              (Lines{"a 2026-11-01/2026-11-02: 1 100 1", "b 2026-11-01/2026-11-02: 50 50 50"}));
}

TEST_F(GaugeReportTest, every_format_has_the_same_columns) {
    add("a", 0, "2026-11-01", 8, 1234);
    const UsageReport report =
        report_usage(*store_, request("2026-11-01", "2026-11-02", UsagePeriod::day)).value();
    EXPECT_EQ(format_usage(report, UsageFormat::csv),
              "site_id,day,bytes_stored,max_bytes_stored,observed_max_bytes_stored,media_count,"
              "max_media_count,observed_max_media_count\r\na,2026-11-01,1234,1234,1234,,,\r\n");
    const std::string json = format_usage(report, UsageFormat::json);
    EXPECT_NE(json.find("\"max_bytes_stored\": 1234"), std::string::npos);
    EXPECT_NE(json.find("\"media_count\": null"), std::string::npos);
    EXPECT_EQ(json.find("no_data"), std::string::npos);
    EXPECT_NE(format_usage(report, UsageFormat::table).find("1,234"), std::string::npos);
}

}  // namespace
}  // namespace tidemark
