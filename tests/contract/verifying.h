#pragma once
// What verify says, in lines.

#include <string>

#include "contract/store_steps.h"

namespace tidemark::test {

// "cdn_daily a 2026-11-11 bytes_streamed: expected 5, found 6, batch 1".
std::string describe(const Difference& difference);

// Every difference, or the error's message.
Lines verified(Store& store, const VerifyScope& scope = {.dataset = "cdn"});

}  // namespace tidemark::test
