#include "cli/day_option.h"

#include <utility>

namespace tidemark {

Result<std::optional<UtcDay>> read_day(std::string_view option, const std::string& text) {
    if (text.empty()) {
        return std::optional<UtcDay>();
    }
    Result<UtcDay> day = UtcDay::parse(text);
    if (!day.has_value()) {
        return with_context(option, std::move(day).error());
    }
    return std::optional(*day);
}

}  // namespace tidemark
