#include "simulate/run/outcomes.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"

namespace tidemark::simulate {

namespace {

void apply(const OperationRecord& record, Outcome& outcome) {
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
            outcome.kind = OutcomeKind::failed;
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

OutcomeCounts count(const std::vector<Outcome>& outcomes) {
    OutcomeCounts counts{.planned = outcomes.size()};
    for (const Outcome& outcome : outcomes) {
        counts.committed += outcome.kind == OutcomeKind::committed ? 1 : 0;
        counts.failed += outcome.kind == OutcomeKind::failed ? 1 : 0;
        counts.skipped += outcome.kind == OutcomeKind::skipped ? 1 : 0;
        counts.unresolved += outcome.kind == OutcomeKind::unresolved ? 1 : 0;
    }
    TIDEMARK_CHECK(counts.planned ==
                   counts.committed + counts.failed + counts.skipped + counts.unresolved);
    return counts;
}

}  // namespace tidemark::simulate
