#include "sync/snapshot.h"

#include <array>

#include <fmt/format.h>

#include "base/nearest_name.h"

namespace tidemark {

namespace {

constexpr std::array<std::string_view, 7> status_names = {
    "ok", "late", "gap", "stale", "regressed", "down", "unknown"};
constexpr std::array<std::string_view, 3> owner_names = {"daily", "batch", "none"};

template <typename Enum, std::size_t size>
Result<Enum> parse_name(std::string_view what,
                        std::string_view text,
                        const std::array<std::string_view, size>& names) {
    for (std::size_t i = 0; i < size; ++i) {
        if (text == names[i]) {
            return static_cast<Enum>(i);
        }
    }
    return Error{ErrorKind::invalid_input,
                 fmt::format("{} '{}': not known{}", what, text, did_you_mean(text, names))};
}

}  // namespace

std::string_view to_string(SyncStatus status) {
    return status_names[static_cast<std::size_t>(status)];
}

Result<SyncStatus> parse_sync_status(std::string_view text) {
    return parse_name<SyncStatus>("status", text, status_names);
}

std::string_view to_string(CoverOwner owner) {
    return owner_names[static_cast<std::size_t>(owner)];
}

Result<CoverOwner> parse_cover_owner(std::string_view text) {
    return parse_name<CoverOwner>("owner", text, owner_names);
}

}  // namespace tidemark
