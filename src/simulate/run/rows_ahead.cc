#include "simulate/run/rows_ahead.h"

#include <algorithm>

namespace tidemark::simulate {

void RowsAhead::put(std::uint32_t operation, std::vector<Step> steps) {
    if (made_.size() == operations_max_) {
        made_.erase(made_.begin());
    }
    made_.emplace_back(operation, std::move(steps));
}

std::optional<std::vector<Step>> RowsAhead::take(std::uint32_t operation) {
    const auto found =
        std::ranges::find(made_, operation, &std::pair<std::uint32_t, std::vector<Step>>::first);
    if (found == made_.end()) {
        return std::nullopt;
    }
    std::vector<Step> steps = std::move(found->second);
    made_.erase(found);
    return steps;
}

}  // namespace tidemark::simulate
