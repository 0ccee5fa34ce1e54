#include "sync/json_object.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/duration.h"
#include "base/nearest_name.h"

namespace tidemark {

namespace {

using nlohmann::json;

// The text parsed, or nothing for what is no text or is refused.
template <typename Parse>
auto parsed_text(const json& value, Parse parse) {
    using Parsed = typename decltype(parse(std::string_view()))::value_type;
    if (!value.is_string()) {
        return std::optional<Parsed>();
    }
    auto result = parse(value.get_ref<const std::string&>());
    return result.has_value() ? std::optional<Parsed>(*result) : std::optional<Parsed>();
}

// ["FROM", "TO"] as a pair; nothing for what is none, or is backward.
template <typename Range, typename Parse>
std::optional<Range> parsed_range(const json& value, Parse parse) {
    if (!value.is_array() || value.size() != 2) {
        return std::nullopt;
    }
    const auto from = parsed_text(value[0], parse);
    const auto to = parsed_text(value[1], parse);
    if (!from.has_value() || !to.has_value() || *to < *from) {
        return std::nullopt;
    }
    return Range{*from, *to};
}

}  // namespace

Result<json> parse_json(std::string_view text, std::string_view what) {
    try {
        return json::parse(text);
    } catch (const json::exception& error) {
        return Error{ErrorKind::invalid_input, fmt::format("{}: no JSON: {}", what, error.what())};
    }
}

JsonObject::JsonObject(const json& value, std::string path)
    : value_(value), path_(std::move(path)) {
    if (!value_.is_object()) {
        error_ = Error{
            ErrorKind::invalid_input,
            path_.empty() ? "expected an object" : fmt::format("'{}': expected an object", path_)};
    }
}

const json* JsonObject::find(std::string_view key) {
    known_.emplace_back(key);
    if (error_.has_value()) {
        return nullptr;
    }
    const auto found = value_.find(key);
    return found == value_.end() || found->is_null() ? nullptr : &*found;
}

void JsonObject::require(std::string_view key) {
    if (find(key) == nullptr) {
        refuse(key, "is missing");
    }
}

void JsonObject::read(std::string_view key, std::string& target) {
    if (const json* member = find(key); member != nullptr) {
        if (member->is_string()) {
            target = member->get<std::string>();
        } else {
            refuse(key, "expected a text");
        }
    }
}

void JsonObject::read(std::string_view key, bool& target) {
    if (const json* member = find(key); member != nullptr) {
        if (member->is_boolean()) {
            target = member->get<bool>();
        } else {
            refuse(key, "expected true or false");
        }
    }
}

void JsonObject::read(std::string_view key, std::int64_t& target) {
    if (const json* member = find(key); member != nullptr) {
        constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
        if (member->is_number_integer() &&
            (!member->is_number_unsigned() || member->get<std::uint64_t>() <= largest)) {
            target = member->get<std::int64_t>();
        } else {
            refuse(key, "expected a whole number");
        }
    }
}

void JsonObject::read(std::string_view key, std::chrono::seconds& target) {
    if (const json* member = find(key); member != nullptr) {
        const auto parsed = parsed_text(*member, parse_duration);
        if (parsed.has_value() && *parsed % std::chrono::seconds(1) == std::chrono::seconds(0)) {
            target = std::chrono::duration_cast<std::chrono::seconds>(*parsed);
        } else {
            refuse(key, "expected a duration of whole seconds, as in \"45m\"");
        }
    }
}

void JsonObject::read(std::string_view key, std::chrono::sys_seconds& target) {
    if (const json* member = find(key); member != nullptr) {
        if (const auto parsed = parsed_text(*member, parse_instant); parsed.has_value()) {
            target = *parsed;
        } else {
            refuse(key, "expected an instant, as in \"2026-03-10T12:10:00Z\"");
        }
    }
}

void JsonObject::read(std::string_view key, UtcDay& target) {
    if (const json* member = find(key); member != nullptr) {
        if (const auto parsed = parsed_text(*member, UtcDay::parse); parsed.has_value()) {
            target = *parsed;
        } else {
            refuse(key, "expected an existing day, as in \"2026-03-10\"");
        }
    }
}

template <typename Take>
void JsonObject::read_list(std::string_view key, std::string_view expected, Take take) {
    const json* member = find(key);
    if (member == nullptr) {
        return;
    }
    if (!member->is_array()) {
        refuse(key, fmt::format("expected a list; each element {}", expected));
        return;
    }
    for (std::size_t i = 0; i < member->size(); ++i) {
        if (!take((*member)[i])) {
            refuse(fmt::format("{}[{}]", key, i), fmt::format("expected {}", expected));
            return;
        }
    }
}

void JsonObject::read(std::string_view key, std::vector<std::string>& target) {
    target.clear();
    read_list(key, "a text", [&](const json& element) {
        if (element.is_string()) {
            target.push_back(element.get<std::string>());
        }
        return element.is_string();
    });
}

void JsonObject::read(std::string_view key, std::vector<UtcDay>& target) {
    target.clear();
    read_list(key, "an existing day, as in \"2026-03-10\"", [&](const json& element) {
        const auto day = parsed_text(element, UtcDay::parse);
        if (day.has_value()) {
            target.push_back(*day);
        }
        return day.has_value();
    });
}

void JsonObject::read(std::string_view key, std::vector<DayRange>& target) {
    target.clear();
    read_list(key, "two days in order, [\"FROM\", \"TO\"]", [&](const json& element) {
        const auto range = parsed_range<DayRange>(element, UtcDay::parse);
        if (range.has_value()) {
            target.push_back(*range);
        }
        return range.has_value();
    });
}

void JsonObject::read(std::string_view key, std::vector<TimeRange>& target) {
    target.clear();
    read_list(key, "two instants in order, [\"FROM\", \"TO\"]", [&](const json& element) {
        const auto range = parsed_range<TimeRange>(element, parse_instant);
        if (range.has_value()) {
            target.push_back(*range);
        }
        return range.has_value();
    });
}

void JsonObject::refuse(std::string_view key, std::string_view words) {
    if (!error_.has_value()) {
        error_ = Error{ErrorKind::invalid_input, fmt::format("'{}': {}", path_of(key), words)};
    }
}

Result<void> JsonObject::finish(Unknown unknown) const {
    if (error_.has_value()) {
        return *error_;
    }
    const std::vector<std::string_view> known(known_.begin(), known_.end());
    for (const auto& [key, member] : value_.items()) {
        if (unknown == Unknown::refused && std::ranges::find(known, key) == known.end()) {
            return Error{
                ErrorKind::invalid_input,
                fmt::format("'{}': unknown field{}", path_of(key), did_you_mean(key, known))};
        }
    }
    return {};
}

std::string JsonObject::path_of(std::string_view key) const {
    return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

}  // namespace tidemark
