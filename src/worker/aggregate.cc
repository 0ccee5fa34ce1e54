#include "worker/aggregate.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <unordered_set>

#include <fmt/format.h>

#include "worker/batch_input.h"
#include "worker/heartbeat.h"

namespace tidemark {

namespace {

constexpr std::chrono::seconds heartbeat_every{10};

// Runs `work(i)` for every i in [0, count) on `threads` threads; the calling thread is one of them.
void for_each_index(std::size_t count, int threads, const std::function<void(std::size_t)>& work) {
    std::atomic<std::size_t> next{0};
    const auto take = [&] {
        for (std::size_t index = next++; index < count; index = next++) {
            work(index);
        }
    };
    std::vector<std::jthread> others;
    const std::size_t wanted = std::min<std::size_t>(count, static_cast<std::size_t>(threads));
    for (std::size_t thread = 1; thread < wanted; ++thread) {
        others.emplace_back(take);
    }
    take();
}

double rejected_share(const LineCounts& counts) {
    const std::int64_t usage_lines = counts.lines - counts.comments;
    return usage_lines == 0
               ? 0.0
               : static_cast<double>(counts.rejected) / static_cast<double>(usage_lines);
}

// Reads one file and refuses it when too much of it is rejected.
FileOutcome read_file(const AggregateJob& job,
                      const LogReader& reader,
                      const std::string& file,
                      const ProgressCallback& progress) {
    FileOutcome outcome{.file = file, .aggregation = {}, .receipt = {}, .error = {}};
    Result<Aggregation> aggregation = reader.read(file, progress);
    if (!aggregation.has_value()) {
        outcome.error = std::move(aggregation).error();
        return outcome;
    }
    outcome.aggregation = std::move(aggregation).value();
    const double share = rejected_share(outcome.aggregation->counts);
    if (share > job.rejected_share_max) {
        outcome.error = Error{
            ErrorKind::refused,
            fmt::format("{}: {:.2f} % of its lines are rejected ({} of {}), more than "
                        "--max-rejected {:g}%: nothing of it is stored",
                        file,
                        share * 100,
                        outcome.aggregation->counts.rejected,
                        outcome.aggregation->counts.lines - outcome.aggregation->counts.comments,
                        job.rejected_share_max * 100)};
    }
    return outcome;
}

void store_file(const AggregateJob& job, Store& store, FileOutcome& outcome) {
    Batch batch = batch_of(outcome.file, *outcome.aggregation);
    batch.identity.dataset = job.dataset;
    batch.identity.feed = job.feed;
    batch.identity.key = batch.identity.content_hash.to_string();
    Result<StoredBatch> stored = store.store_batch(batch, *outcome.aggregation->rows);
    outcome.aggregation->rows.reset();
    if (!stored.has_value()) {
        outcome.error = with_context(outcome.file, std::move(stored).error());
        return;
    }
    outcome.receipt = std::move(stored->receipt);
    outcome.already_stored = stored->already_stored;
}

// What the run declares covered: the job's word and what each file's name says.
Result<Coverage> coverage_of(const AggregateJob& job) {
    Coverage covered = job.covers;
    if (job.file_coverage == nullptr) {
        return covered;
    }
    for (const std::string& file : job.files) {
        TIDEMARK_ASSIGN_OR_RETURN(const SlotRange range, job.file_coverage->covered_by(file));
        covered.add(range);
    }
    return covered;
}

RunEnd end_of(const std::vector<FileOutcome>& outcomes, Coverage covered) {
    RunEnd end{.outcome = RunOutcome::succeeded, .covered = {}, .error = {}};
    for (const FileOutcome& outcome : outcomes) {
        if (outcome.error.has_value()) {
            end.outcome = RunOutcome::failed;
            end.error = outcome.error->message;
            continue;
        }
        end.bytes += static_cast<std::int64_t>(outcome.aggregation->bytes_read);
        end.rows += outcome.already_stored ? 0 : outcome.receipt->row_count;
    }
    if (end.outcome == RunOutcome::succeeded) {
        end.covered = std::move(covered);
    }
    return end;
}

// Passes what happens to the listener, one call at a time.
class Announcer {
 public:
    explicit Announcer(const AggregateListener& listener) : listener_(listener) {}

    ProgressCallback progress_of(const std::string& file) {
        if (!listener_.progress) {
            return {};
        }
        return [this, file](const ReadingProgress& progress) {
            const std::lock_guard lock(mutex_);
            listener_.progress(file, progress);
        };
    }

    void file_done(const FileOutcome& outcome) {
        if (listener_.file_done) {
            const std::lock_guard lock(mutex_);
            listener_.file_done(outcome);
        }
    }

 private:
    const AggregateListener& listener_;
    std::mutex mutex_;
};

}  // namespace

Result<std::vector<FileOutcome>> aggregate_files(const AggregateJob& job,
                                                 const LogReader& reader,
                                                 const StoreOpener& open_store,
                                                 const AggregateListener& listener) {
    // Asked first: a name that declares nothing is a mistake to mend before an hour of work.
    TIDEMARK_ASSIGN_OR_RETURN(Coverage covered, coverage_of(job));
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<Store> store, open_store());
    TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t run_id,
                              store->begin_run("aggregate", job.dataset, job.feed));
    std::vector<FileOutcome> outcomes(job.files.size());
    {
        TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<Store> beating_store, open_store());
        const Heartbeat heartbeat(std::move(beating_store), run_id, heartbeat_every);
        Announcer announcer(listener);
        for_each_index(job.files.size(), job.files_at_once, [&](std::size_t index) {
            FileOutcome& outcome = outcomes[index];
            outcome =
                read_file(job, reader, job.files[index], announcer.progress_of(job.files[index]));
            if (!outcome.error.has_value()) {
                if (Result<std::unique_ptr<Store>> own = open_store(); own.has_value()) {
                    store_file(job, **own, outcome);
                } else {
                    outcome.error = with_context(outcome.file, std::move(own).error());
                }
            }
            announcer.file_done(outcome);
        });
    }
    TIDEMARK_RETURN_IF_ERROR(store->end_run(run_id, end_of(outcomes, std::move(covered))));
    return outcomes;
}

std::vector<FileOutcome> count_files(const AggregateJob& job,
                                     const LogReader& reader,
                                     const AggregateListener& listener) {
    std::vector<FileOutcome> outcomes(job.files.size());
    Announcer announcer(listener);
    for_each_index(job.files.size(), job.files_at_once, [&](std::size_t index) {
        outcomes[index] =
            read_file(job, reader, job.files[index], announcer.progress_of(job.files[index]));
        announcer.file_done(outcomes[index]);
    });
    std::unordered_set<std::string> contents;
    for (FileOutcome& outcome : outcomes) {
        outcome.already_stored =
            !outcome.error.has_value() &&
            !contents.insert(outcome.aggregation->content_hash.to_string()).second;
    }
    return outcomes;
}

}  // namespace tidemark
