#pragma once
// "Did you mean": the known name nearest to one that is not known.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tidemark {

// By the number of letters to change, add, drop or swap; nothing when every known name is further
// away than a third of the letters (at least 2).
std::optional<std::string_view> nearest_name(std::string_view name,
                                             std::span<const std::string_view> known);

// " (did you mean 'fastly'?)", or nothing.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> known);

}  // namespace tidemark
