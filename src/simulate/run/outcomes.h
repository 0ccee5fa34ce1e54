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

// A transaction of which a COMMIT may have been sent.
struct TransactionIntent {
    std::uint64_t id = 0;
    std::int64_t at_us = 0;  // on the machine's clock, after the run's start
    bool operator==(const TransactionIntent&) const = default;
};

struct Outcome {
    OutcomeKind kind = OutcomeKind::skipped;
    bool begun = false;
    OperationRecord last{};  // of the final attempt; its times
    std::uint32_t attempts = 0;
    std::vector<TransactionIntent> intents{};  // one an attempt that came so far and has an id
    bool attempt_left_open = false;            // one without an id, before another attempt was made
};

// One an operation of the schedule. An attempt without an intent was certainly not committed: its
// operation failed. After one that had an intent, but neither an id nor an answer, an operation
// that is not committed stays unresolved.
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

// Counts one more that was planned, and what became of it.
void add(OutcomeCounts& counts, OutcomeKind kind);

}  // namespace tidemark::simulate
