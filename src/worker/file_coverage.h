#pragma once
// What a file's name says it covers.

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/coverage.h"

namespace tidemark {

// Reads coverage from file names by an RE2 pattern with the named captures year, month, day and,
// where the name has them, hour and minute (UTC). The file covers the minute's slot, else the hour,
// else the day. Immutable; safe from several threads.
class FileCoverage {
 public:
    // Fails with invalid_input when the pattern is none or lacks year, month or day.
    static Result<std::unique_ptr<FileCoverage>> make(const std::string& pattern);
    virtual ~FileCoverage() = default;

    // `path`'s last part is matched. Fails with invalid_input when it does not match or names a
    // time that does not exist or is not on a slot's edge.
    [[nodiscard]] virtual Result<SlotRange> covered_by(std::string_view path) const = 0;
};

}  // namespace tidemark
