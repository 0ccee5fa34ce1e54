#include "report/usage_report.h"

#include <limits>

#include <gtest/gtest.h>

#include "report/usage_format.h"
#include "store/memory/memory_store.h"
#include "support/small_batches.h"

namespace tidemark {
namespace {

class UsageReportTest : public testing::Test {
 protected:
    UsageReportTest() : store_(open_memory_store(make_memory_database(), clock_)) {
        EXPECT_TRUE(store_->prepare_dataset(cdn()).has_value());
    }

    static const Dataset& cdn() { return built_in_datasets()[0]; }
    static UtcDay day(const char* text) { return UtcDay::parse(text).value(); }

    void add(const std::string& subject, const char* date, int slot, std::int64_t bytes) {
        ASSERT_TRUE(test::store_row(*store_, ++keys_, subject, Slot::of_day(day(date), slot), bytes)
                        .has_value());
    }

    UsageRequest request(const char* from, const char* to, UsagePeriod period) const {
        return {.dataset = cdn(),
                .subjects = {},
                .from = day(from),
                .to = day(to),
                .period = period,
                .top_metric = {}};
    }

    std::string text(const UsageRequest& asked, UsageFormat format) {
        const Result<UsageReport> report = report_usage(*store_, asked);
        EXPECT_TRUE(report.has_value()) << (report.has_value() ? "" : report.error().message);
        return report.has_value() ? format_usage(*report, format) : "";
    }

    ManualClock clock_{Timestamp(std::chrono::seconds(1'800'000'000))};
    std::unique_ptr<Store> store_;
    int keys_ = 0;
};

TEST_F(UsageReportTest, a_day_without_data_differs_from_a_day_of_zero) {
    add("site", "2026-11-01", 3, 5);
    add("site", "2026-11-03", 3, 0);
    UsageRequest asked = request("2026-11-01", "2026-11-04", UsagePeriod::day);
    asked.subjects = {"site"};
    EXPECT_EQ(text(asked, UsageFormat::csv),
              "site_id,day,bytes_streamed,requests\r\n"
              "site,2026-11-01,5,1\r\n"
              "site,2026-11-02,,\r\n"
              "site,2026-11-03,0,1\r\n");
    EXPECT_EQ(text(asked, UsageFormat::table),
              "site_id  day         bytes_streamed  requests\n"
              "-------  ----------  --------------  --------\n"
              "site     2026-11-01               5         1\n"
              "site     2026-11-02         no data   no data\n"
              "site     2026-11-03               0         1\n");
}

TEST_F(UsageReportTest, the_end_is_exclusive_and_slots_fill_their_day) {
    add("site", "2026-11-01", 47, 5);
    add("site", "2026-11-02", 0, 7);
    const Result<UsageReport> report =
        report_usage(*store_, request("2026-11-01", "2026-11-02", UsagePeriod::slot));
    ASSERT_TRUE(report.has_value());
    ASSERT_EQ(report->rows.size(), 48U);
    EXPECT_TRUE(report->rows.front().no_data);
    EXPECT_EQ(report->rows.back().period, "2026-11-01T23:30Z");
    EXPECT_EQ(report->rows.back().values.at(0), Total(5));
}

TEST_F(UsageReportTest, months_count_only_what_lies_in_the_range) {
    add("site", "2026-10-30", 0, 1);
    add("site", "2026-10-31", 0, 2);
    add("site", "2026-12-01", 0, 4);
    EXPECT_EQ(text(request("2026-10-31", "2026-12-02", UsagePeriod::month), UsageFormat::csv),
              "month,bytes_streamed,requests\r\n2026-10,2,1\r\n2026-11,,\r\n2026-12,4,1\r\n");
}

TEST_F(UsageReportTest, top_orders_by_the_metric_then_by_name) {
    add("b", "2026-11-01", 0, 7);
    add("a", "2026-11-01", 0, 7);
    add("c", "2026-11-01", 0, 9);
    add("d", "2026-11-01", 0, 1);
    UsageRequest asked = request("2026-11-01", "2026-11-02", UsagePeriod::total);
    asked.top = 3;
    EXPECT_EQ(text(asked, UsageFormat::csv),
              "site_id,total,bytes_streamed,requests\r\n"
              "c,2026-11-01/2026-11-02,9,1\r\n"
              "a,2026-11-01/2026-11-02,7,1\r\n"
              "b,2026-11-01/2026-11-02,7,1\r\n");
    asked.top = 9;
    EXPECT_EQ(report_usage(*store_, asked)->rows.size(), 4U);
}

TEST_F(UsageReportTest, totals_go_beyond_64_bits) {
    constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
    add("a", "2026-11-01", 0, largest);
    add("b", "2026-11-01", 0, largest);
    const std::string json =
        text(request("2026-11-01", "2026-11-02", UsagePeriod::day), UsageFormat::json);
    EXPECT_NE(json.find("\"bytes_streamed\": \"18446744073709551614\""), std::string::npos) << json;
}

TEST_F(UsageReportTest, json_says_no_data_with_nulls) {
    const std::string json =
        text(request("2026-11-01", "2026-11-02", UsagePeriod::day), UsageFormat::json);
    EXPECT_NE(json.find("\"no_data\": true"), std::string::npos);
    EXPECT_NE(json.find("\"bytes_streamed\": null"), std::string::npos);
}

TEST_F(UsageReportTest, refuses_what_cannot_be_answered) {
    const auto complaint = [&](const UsageRequest& asked) {
        const Result<UsageReport> report = report_usage(*store_, asked);
        EXPECT_FALSE(report.has_value());
        EXPECT_EQ(report.error().kind, ErrorKind::invalid_input);
        return report.error().message;
    };
    EXPECT_NE(complaint(request("2026-11-02", "2026-11-02", UsagePeriod::day)).find("exclusive"),
              std::string::npos);
    EXPECT_NE(complaint(request("0001-01-01", "9999-01-01", UsagePeriod::slot)).find("rows"),
              std::string::npos);
    UsageRequest asked = request("2026-11-01", "2026-11-02", UsagePeriod::day);
    asked.top = 1;
    asked.subjects = {"a"};
    EXPECT_NE(complaint(asked).find("not both"), std::string::npos);
    asked.subjects = {};
    asked.top_metric = "request";
    EXPECT_NE(complaint(asked).find("did you mean 'requests'"), std::string::npos);
    asked.top = -1;
    EXPECT_NE(complaint(asked).find("top -1"), std::string::npos);
    UsageRequest gauge = request("2026-11-01", "2026-11-02", UsagePeriod::slot);
    gauge.dataset = built_in_datasets()[2];
    EXPECT_NE(complaint(gauge).find("no slots"), std::string::npos);
    UsageRequest carried = request("2026-11-01", "2026-11-02", UsagePeriod::day);
    carried.carry = true;
    EXPECT_NE(complaint(carried).find("is a counter"), std::string::npos);
}

}  // namespace
}  // namespace tidemark
