#include "logs/count_rules.h"

#include <algorithm>

#include <fmt/format.h>

#include "domain/dataset.h"

namespace tidemark {

namespace {

struct StatusRange {
    std::size_t first;
    std::size_t last;
};

std::optional<std::size_t> find_status(std::string_view text) {
    const auto is_digit = [](char digit) { return digit >= '0' && digit <= '9'; };
    if (text.size() != 3 || !std::ranges::all_of(text, is_digit)) {
        return std::nullopt;
    }
    return static_cast<std::size_t>((text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0'));
}

Result<StatusRange> parse_statuses(std::string_view text) {
    if (text.size() == 3 && text[0] >= '0' && text[0] <= '9' && text.substr(1) == "xx") {
        const auto first = static_cast<std::size_t>(text[0] - '0') * 100;
        return StatusRange{first, first + 99};
    }
    const auto first = find_status(text.substr(0, 3));
    const auto last = text.size() == 7 && text[3] == '-' ? find_status(text.substr(4)) : first;
    if (!first.has_value() || !last.has_value() || *first > *last ||
        (text.size() != 3 && text.size() != 7)) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("status '{}': expected one as 200, 2xx or 200-299", text)};
    }
    return StatusRange{*first, *last};
}

}  // namespace

Result<CountRules> CountRules::make(const Reading& reading) {
    CountRules rules;
    if (reading.metrics.empty() || reading.metrics.size() > Dataset::metrics_max) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("{} metrics to count: expected 1 to {}",
                                 reading.metrics.size(),
                                 Dataset::metrics_max)};
    }
    for (const MetricRule& metric : reading.metrics) {
        rules.metrics_.push_back(metric.kind);
    }
    for (const std::string& text : reading.statuses) {
        TIDEMARK_ASSIGN_OR_RETURN(const StatusRange range, parse_statuses(text));
        rules.statuses_.resize(1000);
        std::fill(rules.statuses_.begin() + static_cast<std::ptrdiff_t>(range.first),
                  rules.statuses_.begin() + static_cast<std::ptrdiff_t>(range.last) + 1,
                  true);
    }
    rules.methods_ = reading.methods;
    return rules;
}

bool CountRules::has_method(std::string_view method) const {
    return std::ranges::find(methods_, method) != methods_.end();
}

}  // namespace tidemark
