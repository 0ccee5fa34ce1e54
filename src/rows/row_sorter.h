#pragma once
// RowSorter: any number of rows in any order in, the same in key order out, in bounded memory.
//
// Rows are gathered until they fill the memory allowed, then sorted and written to a temporary
// file; at the end the sorted pieces are merged as they are read. A file that fits is sorted where
// it is and never written.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/slot.h"
#include "domain/usage_rows.h"

namespace tidemark {

// One thread at a time.
class RowSorter {
 public:
    struct Limits {
        std::size_t memory_bytes = std::size_t{64} << 20U;  // of rows gathered; of merging as well
        std::string directory = "/tmp";                     // of the temporary file
    };

    RowSorter(std::size_t metric_count, Limits limits);
    RowSorter(RowSorter&&) noexcept;
    ~RowSorter();

    // values.size() == metric_count; a subject has less than 2^32 bytes. Fails with unavailable
    // when the temporary file cannot be written.
    Result<void> add(std::string_view subject, Slot slot, std::span<const std::int64_t> values);

    // The rows, each key once, values of equal keys added. Fails with unavailable, and with refused
    // when the values of one key add up to more than an int64 holds.
    Result<std::unique_ptr<RowSource>> finish() &&;

    // How many pieces were written to the temporary file.
    [[nodiscard]] std::size_t spilled_count() const;

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tidemark
