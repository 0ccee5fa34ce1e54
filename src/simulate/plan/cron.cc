#include "simulate/plan/cron.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <span>
#include <string>
#include <vector>

#include <fmt/format.h>

namespace tidemark::simulate {

namespace {

constexpr std::array<std::string_view, 12> month_names = {
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> weekday_names = {
    "sun", "mon", "tue", "wed", "thu", "fri", "sat"};

struct Field {
    std::string_view name;
    int least;
    int most;
    std::span<const std::string_view> names;  // of `least` and those after it
};

Error not_a_field(const Field& field, std::string_view text) {
    return {ErrorKind::invalid_input,
            fmt::format("cron: {} '{}': expected *, or numbers from {} to {} with , - /",
                        field.name,
                        text,
                        field.least,
                        field.most)};
}

// -1 for what is neither a number in range nor a name.
int number_of(const Field& field, std::string_view text) {
    for (std::size_t place = 0; place < field.names.size(); ++place) {
        if (field.names[place] == text) {
            return field.least + static_cast<int>(place);
        }
    }
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = error == std::errc() && end == text.data() + text.size();
    return whole && number >= field.least && number <= field.most ? number : -1;
}

// One element of a list: `*`, `5`, `1-5`, each with `/step` behind it.
Result<void> add_element(const Field& field, std::string_view element, std::vector<bool>& set) {
    std::string_view range = element;
    int step = 1;
    bool stepped = false;
    if (const std::size_t slash = element.find('/'); slash != std::string_view::npos) {
        const std::string_view digits = element.substr(slash + 1);
        const auto [end, error] =
            std::from_chars(digits.data(), digits.data() + digits.size(), step);
        if (error != std::errc() || end != digits.data() + digits.size() || step < 1) {
            return not_a_field(field, element);
        }
        range = element.substr(0, slash);
        stepped = true;
    }
    int first = field.least;
    int last = field.most;
    if (range != "*") {
        const std::size_t dash = range.find('-');
        first = number_of(field, range.substr(0, dash));
        last = dash == std::string_view::npos ? (stepped ? field.most : first)
                                              : number_of(field, range.substr(dash + 1));
    }
    if (first < 0 || last < first) {
        return not_a_field(field, element);
    }
    for (int number = first; number <= last; number += step) {
        set[static_cast<std::size_t>(number)] = true;
    }
    return {};
}

template <std::size_t size>
Result<void> parse_field(const Field& field, std::string_view text, std::bitset<size>& target) {
    std::vector<bool> set(static_cast<std::size_t>(field.most) + 1);
    std::size_t from = 0;
    while (from <= text.size()) {
        const std::size_t comma = std::min(text.find(',', from), text.size());
        TIDEMARK_RETURN_IF_ERROR(add_element(field, text.substr(from, comma - from), set));
        from = comma + 1;
    }
    for (std::size_t number = 0; number < set.size(); ++number) {
        if (set[number]) {
            target.set(number % size);  // Sunday as 7 is Sunday as 0
        }
    }
    return {};
}

std::vector<std::string> small_letter_words(std::string_view text) {
    std::vector<std::string> words;
    bool within = false;
    for (const char character : text) {
        const bool blank = character == ' ' || character == '\t';
        if (!blank) {
            if (!within) {
                words.emplace_back();
            }
            const bool capital = character >= 'A' && character <= 'Z';
            words.back() += capital ? static_cast<char>(character - 'A' + 'a') : character;
        }
        within = !blank;
    }
    return words;
}

}  // namespace

Result<Cron> Cron::parse(std::string_view text) {
    const std::vector<std::string> words = small_letter_words(text);
    if (words.size() != 5) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("cron '{}': expected five fields (minute hour day month weekday), "
                                 "as in \"*/2 * * * *\"",
                                 text)};
    }
    Cron cron;
    TIDEMARK_RETURN_IF_ERROR(parse_field({"minute", 0, 59, {}}, words[0], cron.minutes_));
    TIDEMARK_RETURN_IF_ERROR(parse_field({"hour", 0, 23, {}}, words[1], cron.hours_));
    TIDEMARK_RETURN_IF_ERROR(parse_field({"day", 1, 31, {}}, words[2], cron.days_));
    TIDEMARK_RETURN_IF_ERROR(parse_field({"month", 1, 12, month_names}, words[3], cron.months_));
    TIDEMARK_RETURN_IF_ERROR(
        parse_field({"weekday", 0, 7, weekday_names}, words[4], cron.weekdays_));
    cron.days_restricted_ = words[2].front() != '*';
    cron.weekdays_restricted_ = words[4].front() != '*';
    return cron;
}

bool Cron::matches(std::chrono::sys_seconds instant) const {
    const auto day = std::chrono::floor<std::chrono::days>(instant);
    const auto minute = std::chrono::duration_cast<std::chrono::minutes>(instant - day).count();
    const std::chrono::year_month_day date(day);
    if (!minutes_.test(static_cast<std::size_t>(minute % 60)) ||
        !hours_.test(static_cast<std::size_t>(minute / 60)) ||
        !months_.test(static_cast<unsigned>(date.month()))) {
        return false;
    }
    const bool day_matches = days_.test(static_cast<unsigned>(date.day()));
    const bool weekday_matches = weekdays_.test(std::chrono::weekday(day).c_encoding());
    return days_restricted_ && weekdays_restricted_ ? day_matches || weekday_matches
                                                    : day_matches && weekday_matches;
}

}  // namespace tidemark::simulate
