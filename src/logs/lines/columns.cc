#include "logs/lines/columns.h"

#include <algorithm>

#include <fmt/format.h>

namespace tidemark {

Columns::Columns(std::span<const std::string_view> names, std::span<const WantedNames> wanted)
    : count_(names.size()) {
    const std::span<const std::string_view> known = names.first(std::min(names.size(), names_max));
    for (const WantedNames& role : wanted) {
        for (const std::string& name : role.names) {
            const auto found = std::ranges::find(known, name);
            if (found == known.end() || picked_count_ == picked_max) {
                continue;
            }
            const auto place = static_cast<std::size_t>(found - known.begin());
            has_[role.role] = true;
            picked_[picked_count_++] = {static_cast<std::uint8_t>(role.role),
                                        static_cast<std::uint8_t>(place)};
            needed_ = std::max(needed_, place + 1);
        }
    }
}

Result<Columns> configured_columns(const Reading& reading, std::span<const WantedNames> wanted) {
    const std::vector<std::string_view> names(reading.layout.begin(), reading.layout.end());
    const Columns columns(names, wanted);
    const auto lacking = [](std::string_view what) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("layout: no column for {}; add it, or say which it is with "
                                 "--field ROLE=NAME",
                                 what)};
    };
    if (!columns.has(Role::time) && !columns.has(Role::date)) {
        return lacking("the time");
    }
    if (!columns.has(Role::bytes) && counts_bytes(reading)) {
        return lacking("the bytes");
    }
    for (const WantedNames& role : wanted) {
        if (!columns.has(role.role) && role.named_by_user) {
            return lacking(fmt::format("'{}'", role.names.front()));
        }
    }
    return columns;
}

std::vector<std::string_view> find_fields_directive(std::string_view line) {
    constexpr std::string_view directive = "#Fields:";
    std::vector<std::string_view> names;
    if (!line.starts_with(directive)) {
        return names;
    }
    line.remove_prefix(directive.size());
    while (true) {
        const std::size_t begin = line.find_first_not_of(" \t");
        if (begin == std::string_view::npos) {
            return names;
        }
        line.remove_prefix(begin);
        const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
        names.push_back(line.substr(0, end));
        line.remove_prefix(end);
    }
}

}  // namespace tidemark
