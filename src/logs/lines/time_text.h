#pragma once
// The times that log lines carry, as text.
//
//   1433257489                           seconds since 1970 (up to 11 digits), also 1433257489.123
//   1433257489123                        milliseconds (12 to 14 digits)
//   1433257489123456, ...456789          microseconds (15, 16), nanoseconds (18, 19 digits)
//   2016-07-04T22:37:26.123456789Z       RFC 3339: up to 9 digits of fraction, Z or an offset
//                                        (+02:00, +0200); a blank may stand for the T
//   04/Jul/2016:22:37:26 +0200           Apache and nginx
//   2016-07-04 22:37:26                  no offset: a wall clock's reading in the configured zone
//
// Everything else is refused: days that do not exist, hour 24, one-digit fields, blanks around.
// Fractions are cut off, never rounded, so that a request stays in the slot in which it happened.
// Second 60 is accepted where a leap second can be, at 23:59:60 UTC, and counts as 23:59:59: the
// second belongs to the day that it ends. Instants are those of the years 0001 to 9999.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "logs/lines/local_time.h"

namespace tidemark {

// Days from 1970-01-01 to a day of the Gregorian calendar; nothing for a day that does not exist.
// Years 0001 to 9999.
std::optional<std::int32_t> find_day_number(int year, int month, int day);

// 1 to 12 for "Jan" to "Dec", 0 for anything else. `name` points at three characters.
int parse_month_name(const char* name);

// "04/Jul/2016:22:37:26 +0200", exactly 26 characters.
std::optional<std::chrono::sys_seconds> parse_clf_time(std::string_view text);

// Reads every form above. Copies are independent; one thread at a time each.
class TimeText {
 public:
    // Fails with invalid_input for a zone that the tz database does not have.
    static Result<TimeText> make(const std::string& zone);

    std::optional<std::chrono::sys_seconds> parse(std::string_view text);

    // The date and the time of the day in columns of their own: "2016-07-04" and "22:37:26", also
    // with a fraction; in the configured zone.
    std::optional<std::chrono::sys_seconds> parse(std::string_view date, std::string_view time);

 private:
    explicit TimeText(const LocalTime& local) : local_(local) {}
    std::optional<std::chrono::sys_seconds> parse_calendar(std::string_view text);

    LocalTime local_;
};

}  // namespace tidemark
