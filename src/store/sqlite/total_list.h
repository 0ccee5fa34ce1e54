#pragma once
// Totals in one TEXT column, one a metric, with commas between: they may exceed 64 bits.

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/total.h"

namespace tidemark::sqlite {

std::string join_totals(const std::vector<Total>& totals);

// Fails with invalid_input where a part is no number.
Result<std::vector<Total>> split_totals(std::string_view joined);

}  // namespace tidemark::sqlite
