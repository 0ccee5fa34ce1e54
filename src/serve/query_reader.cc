#include "serve/query_reader.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/check.h"
#include "base/nearest_name.h"

namespace tidemark {

bool QueryReader::is_known(std::string_view name) const {
    return std::ranges::any_of(
        parameters_, [name](const Parameter& parameter) { return parameter.name == name; });
}

const std::string* QueryReader::find(std::string_view name) {
    TIDEMARK_CHECK(is_known(name));
    const std::string* found = nullptr;
    for (const auto& [given, value] : target_.query) {
        if (given != name) {
            continue;
        }
        if (found != nullptr) {
            refuse(name, value, "is given twice");
            return nullptr;
        }
        found = &value;
    }
    return found;
}

void QueryReader::read(std::string_view name, std::string& value) {
    if (const std::string* text = find(name); text != nullptr) {
        value = *text;
    }
}

void QueryReader::read(std::string_view name,
                       std::int64_t& value,
                       std::int64_t min,
                       std::int64_t max) {
    const std::string* text = find(name);
    if (text == nullptr) {
        return;
    }
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error != std::errc() || end != text->data() + text->size() || number < min ||
        number > max) {
        refuse(name, *text, fmt::format("expected a whole number from {} to {}", min, max));
        return;
    }
    value = number;
}

void QueryReader::read(std::string_view name, std::optional<UtcDay>& value) {
    const std::string* text = find(name);
    if (text == nullptr) {
        return;
    }
    const Result<UtcDay> day = UtcDay::parse(*text);
    if (!day.has_value()) {
        refuse(name, *text, "expected a day that exists, YYYY-MM-DD");
        return;
    }
    value = *day;
}

void QueryReader::read(std::string_view name, bool& value) {
    const std::string* text = find(name);
    if (text == nullptr) {
        return;
    }
    if (*text != "true" && *text != "false") {
        refuse(name, *text, "expected true or false");
        return;
    }
    value = *text == "true";
}

void QueryReader::read_all(std::string_view name,
                           std::vector<std::string>& values,
                           std::size_t count_max) {
    TIDEMARK_CHECK(is_known(name));
    for (const auto& [given, value] : target_.query) {
        if (given == name) {
            values.push_back(value);
        }
    }
    if (values.size() > count_max) {
        refuse(name, values.back(), fmt::format("may be repeated {} times at most", count_max));
    }
}

void QueryReader::read_list(std::string_view name, std::vector<std::string>& values) {
    const std::string* text = find(name);
    if (text == nullptr) {
        return;
    }
    std::string_view rest = *text;
    while (true) {
        const std::size_t end = std::min(rest.find(','), rest.size());
        values.emplace_back(rest.substr(0, end));
        if (end == rest.size()) {
            return;
        }
        rest.remove_prefix(end + 1);
    }
}

void QueryReader::refuse(std::string_view name, std::string_view value, std::string detail) {
    if (!fault_.has_value()) {
        fault_ = http::Problem{.status = 400,
                               .detail = fmt::format("parameter {}: {}", name, detail),
                               .field = std::string(name),
                               .value = std::string(value)};
    }
}

std::optional<http::Problem> QueryReader::finish() {
    std::vector<std::string_view> names;
    for (const Parameter& parameter : parameters_) {
        names.push_back(parameter.name);
    }
    for (const auto& [name, value] : target_.query) {
        if (!is_known(name)) {
            refuse(name, value, "there is no such parameter here" + did_you_mean(name, names));
        }
    }
    return fault_;
}

}  // namespace tidemark
