#include "domain/adjustment.h"

#include <array>
#include <limits>

#include <gtest/gtest.h>

namespace tidemark {
namespace {

using namespace std::chrono_literals;

using Lines = std::vector<std::string>;

UtcDay day(int number) {
    return UtcDay::parse("2026-11-11").value().plus_days(number);
}

struct Row {
    std::string subject;
    int day_number;
    int slot;
    std::int64_t value;
};

UsageRows rows_of(const std::vector<Row>& rows) {
    UsageRows::Builder builder(1);
    for (const Row& row : rows) {
        builder.add(row.subject, Slot::of_day(day(row.day_number), row.slot), {{row.value}});
    }
    return std::move(builder).finish().value();
}

std::string line_of(const UsageRow& row) {
    return row.slot.to_string() + " " + std::string(row.subject) + " " +
           std::to_string(row.values[0]);
}

Lines lines_of(BookedRows& rows) {
    Lines lines;
    rows.rewind();
    while (const UsageRow* row = rows.next()) {
        lines.push_back(line_of(*row));
    }
    return lines;
}

Lines moved_lines_of(BookedRows& rows) {
    Lines lines;
    rows.rewind_adjusted();
    while (const UsageRow* row = rows.next_adjusted()) {
        lines.push_back(line_of(*row));
    }
    return lines;
}

// Days 0 and 1 are to be adjusted, to day 3, slot 20.
Result<BookedRows> booked(RowSource& rows) {
    return BookedRows::book(rows, {day(0), day(1)}, Slot::of_day(day(3), 20));
}

TEST(Adjustment, rows_arrive_in_the_half_hour_and_those_of_days_in_the_first_of_the_day) {
    const Timestamp now{std::chrono::sys_seconds(day(3).begin()) + 10h + 44min + 59s + 999ms};
    EXPECT_EQ(arrival_slot(now, false).to_string(), "2026-11-14T10:30Z");
    EXPECT_EQ(arrival_slot(now, true).to_string(), "2026-11-14T00:00Z");
}

TEST(Adjustment, without_rows_of_such_a_day_they_are_booked_as_they_came) {
    UsageRows rows = rows_of({{"a", 2, 1, 5}, {"b", 2, 1, 6}, {"a", 3, 20, 7}});
    Result<BookedRows> as_is = booked(rows);
    ASSERT_TRUE(as_is.has_value());
    EXPECT_FALSE(as_is->adjusted().has_value());
    EXPECT_EQ(lines_of(*as_is),
              (Lines{"2026-11-13T00:30Z a 5", "2026-11-13T00:30Z b 6", "2026-11-14T10:00Z a 7"}));
    EXPECT_EQ(moved_lines_of(*as_is), Lines{});
}

TEST(Adjustment, rows_of_several_slots_and_days_add_up_where_they_arrive) {
    UsageRows rows = rows_of({{"b", 0, 1, 1}, {"a", 0, 2, 2}, {"b", 1, 47, 4}, {"b", 2, 3, 8}});
    Result<BookedRows> moved = booked(rows);
    ASSERT_TRUE(moved.has_value());
    EXPECT_EQ(lines_of(*moved),
              (Lines{"2026-11-13T01:30Z b 8", "2026-11-14T10:00Z a 2", "2026-11-14T10:00Z b 5"}));
    EXPECT_EQ(moved_lines_of(*moved),
              (Lines{"2026-11-11T01:00Z a 2", "2026-11-11T00:30Z b 1", "2026-11-12T23:30Z b 4"}));
    EXPECT_EQ(
        moved->adjusted(),
        (AdjustedRows{.booked = Slot::of_day(day(3), 20), .row_count = 3, .totals = {Total(7)}}));
    EXPECT_EQ(lines_of(*moved).size(), 3U) << "again from the start";
}

// Each line: what lies on the day of arrival, and what is booked of it and of one moved row, b 1.
struct ArrivalCase {
    const char* name;
    std::vector<Row> there;
    Lines booked;
};
const ArrivalCase arrival_cases[] = {
    {"nothing", {}, {"2026-11-14T10:00Z b 1"}},
    {"the_same_slot", {{"b", 3, 20, 10}}, {"2026-11-14T10:00Z b 11"}},
    {"a_slot_before", {{"b", 3, 19, 10}}, {"2026-11-14T09:30Z b 10", "2026-11-14T10:00Z b 1"}},
    {"a_slot_after", {{"b", 3, 21, 10}}, {"2026-11-14T10:00Z b 1", "2026-11-14T10:30Z b 10"}},
    {"a_subject_before", {{"a", 3, 47, 10}}, {"2026-11-14T23:30Z a 10", "2026-11-14T10:00Z b 1"}},
    {"a_subject_after", {{"c", 3, 0, 10}}, {"2026-11-14T10:00Z b 1", "2026-11-14T00:00Z c 10"}},
    {"the_next_day", {{"a", 4, 0, 10}}, {"2026-11-14T10:00Z b 1", "2026-11-15T00:00Z a 10"}},
};

class AdjustmentArrival : public testing::TestWithParam<ArrivalCase> {};
INSTANTIATE_TEST_SUITE_P(Cases,
                         AdjustmentArrival,
                         testing::ValuesIn(arrival_cases),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(AdjustmentArrival, keeps_the_order_of_keys_each_once) {
    std::vector<Row> all = GetParam().there;
    all.push_back({"b", 0, 5, 1});
    UsageRows rows = rows_of(all);
    Result<BookedRows> moved = booked(rows);
    ASSERT_TRUE(moved.has_value());
    EXPECT_EQ(lines_of(*moved), GetParam().booked);
}

TEST(Adjustment, what_does_not_fit_64_bits_in_one_slot_is_invalid) {
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    UsageRows two_moved = rows_of({{"a", 0, 1, most}, {"a", 1, 1, 1}});
    EXPECT_EQ(booked(two_moved).error().kind, ErrorKind::invalid_input);
    UsageRows one_there = rows_of({{"a", 0, 1, most}, {"a", 3, 20, 1}});
    EXPECT_EQ(booked(one_there).error().kind, ErrorKind::invalid_input);
    UsageRows of_others = rows_of({{"a", 0, 1, most}, {"b", 1, 1, most}});
    EXPECT_EQ(booked(of_others)->adjusted()->totals[0].to_string(), "18446744073709551614");
}

// A day is adjusted to another; that the arrival is on one that takes no rows, its store says.
TEST(Adjustment, an_arrival_on_an_adjusted_day_books_its_rows_once) {
    UsageRows rows = rows_of({{"a", 0, 1, 1}, {"a", 3, 20, 10}, {"a", 3, 21, 100}});
    Result<BookedRows> moved = BookedRows::book(rows, {day(0), day(3)}, Slot::of_day(day(3), 20));
    ASSERT_TRUE(moved.has_value());
    EXPECT_EQ(lines_of(*moved), (Lines{"2026-11-14T10:00Z a 111"}));
    EXPECT_EQ(moved->adjusted()->row_count, 3);
}

}  // namespace
}  // namespace tidemark
