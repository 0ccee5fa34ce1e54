#pragma once
// Where the tests find what lies beside the sources.

#include <filesystem>
#include <optional>

namespace tidemark::test {

// The folder of real logs, ../shared/data beside the checkout; empty in a clone that has none.
// Tests that need it skip and say so.
std::optional<std::filesystem::path> shared_data();

}  // namespace tidemark::test
