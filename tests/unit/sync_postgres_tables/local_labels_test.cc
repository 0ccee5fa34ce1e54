#include "sync/postgres_tables/local_labels.h"

#include <gtest/gtest.h>

namespace tidemark::test {
namespace {

using Lines = std::vector<std::string>;

std::int64_t label(std::string_view text) {
    return parse_instant(std::string(text) + ":00Z").value().time_since_epoch().count();
}

LocalZone zone(const char* name) {
    return LocalZone::find(name).value();
}

// "FROM/TO" each, or the error's kind.
Lines slots(const char* name,
            const std::vector<std::string>& texts,
            const LocalTimeRules& rules = {}) {
    std::vector<std::int64_t> labels;
    for (const std::string& text : texts) {
        labels.push_back(label(text));
    }
    const Result<std::vector<TimeRange>> ranges =
        zone(name).slots(labels, std::chrono::minutes(30), rules);
    if (!ranges.has_value()) {
        return {std::string(to_string(ranges.error().kind))};
    }
    Lines lines;
    for (const TimeRange& range : *ranges) {
        lines.push_back(instant_text(range.from) + "/" + instant_text(range.to));
    }
    return lines;
}

Lines utc_days(const char* name,
               const std::vector<std::string>& texts,
               const LocalTimeRules& rules = {}) {
    std::vector<std::int64_t> days;
    for (const std::string& text : texts) {
        days.push_back(UtcDay::parse(text).value().days_since_epoch());
    }
    Lines lines;
    for (const DayRange& range : zone(name).utc_days(days, rules)) {
        lines.push_back(range.from.to_string() + "/" + range.to.to_string());
    }
    return lines;
}

TEST(LocalZone, is_one_of_the_tz_database) {
    EXPECT_TRUE(LocalZone::find("Asia/Kathmandu").has_value());
    EXPECT_EQ(LocalZone::find("Mars/Olympus").error().kind, ErrorKind::invalid_input);
}

// New York, 2026-11-01: 02:00 EDT (06:00Z) becomes 01:00 EST.
TEST(LocalZone, a_label_that_occurs_twice_means_both_only_once_a_later_one_is_there) {
    EXPECT_EQ(slots("America/New_York", {"2026-11-01T01:00"}),
              Lines{"2026-11-01T05:00:00Z/2026-11-01T05:30:00Z"});
    EXPECT_EQ(slots("America/New_York", {"2026-11-01T01:00", "2026-11-01T01:30"}),
              Lines{"2026-11-01T05:00:00Z/2026-11-01T06:00:00Z"});
    EXPECT_EQ(
        slots("America/New_York", {"2026-11-01T01:00", "2026-11-01T01:30", "2026-11-01T02:00"}),
        Lines{"2026-11-01T05:00:00Z/2026-11-01T07:30:00Z"});
}

TEST(LocalZone, a_label_that_occurs_twice_means_one_of_the_two_where_the_rules_say_so) {
    const std::vector<std::string> labels = {"2026-11-01T01:00", "2026-11-01T01:30"};
    EXPECT_EQ(slots("America/New_York", labels, {.repeated = RepeatedTime::earlier}),
              Lines{"2026-11-01T05:00:00Z/2026-11-01T06:00:00Z"});
    EXPECT_EQ(slots("America/New_York", labels, {.repeated = RepeatedTime::later}),
              Lines{"2026-11-01T06:00:00Z/2026-11-01T07:00:00Z"});
    const std::vector<std::string> with_a_later_one = {"2026-11-01T01:30", "2026-11-01T02:00"};
    EXPECT_EQ(slots("America/New_York", with_a_later_one, {.repeated = RepeatedTime::earlier}),
              (Lines{"2026-11-01T05:30:00Z/2026-11-01T06:00:00Z",
                     "2026-11-01T07:00:00Z/2026-11-01T07:30:00Z"}));
}

TEST(LocalZone, a_label_that_is_skipped_means_what_the_rules_say) {
    const std::vector<std::string> labels = {"2026-03-08T02:30", "2026-03-08T04:00"};
    EXPECT_EQ(slots("America/New_York", labels), Lines{"invalid_input"});
    EXPECT_EQ(slots("America/New_York", labels, {.skipped = SkippedTime::shifted}),
              Lines{"2026-03-08T07:30:00Z/2026-03-08T08:30:00Z"});
    EXPECT_EQ(slots("America/New_York", labels, {.skipped = SkippedTime::ignored}),
              Lines{"2026-03-08T08:00:00Z/2026-03-08T08:30:00Z"});
}

TEST(LocalZone, a_local_day_is_the_utc_day_of_its_date_where_the_rules_say_so) {
    EXPECT_EQ(utc_days("America/New_York", {"2026-03-07"}, {.days = LocalDayRule::same_date}),
              Lines{"2026-03-07/2026-03-08"});
}

TEST(LocalTimeRules, have_names) {
    EXPECT_EQ(parse_repeated_time("later").value(), RepeatedTime::later);
    EXPECT_EQ(to_string(SkippedTime::shifted), "shifted");
    EXPECT_EQ(parse_local_day_rule("same_date").value(), LocalDayRule::same_date);
    EXPECT_EQ(parse_skipped_time("error").error().message,
              "'error': expected refused or shifted or ignored");
}

TEST(LocalZone, a_label_that_is_skipped_is_an_error) {
    EXPECT_EQ(slots("America/New_York", {"2026-03-08T02:00"}), Lines{"invalid_input"});
    EXPECT_EQ(slots("America/New_York", {"2026-03-08T01:30", "2026-03-08T03:00"}),
              Lines{"2026-03-08T06:30:00Z/2026-03-08T07:30:00Z"});
    EXPECT_EQ(slots("Europe/Berlin", {"2026-03-29T02:30"}), Lines{"invalid_input"});
    EXPECT_EQ(slots("Africa/Cairo", {"2026-04-24T00:00"}), Lines{"invalid_input"});
    EXPECT_EQ(slots("Australia/Lord_Howe", {"2026-10-04T02:00"}), Lines{"invalid_input"});
}

// Lord Howe, 2026-04-05: 02:00 (+11) becomes 01:30 (+10:30).
TEST(LocalZone, a_change_of_half_an_hour_doubles_one_slot) {
    EXPECT_EQ(slots("Australia/Lord_Howe", {"2026-04-05T01:30"}),
              Lines{"2026-04-04T14:30:00Z/2026-04-04T15:00:00Z"});
    EXPECT_EQ(slots("Australia/Lord_Howe", {"2026-04-05T01:30", "2026-04-05T02:00"}),
              Lines{"2026-04-04T14:30:00Z/2026-04-04T16:00:00Z"});
}

TEST(LocalZone, an_offset_of_45_minutes_leaves_ranges_off_the_grid) {
    EXPECT_EQ(slots("Asia/Kathmandu", {"2026-03-10T00:00", "2026-03-10T00:30"}),
              Lines{"2026-03-09T18:15:00Z/2026-03-09T19:15:00Z"});
}

TEST(LocalZone, a_utc_day_is_there_once_every_local_day_that_overlaps_it_is) {
    EXPECT_EQ(utc_days("America/New_York", {"2026-03-07"}), Lines{});
    EXPECT_EQ(utc_days("America/New_York", {"2026-03-07", "2026-03-08"}),
              Lines{"2026-03-08/2026-03-09"});
    EXPECT_EQ(utc_days("America/New_York", {"2026-10-31", "2026-11-01", "2026-11-02"}),
              Lines{"2026-11-01/2026-11-03"});
    EXPECT_EQ(utc_days("Europe/Berlin", {"2026-03-29", "2026-03-30", "2026-04-02"}),
              Lines{"2026-03-29/2026-03-30"});
    EXPECT_EQ(utc_days("UTC", {"2026-03-29", "2026-03-31"}),
              (Lines{"2026-03-29/2026-03-30", "2026-03-31/2026-04-01"}));
    EXPECT_EQ(utc_days("Africa/Cairo", {"2026-04-23", "2026-04-24"}),
              Lines{"2026-04-23/2026-04-24"});
}

// Apia had no 2011-12-30.
TEST(LocalZone, a_date_that_was_skipped_overlaps_nothing) {
    EXPECT_EQ(utc_days("Pacific/Apia", {"2011-12-29", "2011-12-31"}),
              Lines{"2011-12-30/2011-12-31"});
}

TEST(LocalZone, a_day_without_midnight_begins_at_the_change) {
    const std::int64_t day = UtcDay::parse("2026-04-24").value().days_since_epoch();
    EXPECT_EQ(instant_text(zone("Africa/Cairo").begin_of(day)), "2026-04-23T22:00:00Z");
    EXPECT_EQ(zone("Africa/Cairo").day_at(parse_instant("2026-04-23T22:00:00Z").value()), day);
}

}  // namespace
}  // namespace tidemark::test
