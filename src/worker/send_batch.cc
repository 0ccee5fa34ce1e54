#include "worker/send_batch.h"

#include <utility>

#include <fmt/format.h>

#include "store/refusals.h"
#include "worker/heartbeat.h"

namespace tidemark {

namespace {

constexpr std::chrono::seconds heartbeat_every{10};

std::string job_name(const BatchJob& job) {
    if (!job.correction.has_value()) {
        return job.run_job;
    }
    return job.correction->kind == CorrectionKind::replaced ? "replace" : "replay";
}

Result<void> check_rejected(const BatchJob& job, const Batch& batch) {
    const LineCounts& counts = batch.counts;
    const std::int64_t row_lines = counts.lines - counts.comments;
    const double share =
        row_lines == 0 ? 0.0
                       : static_cast<double>(counts.rejected) / static_cast<double>(row_lines);
    if (share <= job.rejected_share_max) {
        return {};
    }
    return Error{ErrorKind::refused,
                 fmt::format("{}: {} of {} rows are rejected ({}), more than --max-rejected {:g}%: "
                             "nothing of it is stored",
                             batch.source,
                             counts.rejected,
                             row_lines,
                             reasons_text(batch),
                             job.rejected_share_max * 100)};
}

// Gives the batch its identity.
Result<void> name_batch(const BatchJob& job, Store& store, Batch& batch) {
    batch.identity.dataset = job.dataset;
    batch.identity.feed = job.feed;
    batch.identity.key = job.key;
    if (!job.correction.has_value()) {
        return {};
    }
    const std::int64_t batch_seq = job.correction->batch_seq;
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<BatchReceipt> corrected,
                              store.batches(job.dataset, batch_seq - 1, 1));
    if (corrected.empty() || corrected.front().batch_seq != batch_seq) {
        return no_such_batch(job.dataset, batch_seq);
    }
    if (batch.identity.feed.empty()) {
        batch.identity.feed = corrected.front().identity.feed;
    }
    if (batch.identity.key.empty()) {
        const std::string name = BatchName{job.dataset, batch_seq}.to_string();
        // A batch is replaced once; of its rejected rows several files may be sent.
        batch.identity.key =
            job.correction->kind == CorrectionKind::replaced
                ? "replacement of " + name
                : fmt::format(
                      "rejected rows of {}, {}", name, batch.identity.content_hash.to_string());
    }
    return {};
}

Result<void> store_input(const BatchJob& job, Store& store, BatchInput& input, SentBatch& sent) {
    TIDEMARK_RETURN_IF_ERROR(name_batch(job, store, input.batch));
    if (!job.correction.has_value()) {
        TIDEMARK_ASSIGN_OR_RETURN(sent.stored, store.store_batch(input.batch, *input.rows));
        return {};
    }
    const BatchCorrection& correction = *job.correction;
    if (correction.kind == CorrectionKind::replayed) {
        TIDEMARK_ASSIGN_OR_RETURN(
            sent.stored,
            store.replay_batch(correction.batch_seq, input.batch, *input.rows, correction.note));
        return {};
    }
    TIDEMARK_ASSIGN_OR_RETURN(
        StoredReplacement replaced,
        store.replace_batch(correction.batch_seq, input.batch, *input.rows, correction.note));
    sent.voiding = std::move(replaced.voiding);
    sent.stored = std::move(replaced.replacement);
    return {};
}

RunEnd end_of(const BatchJob& job, const SentBatch& sent, std::uint64_t bytes_read) {
    RunEnd end{.outcome = RunOutcome::succeeded, .covered = {}, .error = {}};
    end.bytes = static_cast<std::int64_t>(bytes_read);
    if (sent.error.has_value()) {
        end.outcome = RunOutcome::failed;
        end.error = sent.error->message;
        return end;
    }
    end.covered = job.covers;
    end.rows = sent.stored->already_stored ? 0 : sent.stored->receipt.row_count;
    return end;
}

}  // namespace

std::string reasons_text(const Batch& batch) {
    std::string text;
    for (const auto& [reason, count] : batch.rejected_by_reason) {
        text += fmt::format("{}{} {}", text.empty() ? "" : ", ", reason, count);
    }
    return text;
}

Result<SentBatch> send_batch(const BatchJob& job,
                             const ReadInput& read,
                             const StoreOpener& open_store,
                             const ProgressCallback& progress) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<Store> store, open_store());
    TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t run_id,
                              store->begin_run(job_name(job), job.dataset, job.feed));
    SentBatch sent;
    std::uint64_t bytes_read = 0;
    {
        TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<Store> beating_store, open_store());
        const Heartbeat heartbeat(std::move(beating_store), run_id, heartbeat_every);
        Result<BatchInput> input = read(progress);
        if (input.has_value()) {
            bytes_read = input->bytes_read;
            Result<void> stored = check_rejected(job, input->batch);
            if (stored.has_value()) {
                stored = store_input(job, *store, *input, sent);
            }
            if (!stored.has_value()) {
                sent.error = std::move(stored).error();
            }
            sent.batch = std::move(input->batch);
        } else {
            sent.error = std::move(input).error();
        }
    }
    TIDEMARK_RETURN_IF_ERROR(store->end_run(run_id, end_of(job, sent, bytes_read)));
    return sent;
}

Result<SentBatch> send_read_batch(const BatchJob& job, BatchInput input, Store& store) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t run_id,
                              store.begin_run(job_name(job), job.dataset, job.feed));
    SentBatch sent;
    Result<void> stored = store_input(job, store, input, sent);
    if (!stored.has_value()) {
        sent.error = std::move(stored).error();
    }
    sent.batch = std::move(input.batch);
    TIDEMARK_RETURN_IF_ERROR(store.end_run(run_id, end_of(job, sent, input.bytes_read)));
    return sent;
}

}  // namespace tidemark
