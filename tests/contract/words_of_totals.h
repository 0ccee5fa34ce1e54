#pragma once
// Totals as tests compare them.

#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "domain/total.h"

namespace tidemark::test {

// "5 1"
inline std::string words(const std::vector<Total>& totals) {
    std::vector<std::string> texts;
    for (const Total& total : totals) {
        texts.push_back(total.to_string());
    }
    return fmt::format("{}", fmt::join(texts, " "));
}

}  // namespace tidemark::test
