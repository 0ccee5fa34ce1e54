#pragma once
// Where the tests find what lies beside the sources.

#include <filesystem>
#include <optional>
#include <string_view>

namespace tidemark::test {

// The checkout.
std::filesystem::path source_directory();

// The folder of real logs, ../shared/data beside the checkout; empty in a clone that has none.
// Tests that need it skip and say so.
std::optional<std::filesystem::path> shared_data();

// The same for the folder of synchronisation cases, ../shared/scenarios/sync.
std::optional<std::filesystem::path> shared_sync_cases();

}  // namespace tidemark::test
