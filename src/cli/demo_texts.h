#pragma once
// What the demo prints, apart from the usage tables.

#include <cstdint>
#include <string>
#include <vector>

#include "report/usage_report.h"
#include "worker/aggregate.h"

namespace tidemark {

// What became of a feed's files together.
struct DemoCounts {
    std::int64_t lines = 0;
    std::int64_t accepted = 0;
    std::int64_t rejected = 0;
    std::int64_t ignored = 0;
    std::int64_t stored = 0;   // files that became batches
    std::int64_t already = 0;  // files that an earlier run stored
};

DemoCounts count_outcomes(const std::vector<FileOutcome>& outcomes);

// "24 batches; 300,612 lines: 300,580 accepted, 32 rejected, 0 ignored".
std::string describe(const DemoCounts& counts);

// One block character a row, from empty to the largest value of the first metric.
std::string bars_of(const UsageReport& report);

// How to call this program from the current directory: "build/release/tidemark".
std::string program_as_typed();

// The text as one word of a POSIX shell.
std::string quoted(const std::string& text);

}  // namespace tidemark
