#pragma once
// The plan that `tidemark simulate init` writes: every key, what it means, and its default.

#include <string_view>

namespace tidemark::simulate {

// Whole and runnable as it is: a small counter table with one writer of each kind. Keys that
// exclude those given stand in comments.
std::string_view plan_template();

}  // namespace tidemark::simulate
