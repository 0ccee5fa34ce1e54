#include "store/refusals.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidemark {

namespace {

Error error(ErrorKind kind, std::string message) {
    return Error{kind, std::move(message)};
}

std::string describe(const Dataset& dataset) {
    return fmt::format("{} of {} with {}",
                       to_string(dataset.kind()),
                       dataset.subject(),
                       fmt::join(dataset.metrics(), ", "));
}

}  // namespace

Error dataset_not_prepared(std::string_view dataset) {
    return error(ErrorKind::not_found,
                 fmt::format("dataset '{}': not in this store: nothing was stored for it yet, or "
                             "its name is wrong",
                             dataset));
}

Error dataset_is_gauge(std::string_view dataset) {
    return error(
        ErrorKind::not_found,
        fmt::format("dataset '{}': it is a gauge, and this is for counters: gauges take events "
                    "(tidemark media)",
                    dataset));
}

Error dataset_is_counter(std::string_view dataset) {
    return error(
        ErrorKind::not_found,
        fmt::format("dataset '{}': it is a counter, and only gauges take events", dataset));
}

Error no_such_batch(std::string_view dataset, std::int64_t batch_seq) {
    return error(ErrorKind::not_found,
                 fmt::format("dataset '{}': no committed batch {}", dataset, batch_seq));
}

Error no_such_run(std::int64_t run_id) {
    return error(ErrorKind::not_found, fmt::format("run {}: not in this store", run_id));
}

Error dataset_differs(const Dataset& known, const Dataset& given) {
    return error(ErrorKind::refused,
                 fmt::format("dataset '{}': this store keeps it as a {}, the configuration says a "
                             "{}: give it another name",
                             known.name(),
                             describe(known),
                             describe(given)));
}

Error day_purged(std::string_view dataset, UtcDay day) {
    return error(ErrorKind::refused,
                 fmt::format("dataset '{}': the batch rows of {} were purged, so nothing can be "
                             "added to that day or taken back from it",
                             dataset,
                             day.to_string()));
}

Error day_frozen(std::string_view dataset, UtcDay day) {
    return error(ErrorKind::refused,
                 fmt::format("dataset '{}': {} is frozen, so nothing can be added to that day or "
                             "taken back from it; hand over the rows of other days alone",
                             dataset,
                             day.to_string()));
}

Error day_not_folded(std::string_view dataset, UtcDay day, std::int64_t batch_seq) {
    return error(ErrorKind::refused,
                 fmt::format("dataset '{}': {} has rows of batch {}, which is not folded yet: "
                             "compact first",
                             dataset,
                             day.to_string(),
                             batch_seq));
}

Error voided_before(std::string_view dataset, std::int64_t batch_seq, std::int64_t voided_by) {
    return error(ErrorKind::refused,
                 fmt::format("dataset '{}': batch {} was voided before, by batch {}",
                             dataset,
                             batch_seq,
                             voided_by));
}

Error value_too_large(std::string_view dataset,
                      std::string_view subject,
                      UtcDay day,
                      std::string_view metric) {
    return error(ErrorKind::refused,
                 fmt::format("fold '{}': {} of '{}' on {} exceeds 64 bits: void the batch that "
                             "brought it",
                             dataset,
                             metric,
                             subject,
                             day.to_string()));
}

Error run_ended(std::int64_t run_id, RunOutcome outcome) {
    return error(ErrorKind::refused,
                 fmt::format("run {}: it ended before ({})", run_id, to_string(outcome)));
}

Error batch_not_conserved(std::string_view dataset, const BatchReceipt& receipt) {
    return error(ErrorKind::corrupt,
                 fmt::format("fold '{}': the rows of batch {} ('{}') do not add up to what its "
                             "receipt says ({} rows): nothing was folded",
                             dataset,
                             receipt.batch_seq,
                             receipt.identity.key,
                             receipt.row_count));
}

BatchIdentity void_identity(const BatchIdentity& voided,
                            std::int64_t batch_seq,
                            std::string_view key) {
    ContentHasher hasher;
    hasher.update(
        fmt::format("void {} {} {}", voided.dataset, batch_seq, voided.content_hash.to_string()));
    return {.dataset = voided.dataset,
            .feed = voided.feed,
            .key = std::string(key),
            .content_hash = hasher.finish()};
}

std::string void_source(std::int64_t batch_seq) {
    return fmt::format("void of batch {}", batch_seq);
}

Result<StoredBatch> answer_known_batch(BatchReceipt known, const BatchIdentity& given) {
    if (known.identity.content_hash == given.content_hash &&
        known.identity.dataset == given.dataset) {
        return StoredBatch{.receipt = std::move(known), .already_stored = true};
    }
    return error(ErrorKind::refused,
                 fmt::format("feed '{}', key '{}': already stored as batch {} of dataset '{}' with "
                             "content {}; this is content {} for dataset '{}': use another key",
                             given.feed,
                             given.key,
                             known.batch_seq,
                             known.identity.dataset,
                             known.identity.content_hash.to_string(),
                             given.content_hash.to_string(),
                             given.dataset));
}

Result<void> check_metric_count(const Dataset& dataset, const RowSource& rows) {
    if (rows.metric_count() == dataset.metrics().size()) {
        return {};
    }
    return error(ErrorKind::invalid_input,
                 fmt::format("dataset '{}': rows of {} metrics, expected {} ({})",
                             dataset.name(),
                             rows.metric_count(),
                             dataset.metrics().size(),
                             fmt::join(dataset.metrics(), ", ")));
}

Result<void> check_row(const Dataset& dataset, const UsageRow& row) {
    for (std::size_t metric = 0; metric < row.values.size(); ++metric) {
        if (row.values[metric] < 0) [[unlikely]] {
            return error(ErrorKind::invalid_input,
                         fmt::format("dataset '{}': {} of '{}' in slot {} is {}: usage is never "
                                     "negative",
                                     dataset.name(),
                                     dataset.metrics()[metric],
                                     row.subject,
                                     row.slot.to_string(),
                                     row.values[metric]));
        }
    }
    return {};
}

Result<void> check_run_end(std::int64_t run_id, const RunEnd& end) {
    if (end.outcome != RunOutcome::running) {
        return {};
    }
    return error(ErrorKind::invalid_input,
                 fmt::format("run {}: a run ends succeeded or failed, not running", run_id));
}

Result<void> answer_ended_run(const Run& run, const RunEnd& end) {
    if (run.outcome == end.outcome && run.covered == end.covered && run.rows == end.rows &&
        run.bytes == end.bytes && run.error == end.error) {
        return {};
    }
    return run_ended(run.id, run.outcome);
}

}  // namespace tidemark
