#pragma once
// What the tests of the media worker look at.

#include <cstdint>
#include <map>
#include <string>

#include "end_to_end/test_store.h"

namespace tidemark::test {

// Site to bytes_stored.
using Bytes = std::map<std::string, std::int64_t>;

// Of 2026-11-01, as `usage` says.
Bytes stored_bytes(const TestStore& store);

}  // namespace tidemark::test
