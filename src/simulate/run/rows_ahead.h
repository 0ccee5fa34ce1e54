#pragma once
// RowsAhead: the rows of operations that were made before their turn, while all connections of an
// instance waited.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "simulate/run/row_values.h"

namespace tidemark::simulate {

// One thread.
class RowsAhead {
 public:
    // Keeps the rows of at most `operations_max` operations, at least 1.
    explicit RowsAhead(std::size_t operations_max) : operations_max_(operations_max) {}

    // Those kept longest give way: their operation was taken while they were being made.
    void put(std::uint32_t operation, std::vector<Step> steps);

    // Nothing when they were not made, or are not yet.
    std::optional<std::vector<Step>> take(std::uint32_t operation);

 private:
    const std::size_t operations_max_;
    std::vector<std::pair<std::uint32_t, std::vector<Step>>> made_;  // in the order of put()
};

}  // namespace tidemark::simulate
