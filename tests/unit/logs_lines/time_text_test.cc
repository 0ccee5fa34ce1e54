#include "logs/lines/time_text.h"

#include <chrono>
#include <string>

#include <date/tz.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tidemark {
namespace {

struct TimeCase {
    const char* name;
    const char* text;
    std::int64_t expected;  // -1: refused
};

constexpr TimeCase utc_cases[] = {
    {"epoch", "0", 0},
    {"seconds", "1433257489", 1433257489},
    {"seconds_with_fraction", "1433257489.999", 1433257489},
    {"nine_fraction_digits", "1433257489.123456789", 1433257489},
    {"ten_fraction_digits", "1433257489.1234567890", -1},
    {"point_without_digits", "1433257489.", -1},
    {"milliseconds", "1433257489999", 1433257489},
    {"milliseconds_with_fraction", "1433257489999.5", -1},
    {"microseconds", "1433257489123456", 1433257489},
    {"nanoseconds", "1433257489123456789", 1433257489},
    {"seventeen_digits", "14332574891234567", -1},
    {"twenty_digits", "14332574891234567890", -1},
    {"negative", "-1", -1},
    {"plus", "+1", -1},
    {"empty", "", -1},
    {"dash", "-", -1},
    {"word", "yesterday", -1},
    {"rfc3339", "2016-07-04T22:37:26Z", 1467671846},
    {"rfc3339_small_letters", "2016-07-04t22:37:26z", 1467671846},
    {"rfc3339_nanoseconds", "2016-07-04T22:37:26.867635728Z", 1467671846},
    {"rfc3339_one_digit", "2016-07-04T22:37:26.9Z", 1467671846},
    {"rfc3339_ten_digits", "2016-07-04T22:37:26.8676357281Z", -1},
    {"rfc3339_offset", "2016-07-05T00:37:26+02:00", 1467671846},
    {"rfc3339_basic_offset", "2016-07-04T17:07:26-0530", 1467671846},
    {"rfc3339_unknown_offset", "2016-07-04T22:37:26-00:00", 1467671846},
    {"rfc3339_offset_24", "2016-07-04T22:37:26+24:00", -1},
    {"rfc3339_offset_minute_60", "2016-07-04T22:37:26+00:60", -1},
    {"rfc3339_short_offset", "2016-07-04T22:37:26+02", -1},
    {"rfc3339_blank_before_zone", "2016-07-04T22:37:26 Z", -1},
    {"rfc3339_trailing_blank", "2016-07-04T22:37:26Z ", -1},
    {"rfc3339_two_zones", "2016-07-04T22:37:26ZZ", -1},
    {"rfc3339_no_seconds", "2016-07-04T22:37Z", -1},
    {"no_offset", "2016-07-04 22:37:26", 1467671846},
    {"no_offset_with_t", "2016-07-04T22:37:26.5", 1467671846},
    {"leap_day", "2024-02-29 00:00:00", 1709164800},
    {"no_leap_day", "2023-02-29 00:00:00", -1},
    {"february_30", "2024-02-30 00:00:00", -1},
    {"century_leap_day", "2000-02-29 00:00:00", 951782400},
    {"century_without_leap_day", "1900-02-29 00:00:00", -1},
    {"april_31", "2024-04-31 00:00:00", -1},
    {"month_13", "2024-13-01 00:00:00", -1},
    {"month_0", "2024-00-01 00:00:00", -1},
    {"day_0", "2024-01-00 00:00:00", -1},
    {"hour_24", "2016-07-04 24:00:00", -1},
    {"minute_60", "2016-07-04 22:60:00", -1},
    {"second_61", "2016-12-31 23:59:61", -1},
    {"leap_second_keeps_its_day", "2016-12-31T23:59:60Z", 1483228799},
    {"leap_second_in_another_zone", "2017-01-01T01:59:60+02:00", 1483228799},
    {"leap_second_at_noon", "2016-12-31T12:00:60Z", -1},
    {"leap_second_in_the_wrong_zone", "2016-12-31T23:59:60+02:00", -1},
    {"letters_in_digits", "2016-07-0A 22:37:26", -1},
    {"slashes", "2016/07/04 22:37:26", -1},
    {"last_second", "9999-12-31T23:59:59Z", 253402300799},
    {"beyond_the_last_year", "9999-12-31T23:59:59-00:01", -1},
    {"year_0", "0000-01-01T00:00:00Z", -1},
    {"clf", "04/Jul/2016:22:37:26 +0000", 1467671846},
    {"clf_offset", "04/Jul/2016:18:37:26 -0400", 1467671846},
    {"clf_without_blank", "04/Jul/2016:22:37:26+0000", -1},
    {"clf_colon_offset", "04/Jul/2016:22:37:26 +00:00", -1},
    {"clf_small_month", "04/jul/2016:22:37:26 +0000", -1},
    {"clf_no_month", "04/Juy/2016:22:37:26 +0000", -1},
    {"clf_february_30", "30/Feb/2016:22:37:26 +0000", -1},
    {"clf_one_digit_day", "4/Jul/2016:22:37:26 +0000", -1},
    {"clf_brackets", "[04/Jul/2016:22:37:26 +0000]", -1},
    {"clf_leap_second", "31/Dec/2016:18:59:60 -0500", 1483228799},
    {"clf_cut_off", "04/Jul/2016:22:37:26", -1},
};

class UtcTime : public testing::TestWithParam<TimeCase> {};

TEST_P(UtcTime, is_recognised_or_refused) {
    Result<TimeText> time = TimeText::make("UTC");
    ASSERT_TRUE(time.has_value());
    const auto found = time->parse(GetParam().text);
    EXPECT_EQ(found ? found->time_since_epoch().count() : -1, GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Cases, UtcTime, testing::ValuesIn(utc_cases), [](const auto& test) {
    return test.param.name;
});

// America/New_York: the clock jumps from 02:00 to 03:00 on 2024-03-10, and from 02:00 back to
// 01:00 on 2024-11-03. Australia/Lord_Howe jumps by half an hour.
struct ZoneCase {
    const char* name;
    const char* zone;
    const char* text;
    std::int64_t expected;  // -1: refused
};

constexpr ZoneCase zone_cases[] = {
    {"winter", "America/New_York", "2024-01-15 12:00:00", 1705338000},
    {"summer", "America/New_York", "2024-07-15 12:00:00", 1721059200},
    {"last_second_before_the_gap", "America/New_York", "2024-03-10 01:59:59", 1710053999},
    {"gap_begins", "America/New_York", "2024-03-10 02:00:00", -1},
    {"gap_ends", "America/New_York", "2024-03-10 02:59:59", -1},
    {"after_the_gap", "America/New_York", "2024-03-10 03:00:00", 1710054000},
    {"ambiguous_takes_the_earlier", "America/New_York", "2024-11-03 01:30:00", 1730611800},
    {"before_the_ambiguous_hour", "America/New_York", "2024-11-03 00:59:59", 1730609999},
    {"after_the_ambiguous_hour", "America/New_York", "2024-11-03 02:00:00", 1730617200},
    {"an_offset_in_the_text_wins", "America/New_York", "2024-03-10T02:30:00Z", 1710037800},
    {"half_hour_gap", "Australia/Lord_Howe", "2024-10-06 02:15:00", -1},
    {"after_half_hour_gap", "Australia/Lord_Howe", "2024-10-06 02:30:00", 1728142200},
    {"half_hour_ambiguous", "Australia/Lord_Howe", "2024-04-07 01:45:00", 1712414700},
    {"odd_offset", "Asia/Kathmandu", "2024-01-01 05:45:00", 1704067200},
};

class ZonedTime : public testing::TestWithParam<ZoneCase> {};

TEST_P(ZonedTime, follows_the_stated_rule) {
    Result<TimeText> time = TimeText::make(GetParam().zone);
    ASSERT_TRUE(time.has_value()) << time.error().message;
    // Twice: the second answer comes out of the cache.
    for (int round = 0; round < 2; ++round) {
        const auto found = time->parse(GetParam().text);
        EXPECT_EQ(found ? found->time_since_epoch().count() : -1, GetParam().expected);
    }
}

INSTANTIATE_TEST_SUITE_P(Cases, ZonedTime, testing::ValuesIn(zone_cases), [](const auto& test) {
    return test.param.name;
});

TEST(TimeText, refuses_a_zone_that_is_none) {
    const Result<TimeText> time = TimeText::make("Mars/Olympus");
    ASSERT_FALSE(time.has_value());
    EXPECT_EQ(time.error().kind, ErrorKind::invalid_input);
    EXPECT_NE(time.error().message.find("Mars/Olympus"), std::string::npos);
}

TEST(TimeText, reads_date_and_time_of_columns) {
    Result<TimeText> time = TimeText::make("UTC");
    ASSERT_TRUE(time.has_value());
    EXPECT_EQ(time->parse("2016-07-04", "22:37:26")->time_since_epoch().count(), 1467671846);
    EXPECT_EQ(time->parse("2016-07-04", "22:37:26.5")->time_since_epoch().count(), 1467671846);
    EXPECT_FALSE(time->parse("2016-07-04", "22:37"));
    EXPECT_FALSE(time->parse("2016-07-4", "22:37:26"));
    EXPECT_FALSE(time->parse("2016-07-04", "22:37:26Z"));
    EXPECT_FALSE(time->parse("", ""));
}

constexpr std::int64_t first_second = -62135596800;
constexpr std::int64_t last_second = 253402300799;

std::chrono::year_month_day day_of(std::int64_t seconds) {
    return std::chrono::floor<std::chrono::days>(
        std::chrono::sys_seconds(std::chrono::seconds(seconds)));
}

std::string clock_of(std::int64_t seconds) {
    const std::int64_t of_day = ((seconds % 86400) + 86400) % 86400;
    return fmt::format("{:02}:{:02}:{:02}", of_day / 3600, of_day / 60 % 60, of_day % 60);
}

std::string date_of(std::int64_t seconds) {
    const std::chrono::year_month_day day = day_of(seconds);
    return fmt::format(
        "{:04}-{:02}-{:02}", int(day.year()), unsigned(day.month()), unsigned(day.day()));
}

RC_GTEST_PROP(TimeTextProperty, agrees_with_the_standard_calendar, ()) {
    const auto seconds = *rc::gen::inRange(first_second + 86400, last_second - 86400);
    const auto offset_minutes = *rc::gen::inRange(-23 * 60, 23 * 60);
    const std::int64_t local = seconds + offset_minutes * 60;
    const std::string sign = offset_minutes < 0 ? "-" : "+";
    const int offset = std::abs(offset_minutes);
    TimeText time = *TimeText::make("UTC");
    const std::string rfc3339 = fmt::format(
        "{}T{}{}{:02}:{:02}", date_of(local), clock_of(local), sign, offset / 60, offset % 60);
    RC_ASSERT(time.parse(rfc3339)->time_since_epoch().count() == seconds);
    static constexpr const char* months[] = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::chrono::year_month_day day = day_of(local);
    const std::string clf = fmt::format("{:02}/{}/{:04}:{} {}{:02}{:02}",
                                        unsigned(day.day()),
                                        months[unsigned(day.month()) - 1],
                                        int(day.year()),
                                        clock_of(local),
                                        sign,
                                        offset / 60,
                                        offset % 60);
    RC_ASSERT(time.parse(clf)->time_since_epoch().count() == seconds);
    RC_ASSERT(parse_clf_time(clf)->time_since_epoch().count() == seconds);
}

RC_GTEST_PROP(TimeTextProperty, accepts_exactly_the_days_that_exist, ()) {
    const auto year = *rc::gen::inRange(0, 10000);
    const auto month = *rc::gen::inRange(0, 15);
    const auto day = *rc::gen::inRange(0, 35);
    const std::chrono::year_month_day named{std::chrono::year(year),
                                            std::chrono::month(static_cast<unsigned>(month)),
                                            std::chrono::day(static_cast<unsigned>(day))};
    const std::optional<std::int32_t> number = find_day_number(year, month, day);
    RC_ASSERT(number.has_value() == (named.ok() && year >= 1));
    if (number) {
        RC_ASSERT(*number == std::chrono::sys_days(named).time_since_epoch().count());
    }
}

RC_GTEST_PROP(TimeTextProperty, local_time_is_the_inverse_of_the_zone, ()) {
    const std::string zone = *rc::gen::element<std::string>(
        "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "Asia/Tehran");
    const auto seconds = *rc::gen::inRange<std::int64_t>(0, 2000000000);
    const date::sys_seconds instant{std::chrono::seconds(seconds)};
    const date::time_zone* const database_zone = date::locate_zone(zone);
    const std::int64_t local = seconds + database_zone->get_info(instant).offset.count();
    TimeText time = *TimeText::make(zone);
    const auto found = time.parse(date_of(local) + " " + clock_of(local));
    RC_ASSERT(found.has_value());
    // Where the clock was set back, the earlier of the two instants.
    const auto earliest = database_zone->to_sys(date::local_seconds(std::chrono::seconds(local)),
                                                date::choose::earliest);
    RC_ASSERT(found->time_since_epoch().count() == earliest.time_since_epoch().count());
}

RC_GTEST_PROP(TimeTextProperty, never_reads_what_is_one_character_off, ()) {
    std::string text = "2016-07-04T22:37:26Z";
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    const char changed = *rc::gen::element('x', '/', ';', '@', '+', '"', '\t');
    text[at] = changed;
    TimeText time = *TimeText::make("UTC");
    RC_ASSERT(!time.parse(text).has_value());
}

}  // namespace
}  // namespace tidemark
