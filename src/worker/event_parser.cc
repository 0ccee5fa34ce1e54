#include "worker/event_parser.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/json_depth.h"
#include "logs/line_text.h"
#include "rows/csv_line.h"

namespace tidemark {

namespace {

constexpr std::size_t rejected_samples_max = 300;
constexpr std::size_t subject_length_max = 512;

bool is_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char character) {
        return character >= '0' && character <= '9';
    });
}

// Control characters have no place in a name.
bool is_name(std::string_view text) {
    return !unreadable(text).has_value() && std::ranges::none_of(text, [](unsigned char character) {
        return character < 0x20 || character == 0x7f;
    });
}

// Why a text is no value; empty: it is one, in `value`.
std::string_view parse_value(std::string_view text, std::int64_t& value) {
    if (text.empty()) {
        return "empty";
    }
    if (text == "null" || text == "NULL") {
        return "null";
    }
    const bool negative = text.front() == '-';
    std::string_view whole = negative ? text.substr(1) : text;
    const std::size_t point = whole.find('.');
    const bool fraction = point != std::string_view::npos && is_digits(whole.substr(point + 1));
    whole = fraction ? whole.substr(0, point) : whole;
    if (!is_digits(whole)) {
        std::string lower(text);
        std::ranges::transform(lower, lower.begin(), [](unsigned char character) {
            return static_cast<char>(std::tolower(character));
        });
        const bool no_number = lower == "nan" || lower.ends_with("inf") || lower == "infinity";
        return no_number ? "not_a_number" : "text";
    }
    if (negative) {
        return "negative";
    }
    if (fraction) {
        return "fraction";
    }
    const auto [end, error] = std::from_chars(whole.data(), whole.data() + whole.size(), value);
    return error == std::errc() ? "" : "too_large";
}

// The text of a JSON value as parse_value() and parse_instant() read it, in `kept`; nothing for
// what has none. A string is no number.
std::optional<std::string_view> text_of(const nlohmann::json& value, std::string& kept) {
    if (value.is_number_float()) {
        const auto number = value.get<double>();
        kept = number >= 9.2e18 ? "9223372036854775808" : number < 0 ? "-1" : "0.5";
        return kept;
    }
    kept = value.is_string() ? value.get<std::string>() : value.dump();
    return kept;
}

std::optional<std::string_view> member(const nlohmann::json& object,
                                       std::string_view name,
                                       std::string& kept) {
    const auto found = object.find(name);
    if (found == object.end() || found->is_null()) {
        return std::nullopt;
    }
    kept = found->is_string() ? found->get<std::string>() : found->dump();
    return kept;
}

}  // namespace

void EventChunk::accept(GaugeEvent event) {
    ++counts.lines;
    ++counts.accepted;
    events.push_back(std::move(event));
}

void EventChunk::reject(std::int64_t line, std::string_view reason, std::string_view text) {
    ++counts.lines;
    ++counts.rejected;
    ++rejected_by_reason[std::string(reason)];
    if (rejected_samples.size() < rejected_samples_max) {
        rejected_samples.push_back(
            {.line = line, .reason = std::string(reason), .text = sample_of(text)});
    }
}

void EventChunk::take_back(std::size_t place, std::string_view reason) {
    const GaugeEvent& event = events[place];
    const std::string text = fmt::format("{} of '{}' on {}: {}",
                                         event.metric + 1,
                                         event.subject,
                                         event.day().to_string(),
                                         event.value);
    --counts.lines;
    --counts.accepted;
    reject(last_line, reason, text);
    events.erase(events.begin() + static_cast<std::ptrdiff_t>(place));
}

Result<EventParser> EventParser::make(const Dataset& dataset, const Clock& clock) {
    TIDEMARK_ASSIGN_OR_RETURN(const TimeText time, TimeText::make("UTC"));
    return EventParser(dataset, clock, time);
}

Result<void> EventParser::add_line(std::string_view line, EventChunk& chunk) {
    chunk.last_line = ++line_;
    chunk.hasher.update(line);
    chunk.hasher.update("\n");
    line = without_cr(line);
    if (line_ == 1 && line.starts_with("\xef\xbb\xbf")) {
        line.remove_prefix(3);
    }
    if (line.find_first_not_of(" \t") == std::string_view::npos) {
        ++chunk.counts.lines;
        ++chunk.counts.comments;
        return {};
    }
    if (line.size() > line_length_max) {
        chunk.reject(line_, "too_long", line);
        return {};
    }
    if (!format_.has_value()) {
        format_ = line.front() == '{' ? EventFormat::ndjson : EventFormat::csv;
    }
    if (*format_ == EventFormat::ndjson) {
        add_json(line, chunk);
        return {};
    }
    const std::optional<std::vector<std::string_view>> cells = csv_.cut(line);
    if (!header_seen_) {
        ++chunk.counts.lines;
        ++chunk.counts.comments;
        const auto names = cells.value_or(std::vector<std::string_view>());
        return set_columns(std::vector<std::string>(names.begin(), names.end()));
    }
    if (!cells.has_value()) {
        chunk.reject(line_, "malformed", line);
        return {};
    }
    const std::vector<Cell> views(cells->begin(), cells->end());
    --line_;  // add_cells() counts it
    add_cells(views, chunk);
    return {};
}

Result<void> EventParser::set_columns(std::span<const std::string> names) {
    header_seen_ = true;
    const auto place_of = [&names](std::string_view name) -> std::optional<std::size_t> {
        const auto found = std::ranges::find(names, name);
        return found == names.end()
                   ? std::nullopt
                   : std::optional(static_cast<std::size_t>(found - names.begin()));
    };
    subject_ = place_of("subject").has_value() ? place_of("subject") : place_of(dataset_.subject());
    observed_at_ = place_of("observed_at");
    event_id_ = place_of("event_id");
    metric_ = place_of("metric");
    value_ = place_of("value");
    metric_columns_.clear();
    for (std::size_t metric = 0; metric < dataset_.metrics().size(); ++metric) {
        if (const auto place = place_of(dataset_.metrics()[metric])) {
            metric_columns_.emplace_back(metric, *place);
        }
    }
    const bool has_values = (metric_.has_value() && value_.has_value()) || !metric_columns_.empty();
    if (!subject_.has_value() || !observed_at_.has_value() || !has_values) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("columns '{}': expected subject (or {}), observed_at, and metric "
                                 "with value or any of {}",
                                 fmt::join(names, ","),
                                 dataset_.subject(),
                                 fmt::join(dataset_.metrics(), ", "))};
    }
    return {};
}

void EventParser::add_cells(std::span<const Cell> cells, EventChunk& chunk) {
    chunk.last_line = ++line_;
    std::string line;
    for (const Cell& cell : cells) {
        line += line.empty() ? "" : ",";
        line += cell.value_or("");
    }
    const auto cell_at = [&cells](const std::optional<std::size_t>& place) -> Cell {
        return place.has_value() && *place < cells.size() ? cells[*place] : std::nullopt;
    };
    GaugeEvent common;
    const std::string_view wrong =
        fill_common(cell_at(subject_), cell_at(observed_at_), cell_at(event_id_), common);
    if (!wrong.empty()) {
        chunk.reject(line_, wrong, line);
        return;
    }
    if (metric_columns_.empty()) {
        add_value(common, cell_at(metric_).value_or(""), cell_at(value_), line, chunk);
        return;
    }
    for (const auto& [metric, place] : metric_columns_) {
        add_value(common, dataset_.metrics()[metric], cell_at(place), line, chunk);
    }
}

void EventParser::add_json(std::string_view line, EventChunk& chunk) {
    const nlohmann::json object =
        is_nested_too_deep(line) ? nlohmann::json() : nlohmann::json::parse(line, nullptr, false);
    if (!object.is_object()) {
        chunk.reject(line_, "malformed", line);
        return;
    }
    std::string subject;
    std::string observed_at;
    std::string event_id;
    const bool plain = object.contains("subject");
    GaugeEvent common;
    const std::string_view wrong =
        fill_common(member(object, plain ? "subject" : dataset_.subject(), subject),
                    member(object, "observed_at", observed_at),
                    member(object, "event_id", event_id),
                    common);
    if (!wrong.empty()) {
        chunk.reject(line_, wrong, line);
        return;
    }
    bool any = false;
    const auto add_member = [&](std::string_view metric, std::string_view name) {
        const auto found = object.find(name);
        if (found != object.end() && found->is_string() &&
            !found->get_ref<const std::string&>().empty()) {
            std::string words = found->get<std::string>();
            std::int64_t number = 0;
            // "12" is text all the same; "NaN", which JSON has no other way to say, is named so.
            const bool named = parse_value(words, number) == "not_a_number";
            add_value(common, metric, named ? "nan" : "text", line, chunk);
        } else {
            std::string kept;
            add_value(common,
                      metric,
                      found == object.end() || found->is_null() ? Cell() : text_of(*found, kept),
                      line,
                      chunk);
        }
        any = true;
    };
    if (object.contains("metric")) {
        std::string metric;
        add_member(member(object, "metric", metric).value_or(""), "value");
        return;
    }
    for (const std::string& metric : dataset_.metrics()) {
        if (object.contains(metric)) {
            add_member(metric, metric);
        }
    }
    if (!any) {
        chunk.reject(line_, "no_metric", line);
    }
}

std::string_view EventParser::fill_common(const Cell& subject,
                                          const Cell& observed_at,
                                          const Cell& event_id,
                                          GaugeEvent& common) {
    if (!subject.has_value() || subject->empty()) {
        return "no_subject";
    }
    if (subject->size() > subject_length_max || !is_name(*subject) ||
        !is_name(event_id.value_or(""))) {
        return "bad_subject";
    }
    if (!observed_at.has_value() || observed_at->empty()) {
        return "no_time";
    }
    const std::optional<Timestamp> instant = parse_instant(*observed_at);
    if (!instant.has_value()) {
        return "bad_time";
    }
    if (*instant > clock_.now() + future_tolerance) {
        return "future";
    }
    common.subject = std::string(*subject);
    common.observed_at = *instant;
    common.event_id = std::string(event_id.value_or(""));
    return {};
}

void EventParser::add_value(const GaugeEvent& common,
                            std::string_view metric,
                            const Cell& value,
                            std::string_view line,
                            EventChunk& chunk) {
    const std::optional<std::size_t> place = dataset_.find_metric(metric);
    if (!place.has_value()) {
        chunk.reject(line_, "unknown_metric", line);
        return;
    }
    GaugeEvent event = common;
    event.metric = *place;
    const std::string_view wrong =
        value.has_value() ? parse_value(*value, event.value) : std::string_view("null");
    if (!wrong.empty()) {
        chunk.reject(line_, wrong, line);
        return;
    }
    chunk.accept(std::move(event));
}

// TimeText knows the forms and cuts off fractions; these are put back, to the microsecond.
std::optional<Timestamp> EventParser::parse_instant(std::string_view text) {
    std::string full(text);
    // PostgreSQL writes the offset of whole hours with two digits.
    if (full.size() > 19 && (full[full.size() - 3] == '+' || full[full.size() - 3] == '-')) {
        full += "00";
    }
    const std::optional<std::chrono::sys_seconds> second = time_.parse(full);
    if (!second.has_value()) {
        return std::nullopt;
    }
    std::string_view digits;
    if (const std::size_t point = full.find('.'); point != std::string::npos) {
        digits = std::string_view(full).substr(point + 1);
        digits = digits.substr(0, digits.find_first_not_of("0123456789"));
    } else if (is_digits(full) && full.size() >= 12) {
        digits = std::string_view(full).substr(full.size() - (full.size() <= 14   ? 3
                                                              : full.size() <= 16 ? 6
                                                                                  : 9));
    }
    std::int64_t microseconds = 0;
    for (std::size_t place = 0; place < 6; ++place) {
        microseconds = microseconds * 10 + (place < digits.size() ? digits[place] - '0' : 0);
    }
    return *second + std::chrono::microseconds(microseconds);
}

}  // namespace tidemark
