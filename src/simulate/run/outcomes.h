#pragma once
// What became of every planned operation, from the ledger alone.
//
// planned = committed + failed + skipped + unresolved, for every writer instance, always.

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "simulate/run/operation_record.h"

namespace tidemark::simulate {

enum class OutcomeKind {
    committed,
    failed,
    skipped,     // by the overlap rule, or never begun when the run ended
    unresolved,  // nobody knows whether it was committed
};

struct Outcome {
    OutcomeKind kind = OutcomeKind::skipped;
    bool begun = false;
    OperationRecord last{};  // of the final attempt; its times
    std::uint32_t attempts = 0;
    std::vector<std::uint64_t> transaction_ids{};  // every one that had an intent
};

// One an operation of the schedule. An attempt without an intent was certainly not committed: its
// operation failed.
// Fails with corrupt for a record of an operation that was not planned.
Result<std::vector<Outcome>> outcomes_of(std::size_t planned,
                                         const std::vector<OperationRecord>& records);

struct OutcomeCounts {
    std::uint64_t planned = 0;
    std::uint64_t committed = 0;
    std::uint64_t failed = 0;
    std::uint64_t skipped = 0;
    std::uint64_t unresolved = 0;
};

// Checks the identity.
OutcomeCounts count(const std::vector<Outcome>& outcomes);

}  // namespace tidemark::simulate
