#include "store/correction_checks.h"

#include <fmt/format.h>

namespace tidemark {

std::string replacement_void_key(std::string_view dataset, std::int64_t batch_seq) {
    return fmt::format("replaced {}:{}", dataset, batch_seq);
}

Error below_zero(std::string_view dataset,
                 std::int64_t batch_seq,
                 std::string_view subject,
                 UtcDay day) {
    return {ErrorKind::refused,
            fmt::format("dataset '{}': without batch {} the usage of '{}' on {} would be below "
                        "zero, so its daily row is not the sum of its batches: nothing was changed",
                        dataset,
                        batch_seq,
                        subject,
                        day.to_string())};
}

Error erased_meanwhile(std::string_view dataset, std::int64_t batch_seq) {
    return {
        ErrorKind::unavailable,
        fmt::format("dataset '{}': rows of batch {} were erased meanwhile; the same call may be "
                    "made again",
                    dataset,
                    batch_seq)};
}

Error did_not_replace(const BatchReceipt& known, std::int64_t batch_seq) {
    return {
        ErrorKind::refused,
        fmt::format("feed '{}', key '{}': already stored as batch {} of dataset '{}', which did "
                    "not replace batch {}: use another key",
                    known.identity.feed,
                    known.identity.key,
                    known.batch_seq,
                    known.identity.dataset,
                    batch_seq)};
}

Error did_not_replay(const BatchReceipt& known, std::int64_t batch_seq) {
    return {ErrorKind::refused,
            fmt::format("feed '{}', key '{}': already stored as batch {} of dataset '{}', not as "
                        "rows that were rejected in batch {}: use another key",
                        known.identity.feed,
                        known.identity.key,
                        known.batch_seq,
                        known.identity.dataset,
                        batch_seq)};
}

}  // namespace tidemark
