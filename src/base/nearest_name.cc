#include "base/nearest_name.h"

#include <algorithm>
#include <vector>

namespace tidemark {

namespace {

// Damerau and Levenshtein's distance, optimal string alignment.
std::size_t distance(std::string_view left, std::string_view right) {
    const std::size_t columns = right.size() + 1;
    std::vector<std::size_t> cost((left.size() + 1) * columns);
    const auto at = [&](std::size_t row, std::size_t column) -> std::size_t& {
        return cost[row * columns + column];
    };
    for (std::size_t row = 0; row <= left.size(); ++row) {
        at(row, 0) = row;
    }
    for (std::size_t column = 0; column < columns; ++column) {
        at(0, column) = column;
    }
    for (std::size_t row = 1; row <= left.size(); ++row) {
        for (std::size_t column = 1; column < columns; ++column) {
            const std::size_t change = left[row - 1] == right[column - 1] ? 0 : 1;
            at(row, column) = std::min({at(row - 1, column) + 1,
                                        at(row, column - 1) + 1,
                                        at(row - 1, column - 1) + change});
            if (row > 1 && column > 1 && left[row - 1] == right[column - 2] &&
                left[row - 2] == right[column - 1]) {
                at(row, column) = std::min(at(row, column), at(row - 2, column - 2) + 1);
            }
        }
    }
    return at(left.size(), right.size());
}

}  // namespace

std::optional<std::string_view> nearest_name(std::string_view name,
                                             std::span<const std::string_view> known) {
    std::optional<std::string_view> nearest;
    std::size_t nearest_distance = std::max<std::size_t>(2, name.size() / 3) + 1;
    for (const std::string_view candidate : known) {
        const std::size_t steps = distance(name, candidate);
        if (steps < nearest_distance) {
            nearest = candidate;
            nearest_distance = steps;
        }
    }
    return nearest;
}

std::string did_you_mean(std::string_view name, std::span<const std::string_view> known) {
    const auto nearest = nearest_name(name, known);
    return nearest.has_value() ? " (did you mean '" + std::string(*nearest) + "'?)" : "";
}

}  // namespace tidemark
