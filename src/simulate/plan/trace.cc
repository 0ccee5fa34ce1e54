#include "simulate/plan/trace.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>

#include <fmt/format.h>

namespace tidemark::simulate {

namespace {

std::vector<std::string_view> cells_of(std::string_view line) {
    std::vector<std::string_view> cells;
    std::size_t from = 0;
    while (from <= line.size()) {
        const std::size_t comma = std::min(line.find(',', from), line.size());
        std::string_view cell = line.substr(from, comma - from);
        if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"') {
            cell = cell.substr(1, cell.size() - 2);
        }
        cells.push_back(cell);
        from = comma + 1;
    }
    return cells;
}

struct Columns {
    std::size_t time = 0;
    std::size_t writer = 0;
    std::size_t rows = 0;
};

std::optional<Columns> columns_of(std::string_view header) {
    const std::vector<std::string_view> cells = cells_of(header);
    const auto place = [&cells](std::string_view name) {
        return static_cast<std::size_t>(std::ranges::find(cells, name) - cells.begin());
    };
    const Columns columns{place("time"), place("writer"), place("rows")};
    if (std::max({columns.time, columns.writer, columns.rows}) >= cells.size()) {
        return std::nullopt;
    }
    return columns;
}

// Two digits of a time of day, below `limit`; -1 for anything else.
int two_digits(std::string_view text, int limit) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool whole = text.size() == 2 && error == std::errc() && end == text.data() + 2;
    return whole && number >= 0 && number < limit ? number : -1;
}

struct TraceLine {
    std::chrono::sys_seconds time;
    std::string_view writer;
    std::int64_t rows = 0;
};

Result<TraceLine> parse_line(std::string_view line, const Columns& columns) {
    const std::vector<std::string_view> cells = cells_of(line);
    if (cells.size() <= std::max({columns.time, columns.writer, columns.rows})) {
        return Error{ErrorKind::invalid_input, "fewer cells than the first line has"};
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::chrono::sys_seconds time,
                              parse_instant(cells[columns.time]));
    const std::string_view digits = cells[columns.rows];
    std::int64_t rows = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), rows);
    if (error != std::errc() || end != digits.data() + digits.size() || rows < 0 ||
        rows > 1'000'000'000) {
        return Error{
            ErrorKind::invalid_input,
            fmt::format("rows '{}': expected a whole number from 0 to 1000000000", digits)};
    }
    return TraceLine{.time = time, .writer = cells[columns.writer], .rows = rows};
}

}  // namespace

Result<std::vector<TracedRun>> parse_trace(std::string_view text,
                                           std::string_view file,
                                           std::string_view writer) {
    std::optional<Columns> columns;
    std::vector<TraceLine> lines;
    std::chrono::sys_seconds earliest = std::chrono::sys_seconds::max();
    int number = 0;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        ++number;
        line = line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
        if (line.empty()) {
            continue;
        }
        if (!columns.has_value()) {
            columns = columns_of(line);
            if (!columns.has_value()) {
                return Error{ErrorKind::invalid_input,
                             fmt::format("{}:{}: the first line must name the columns time, writer "
                                         "and rows",
                                         file,
                                         number)};
            }
            continue;
        }
        Result<TraceLine> parsed = parse_line(line, *columns);
        if (!parsed.has_value()) {
            return with_context(fmt::format("{}:{}", file, number), std::move(parsed).error());
        }
        earliest = std::min(earliest, parsed->time);
        if (parsed->writer == writer) {
            lines.push_back(*parsed);
        }
    }
    if (lines.empty()) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("{}: no line of writer '{}'", file, writer)};
    }
    const auto midnight = std::chrono::floor<std::chrono::days>(earliest);
    std::vector<TracedRun> runs;
    runs.reserve(lines.size());
    for (const TraceLine& line : lines) {
        runs.push_back({.at = line.time - midnight, .rows = line.rows});
    }
    std::ranges::stable_sort(runs, {}, &TracedRun::at);
    return runs;
}

Result<std::chrono::sys_seconds> parse_instant(std::string_view text) {
    const Error wrong{
        ErrorKind::invalid_input,
        fmt::format("'{}' is no instant; expected UTC, as in 2026-11-02T00:05:00Z", text)};
    std::string_view rest = text;
    if (rest.ends_with('Z')) {
        rest.remove_suffix(1);
    } else if (rest.ends_with("+00")) {
        rest.remove_suffix(3);
    }
    if (rest.size() != 19 || (rest[10] != 'T' && rest[10] != ' ') || rest[13] != ':' ||
        rest[16] != ':') {
        return wrong;
    }
    const Result<UtcDay> day = UtcDay::parse(rest.substr(0, 10));
    const int hour = two_digits(rest.substr(11, 2), 24);
    const int minute = two_digits(rest.substr(14, 2), 60);
    const int second = two_digits(rest.substr(17, 2), 60);
    if (!day.has_value() || hour < 0 || minute < 0 || second < 0) {
        return wrong;
    }
    return day->begin() + std::chrono::hours(hour) + std::chrono::minutes(minute) +
           std::chrono::seconds(second);
}

std::string instant_text(std::chrono::sys_seconds instant) {
    const std::int64_t second_of_day = (instant - UtcDay::containing(instant).begin()).count();
    return fmt::format("{}T{:02}:{:02}:{:02}Z",
                       UtcDay::containing(instant).to_string(),
                       second_of_day / 3600,
                       second_of_day / 60 % 60,
                       second_of_day % 60);
}

}  // namespace tidemark::simulate
