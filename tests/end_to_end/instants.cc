#include "end_to_end/instants.h"

#include <fmt/format.h>

namespace tidemark::test {

namespace {

constexpr const char* months[] = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

int number_at(const std::string& text, std::size_t from, std::size_t length) {
    return std::stoi(text.substr(from, length));
}

}  // namespace

std::string minute_text(std::chrono::sys_seconds instant) {
    const auto day = std::chrono::floor<std::chrono::days>(instant);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(instant - day);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}",
                       static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()),
                       static_cast<unsigned>(date.day()),
                       time.hours().count(),
                       time.minutes().count());
}

std::string log_time_text(std::chrono::sys_seconds instant) {
    const std::string text = minute_text(instant);
    return fmt::format("{}/{}/{}:{}:00",
                       text.substr(8, 2),
                       months[number_at(text, 5, 2) - 1],
                       text.substr(0, 4),
                       text.substr(11));
}

std::chrono::sys_seconds instant_of(const std::string& text) {
    const std::chrono::year_month_day date(
        std::chrono::year(number_at(text, 0, 4)),
        std::chrono::month(static_cast<unsigned>(number_at(text, 5, 2))),
        std::chrono::day(static_cast<unsigned>(number_at(text, 8, 2))));
    return std::chrono::sys_days(date) + std::chrono::hours(number_at(text, 11, 2)) +
           std::chrono::minutes(number_at(text, 14, 2)) +
           std::chrono::seconds(number_at(text, 17, 2));
}

}  // namespace tidemark::test
