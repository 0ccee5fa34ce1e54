#include "report/previous_usage.h"

#include <gtest/gtest.h>

#include "report/usage_answer.h"
#include "report/usage_format.h"
#include "store/memory/memory_store.h"
#include "support/small_batches.h"

namespace tidemark {
namespace {

UtcDay day(const char* text) {
    return UtcDay::parse(text).value();
}

UsageRequest request(const char* from, const char* to, UsagePeriod period) {
    return {.dataset = built_in_datasets()[0],
            .subjects = {},
            .from = day(from),
            .to = day(to),
            .period = period,
            .top_metric = {}};
}

struct RangeCase {
    const char* from;
    const char* to;
    UsagePeriod period;
    const char* previous_from;  // null: refused
    const char* previous_to;
};

constexpr RangeCase range_cases[] = {
    {"2026-11-01", "2026-12-01", UsagePeriod::day, "2026-10-02", "2026-11-01"},
    {"2026-11-01", "2026-12-01", UsagePeriod::total, "2026-10-02", "2026-11-01"},
    {"2026-11-01", "2026-11-02", UsagePeriod::slot, "2026-10-31", "2026-11-01"},
    {"2026-11-01", "2026-12-01", UsagePeriod::month, "2026-10-01", "2026-11-01"},
    {"2024-01-01", "2024-04-01", UsagePeriod::month, "2023-10-01", "2024-01-01"},
    {"2026-11-02", "2026-12-01", UsagePeriod::month, nullptr, nullptr},
    {"2026-11-01", "2026-11-30", UsagePeriod::month, nullptr, nullptr},
    {"0001-01-20", "0001-02-20", UsagePeriod::day, nullptr, nullptr},
};

TEST(PreviousUsage, is_of_as_many_days_or_as_many_months) {
    for (const RangeCase& each : range_cases) {
        const auto previous = previous_request(request(each.from, each.to, each.period));
        if (each.previous_from == nullptr) {
            ASSERT_FALSE(previous.has_value()) << each.from;
            EXPECT_EQ(previous.error().kind, ErrorKind::invalid_input);
            continue;
        }
        ASSERT_TRUE(previous.has_value()) << previous.error().message;
        EXPECT_EQ(previous->from, day(each.previous_from));
        EXPECT_EQ(previous->to, day(each.previous_to));
    }
}

TEST(PreviousUsage, is_cut_as_far_into_its_range_as_the_answer) {
    using std::chrono::hours;
    UsageRequest asked = request("2026-11-01", "2026-12-01", UsagePeriod::day);
    asked.until = day("2026-11-17").begin() + hours(5);
    EXPECT_EQ(previous_request(asked)->until, day("2026-10-18").begin() + hours(5));
    asked.period = UsagePeriod::month;
    EXPECT_EQ(previous_request(asked)->until, day("2026-10-17").begin() + hours(5));
    asked.from = day("2026-03-01");
    asked.to = day("2026-04-01");
    asked.until = day("2026-03-30").begin() + hours(5);
    EXPECT_EQ(previous_request(asked)->until, day("2026-03-01").begin())
        << "no further than February reaches";
}

class PreviousUsageTest : public testing::Test {
 protected:
    PreviousUsageTest() : store_(open_memory_store(make_memory_database(), clock_)) {
        EXPECT_TRUE(store_->prepare_dataset(built_in_datasets()[0]).has_value());
        add("a", "2026-10-30", 8);
        add("a", "2026-10-31", 10);
        add("a", "2026-11-01", 11);
        add("b", "2026-11-02", 3);
        add("b", "2026-10-31", 4);
    }

    void add(const std::string& subject, const char* date, std::int64_t bytes) {
        ASSERT_TRUE(test::store_row(*store_, ++keys_, subject, Slot::of_day(day(date), 3), bytes)
                        .has_value());
    }

    std::string answer(const UsageRequest& asked,
                       UsageFormat format,
                       const std::string& zone = "",
                       const std::vector<std::string>& metrics = {"bytes_streamed"}) {
        const auto report = answer_usage(
            *store_,
            {.request = asked, .time_zone = zone, .metrics = metrics, .compare_previous = true},
            {});
        EXPECT_TRUE(report.has_value()) << (report.has_value() ? "" : report.error().message);
        return report.has_value() ? format_usage(*report, format) : "";
    }

    ManualClock clock_{Timestamp(std::chrono::seconds(1'800'000'000))};
    std::unique_ptr<Store> store_;
    int keys_ = 0;
};

TEST_F(PreviousUsageTest, stands_beside_each_row_with_the_change) {
    UsageRequest asked = request("2026-11-01", "2026-11-03", UsagePeriod::day);
    asked.subjects = {"b", "a", "b"};
    EXPECT_EQ(answer(asked, UsageFormat::csv),
              "site_id,day,bytes_streamed,previous_day,previous_bytes_streamed,"
              "change_bytes_streamed\r\n"
              "b,2026-11-01,,2026-10-30,,\r\n"
              "b,2026-11-02,3,2026-10-31,4,-1\r\n"
              "a,2026-11-01,11,2026-10-30,8,3\r\n"
              "a,2026-11-02,,2026-10-31,10,\r\n"
              "b,2026-11-01,,2026-10-30,,\r\n"
              "b,2026-11-02,3,2026-10-31,4,-1\r\n");
    asked.subjects = {"a"};
    EXPECT_EQ(answer(asked, UsageFormat::table),
              "site_id  day         bytes_streamed  before        change\n"
              "-------  ----------  --------------  ------  ------------\n"
              "a        2026-11-01              11       8  +3 (+37.5 %)\n"
              "a        2026-11-02         no data      10\n"
              "before: 2026-10-30 to 2026-11-01 (exclusive)\n");
}

TEST_F(PreviousUsageTest, in_json_is_null_where_there_is_no_data) {
    UsageRequest asked = request("2026-11-01", "2026-11-02", UsagePeriod::day);
    asked.subjects = {"b"};
    EXPECT_EQ(answer(asked, UsageFormat::ndjson),
              "{\"subject\":\"b\",\"period\":\"2026-11-01\",\"no_data\":true,"
              "\"bytes_streamed\":null,\"previous\":{\"period\":\"2026-10-31\","
              "\"bytes_streamed\":4},\"change\":{\"bytes_streamed\":null}}\n");
}

TEST_F(PreviousUsageTest, is_of_the_subjects_that_are_largest_now) {
    add("largest before", "2026-10-31", 1000);
    UsageRequest asked = request("2026-11-01", "2026-11-03", UsagePeriod::total);
    asked.top = 1;
    EXPECT_EQ(answer(asked, UsageFormat::csv),
              "site_id,total,bytes_streamed,previous_total,previous_bytes_streamed,"
              "change_bytes_streamed\r\n"
              "a,2026-11-01/2026-11-03,11,2026-10-30/2026-11-01,18,-7\r\n");
    asked.from = day("2026-12-01");
    asked.to = day("2026-12-02");
    EXPECT_EQ(answer(asked, UsageFormat::ndjson), "") << "nobody, though somebody was before";
}

TEST_F(PreviousUsageTest, by_local_day_has_no_change_between_bounds) {
    // 2026-10-31 UTC is known as a whole and reaches into two days of New York; at 01:30 UTC on
    // 2026-11-01 it is still October there.
    ASSERT_TRUE(store_->fold("cdn", {}).has_value());
    ASSERT_TRUE(store_->purge_day("cdn", day("2026-10-31")).has_value());
    UsageRequest asked = request("2026-11-01", "2026-11-02", UsagePeriod::day);
    const std::string csv = answer(asked, UsageFormat::csv, "America/New_York");
    EXPECT_NE(csv.find("2026-10-31,11..25,"), std::string::npos) << csv;
    EXPECT_TRUE(csv.ends_with(",\r\n")) << csv;
}

}  // namespace
}  // namespace tidemark
