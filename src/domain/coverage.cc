#include "domain/coverage.h"

#include <algorithm>

#include <fmt/format.h>

namespace tidemark {

namespace {

// A day or an instant on a slot's edge.
Result<Slot> parse_edge(std::string_view text) {
    const Error wrong{ErrorKind::invalid_input,
                      fmt::format("'{}': expected a day (2026-11-01) or an instant on a half hour "
                                  "of UTC (2026-11-01T10:30Z)",
                                  text)};
    const Result<UtcDay> day = UtcDay::parse(text.substr(0, 10));
    if (!day.has_value()) {
        return wrong;
    }
    if (text.size() == 10) {
        return Slot::containing(day->begin());
    }
    for (int index = 0; index < Slot::per_day; ++index) {
        const Slot slot = Slot::of_day(*day, index);
        const std::string short_form = slot.to_string();
        // "...:30Z" and, as programs write it, "...:30:00Z".
        if (text == short_form || text == short_form.substr(0, short_form.size() - 1) + ":00Z") {
            return slot;
        }
    }
    return wrong;
}

}  // namespace

Result<SlotRange> SlotRange::parse(std::string_view text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string_view::npos) {
        TIDEMARK_ASSIGN_OR_RETURN(const UtcDay day, UtcDay::parse(text));
        return SlotRange{Slot::of_day(day, 0), Slot::of_day(day.next(), 0)};
    }
    TIDEMARK_ASSIGN_OR_RETURN(const Slot begin, parse_edge(text.substr(0, slash)));
    TIDEMARK_ASSIGN_OR_RETURN(const Slot end, parse_edge(text.substr(slash + 1)));
    if (begin >= end) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("range '{}': it must end after it begins", text)};
    }
    return SlotRange{begin, end};
}

std::string SlotRange::to_string() const {
    return begin.to_string() + "/" + end.to_string();
}

void Coverage::add(SlotRange range) {
    // Ranges that touch or overlap the new one are swallowed by it.
    const auto first = std::ranges::find_if(
        ranges_, [&](const SlotRange& known) { return known.end >= range.begin; });
    auto last = first;
    while (last != ranges_.end() && last->begin <= range.end) {
        range.begin = std::min(range.begin, last->begin);
        range.end = std::max(range.end, last->end);
        ++last;
    }
    ranges_.insert(ranges_.erase(first, last), range);
}

bool Coverage::covers(Slot slot) const {
    return std::ranges::any_of(
        ranges_, [&](const SlotRange& range) { return range.begin <= slot && slot < range.end; });
}

}  // namespace tidemark
