#include "logs/lines/status_set.h"

#include <optional>

#include <fmt/format.h>

#include "logs/lines/numbers.h"

namespace tidemark {

namespace {

struct StatusRange {
    int first;
    int last;
};

std::optional<StatusRange> parse_range(std::string_view text) {
    if (text.size() == 3 && text.substr(1) == "xx" && text[0] >= '1' && text[0] <= '9') {
        const int first = (text[0] - '0') * 100;
        return StatusRange{first, first + 99};
    }
    const std::size_t dash = text.find('-');
    if (dash == std::string_view::npos) {
        const std::optional<int> status = parse_status(text);
        return status ? std::optional(StatusRange{*status, *status}) : std::nullopt;
    }
    const std::optional<int> first = parse_status(text.substr(0, dash));
    const std::optional<int> last = parse_status(text.substr(dash + 1));
    if (dash == 0 || dash + 1 == text.size() || !first || !last || *first > *last) {
        return std::nullopt;
    }
    return StatusRange{*first, *last};
}

}  // namespace

Result<StatusSet> StatusSet::parse(std::span<const std::string> texts) {
    StatusSet set;
    if (texts.empty()) {
        set.counts_.set();
    }
    for (const std::string& text : texts) {
        TIDEMARK_RETURN_IF_ERROR(set.add(text));
    }
    return set;
}

Result<void> StatusSet::add(std::string_view text) {
    const std::optional<StatusRange> range =
        text.empty() || text == "-" ? std::nullopt : parse_range(text);
    if (!range) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("status '{}': expected one like 200, 2xx or 200-299", text)};
    }
    for (int status = range->first; status <= range->last; ++status) {
        counts_.set(static_cast<std::size_t>(status));
    }
    return {};
}

}  // namespace tidemark
