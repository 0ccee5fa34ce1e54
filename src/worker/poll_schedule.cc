#include "worker/poll_schedule.h"

#include <charconv>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/duration.h"

namespace tidemark {

namespace {

struct Range {
    std::string_view name;
    int least;
    int most;
};

constexpr Range ranges[] = {{"minute", 0, 59},
                            {"hour", 0, 23},
                            {"day of month", 1, 31},
                            {"month", 1, 12},
                            {"day of week", 0, 7}};
enum Place { minute, hour, day_of_month, month, day_of_week };
// A day that recurs at all does so within 8 years: 29 February around 2100.
constexpr int days_looked_at = 8 * 366;

std::optional<int> parse_number(std::string_view text) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool good = error == std::errc() && end == text.data() + text.size() && !text.empty();
    return good && number >= 0 ? std::optional(number) : std::nullopt;
}

// "*", "5", "1-5", each also with "/2". Whether it could be read.
template <typename Field>
bool add_part(std::string_view part, const Range& range, Field& field) {
    const std::size_t slash = part.find('/');
    const std::optional<int> step =
        slash == std::string_view::npos ? 1 : parse_number(part.substr(slash + 1));
    const std::string_view span = part.substr(0, slash);
    std::optional<int> first = range.least;
    std::optional<int> last = range.most;
    if (span != "*") {
        const std::size_t dash = span.find('-');
        first = parse_number(span.substr(0, dash));
        last = dash != std::string_view::npos    ? parse_number(span.substr(dash + 1))
               : slash == std::string_view::npos ? first
                                                 : last;
    }
    if (!step || !first || !last || *step < 1 || *first < range.least || *last > range.most ||
        *first > *last) {
        return false;
    }
    for (int number = *first; number <= *last; number += *step) {
        field.set(static_cast<std::size_t>(number));
    }
    return true;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    while (true) {
        const std::size_t end = text.find(separator);
        if (separator != ' ' || end != 0) {
            parts.push_back(text.substr(0, end));
        }
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

}  // namespace

Result<PollSchedule> PollSchedule::parse(std::string_view text) {
    PollSchedule schedule;
    if (const auto duration = parse_duration(text); duration.has_value() && duration->count() > 0) {
        schedule.every_ = *duration;
        return schedule;
    }
    const std::vector<std::string_view> fields = split(text, ' ');
    if (fields.size() != field_count) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("'{}': expected a duration, as in 30s, 2m or 6h, or the five "
                                 "fields of cron, as in */2 * * * *",
                                 text)};
    }
    for (std::size_t place = 0; place < field_count; ++place) {
        for (const std::string_view part : split(fields[place], ',')) {
            if (!add_part(part, ranges[place], schedule.fields_[place])) {
                return Error{ErrorKind::invalid_input,
                             fmt::format("'{}': its {} '{}' is not *, a number, a range or a list "
                                         "of them within {} to {}",
                                         text,
                                         ranges[place].name,
                                         fields[place],
                                         ranges[place].least,
                                         ranges[place].most)};
            }
        }
    }
    schedule.any_day_of_month_ = fields[day_of_month].starts_with('*');
    schedule.any_day_of_week_ = fields[day_of_week].starts_with('*');
    if (schedule.fields_[day_of_week].test(7)) {
        schedule.fields_[day_of_week].set(0);
    }
    const std::chrono::sys_days first = std::chrono::year(2097) / 1 / 1;
    for (int day = 0; day < days_looked_at; ++day) {
        if (schedule.matches_day(first + std::chrono::days(day))) {
            return schedule;
        }
    }
    return Error{ErrorKind::invalid_input, fmt::format("'{}': no such day ever comes", text)};
}

bool PollSchedule::matches_day(std::chrono::sys_days day) const {
    const std::chrono::year_month_day date(day);
    const bool of_month = fields_[day_of_month].test(static_cast<unsigned>(date.day()));
    const bool of_week = fields_[day_of_week].test(std::chrono::weekday(day).c_encoding());
    if (!fields_[month].test(static_cast<unsigned>(date.month()))) {
        return false;
    }
    const bool both_given = !any_day_of_month_ && !any_day_of_week_;
    return both_given ? of_month || of_week : of_month && of_week;
}

Timestamp PollSchedule::next_after(Timestamp instant) const {
    if (every_.count() > 0) {
        return instant + every_;
    }
    using std::chrono::minutes;
    std::chrono::sys_time<minutes> next = std::chrono::floor<minutes>(instant) + minutes(1);
    while (true) {
        const auto day = std::chrono::floor<std::chrono::days>(next);
        const auto of_day = next - day;
        if (!matches_day(day)) {
            next = day + std::chrono::days(1);
        } else if (!fields_[hour].test(static_cast<std::size_t>(of_day / std::chrono::hours(1)))) {
            next = std::chrono::floor<std::chrono::hours>(next) + std::chrono::hours(1);
        } else if (!fields_[minute].test(static_cast<std::size_t>(of_day.count() % 60))) {
            next += minutes(1);
        } else {
            return next;
        }
    }
}

}  // namespace tidemark
