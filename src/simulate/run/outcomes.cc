#include "simulate/run/outcomes.h"

#include <algorithm>

#include <fmt/format.h>

namespace tidemark::simulate {

namespace {

// Autocommit has no id: whether such an attempt was committed can be asked nowhere.
bool is_open_without_id(const OperationRecord& record) {
    return (record.kind == RecordKind::intent || record.kind == RecordKind::ambiguous) &&
           record.transaction_id == 0;
}

void apply(const OperationRecord& record, Outcome& outcome) {
    if (outcome.begun && is_open_without_id(outcome.last) &&
        record.attempt > outcome.last.attempt) {
        outcome.attempt_left_open = true;
    }
    // A second end is what the tables said in the settlement: it decides of all attempts.
    const bool settles = outcome.begun && is_final(outcome.last.kind);
    outcome.begun = true;
    outcome.attempts = std::max(outcome.attempts, record.attempt);
    outcome.last = record;
    switch (record.kind) {
        case RecordKind::intent:
            outcome.kind = OutcomeKind::unresolved;
            if (record.transaction_id != 0) {
                outcome.intents.push_back({record.transaction_id, record.first_reply_us});
            }
            break;
        case RecordKind::ambiguous:
            outcome.kind = OutcomeKind::unresolved;
            break;
        case RecordKind::committed:
            outcome.kind = OutcomeKind::committed;
            break;
        case RecordKind::failed:
        case RecordKind::attempt_failed:
            outcome.kind = outcome.attempt_left_open && !settles ? OutcomeKind::unresolved
                                                                 : OutcomeKind::failed;
            break;
        case RecordKind::skipped:
            outcome.kind = OutcomeKind::skipped;
            outcome.begun = false;
            break;
    }
}

}  // namespace

Result<std::vector<Outcome>> outcomes_of(std::size_t planned,
                                         const std::vector<OperationRecord>& records) {
    std::vector<Outcome> outcomes(planned);
    for (const OperationRecord& record : records) {
        if (record.operation >= planned) {
            return Error{
                ErrorKind::corrupt,
                fmt::format("ledger: operation {} of a plan with {}; it belongs to another "
                            "plan",
                            record.operation,
                            planned)};
        }
        apply(record, outcomes[record.operation]);
    }
    return outcomes;
}

void add(OutcomeCounts& counts, OutcomeKind kind) {
    ++counts.planned;
    switch (kind) {
        case OutcomeKind::committed:
            ++counts.committed;
            return;
        case OutcomeKind::failed:
            ++counts.failed;
            return;
        case OutcomeKind::skipped:
            ++counts.skipped;
            return;
        case OutcomeKind::unresolved:
            ++counts.unresolved;
            return;
    }
}

}  // namespace tidemark::simulate
