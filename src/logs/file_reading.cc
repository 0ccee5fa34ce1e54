#include "logs/file_reading.h"

#include <exception>
#include <thread>
#include <utility>

#include "base/random.h"

namespace tidemark {

namespace {

constexpr std::chrono::milliseconds report_interval{50};
constexpr int turn_attempts = 100;

std::unique_ptr<ByteSource> with_read_ahead(std::unique_ptr<ByteSource> source) {
    return source->unpacks() ? make_read_ahead(std::move(source)) : std::move(source);
}

}  // namespace

FileReading::FileReading(const Plan& plan,
                         std::unique_ptr<ByteSource> source,
                         const ProgressCallback& progress)
    : plan_(plan),
      source_(with_read_ahead(std::move(source))),
      layout_(plan.parser.clone()),
      progress_(progress),
      cutter_(*source_,
              *layout_,
              {.block_bytes = plan.block_bytes, .line_length_max = plan.reading.line_length_max}),
      samples_(plan.reading.rejected_samples_max),
      samples_full_(plan.reading.rejected_samples_max == 0) {
    const UsageTable::Limits limits{.metric_count = plan.count_rules.metric_count(),
                                    .days_max = plan.reading.days_max,
                                    .hash_seed = unpredictable_seed()};
    for (int count = 0; count < plan.reading.threads; ++count) {
        workers_.push_back(make_worker(limits));
    }
}

std::unique_ptr<FileReading::Worker> FileReading::make_worker(
    const UsageTable::Limits& limits) const {
    const LineCounter::Rules rules{.count = plan_.count_rules,
                                   .missing_subject = plan_.reading.missing_subject,
                                   .line_length_max = plan_.reading.line_length_max};
    return std::make_unique<Worker>(
        Worker{.counter = LineCounter(rules, plan_.finder.clone(), limits)});
}

void FileReading::fail(Error error) {
    const std::lock_guard lock(result_mutex_);
    if (!first_error_.has_value()) {
        first_error_ = std::move(error);
    }
    failed_.store(true);
}

Error FileReading::failure_of(const UsageTable& table) const {
    return plan_.name.empty() ? table.error() : with_context(plan_.name, table.error());
}

// A turn takes less time than falling asleep and being woken does, so at first it is waited for.
std::unique_lock<std::mutex> FileReading::take_turn() {
    std::unique_lock turn(input_mutex_, std::try_to_lock);
    for (int attempt = 0; attempt < turn_attempts && !turn.owns_lock(); ++attempt) {
        std::this_thread::yield();
        turn.try_lock();
    }
    if (!turn.owns_lock()) {
        turn.lock();
    }
    return turn;
}

bool FileReading::take_block(Worker& worker) {
    const std::unique_lock turn = take_turn();
    if (input_ended_ || failed_.load()) {
        return false;
    }
    const Result<bool> taken = cutter_.next(worker.block, worker.parser);
    if (!taken.has_value()) {
        fail(taken.error());
        return false;
    }
    input_ended_ = !*taken;
    bytes_read_.store(source_->bytes_read());
    bytes_expanded_.store(cutter_.bytes_expanded());
    // Asked anew for each block: standard input may go on for days.
    worker.latest = std::chrono::floor<std::chrono::seconds>(plan_.clock.now()) +
                    plan_.reading.future_tolerance;
    return *taken;
}

bool FileReading::count_block(Worker& worker) {
    LineCounter::BlockCount counted;
    const std::size_t samples_max = samples_full_.load() ? 0 : plan_.reading.rejected_samples_max;
    if (!worker.counter.count(
            worker.block, *worker.parser.parser, worker.latest, samples_max, counted)) {
        fail(failure_of(worker.counter.table()));
        return false;
    }
    lines_.fetch_add(counted.lines);
    const std::lock_guard lock(result_mutex_);
    samples_.add(worker.block.sequence, counted.lines, std::move(counted.samples));
    samples_full_.store(samples_.full());
    return true;
}

void FileReading::report_progress(bool at_end) {
    const auto now = std::chrono::steady_clock::now();
    if (!progress_ || (!at_end && now < next_report_)) {
        return;
    }
    next_report_ = now + report_interval;
    progress_({.bytes_read = bytes_read_.load(),
               .bytes_expanded = bytes_expanded_.load(),
               .lines = lines_.load()});
}

// A worker's whole life. No exception may leave its thread: std::bad_alloc becomes an error.
void FileReading::work(Worker& worker, bool reports_progress) {
    try {
        while (take_block(worker) && count_block(worker)) {
            if (reports_progress) {
                report_progress(false);
            }
        }
    } catch (const std::exception& failure) {
        fail({ErrorKind::unavailable, failure.what()});
    }
}

Result<Aggregation> FileReading::run() {
    std::vector<std::thread> threads;
    for (std::size_t other = 1; other < workers_.size(); ++other) {
        threads.emplace_back([this, other] { work(*workers_[other], false); });
    }
    work(*workers_.front(), true);
    for (std::thread& thread : threads) {
        thread.join();
    }
    if (first_error_.has_value()) {
        return *first_error_;
    }
    report_progress(true);
    return gather();
}

Result<Aggregation> FileReading::gather() {
    Aggregation result;
    UsageTable& table = workers_.front()->counter.table();
    for (const std::unique_ptr<Worker>& worker : workers_) {
        LineCounter& counter = worker->counter;
        result.counts.lines += counter.counts().lines;
        result.counts.comments += counter.counts().comments;
        result.counts.accepted += counter.counts().accepted;
        result.counts.rejected += counter.counts().rejected;
        result.counts.ignored += counter.counts().ignored;
        for (std::size_t reason = 0; reason < reject_reason_count; ++reason) {
            result.rejected_by_reason[reason] += counter.rejected_by_reason()[reason];
        }
        for (std::size_t reason = 0; reason < ignore_reason_count; ++reason) {
            result.ignored_by_reason[reason] += counter.ignored_by_reason()[reason];
        }
        if (worker != workers_.front() && !table.absorb(std::move(counter.table()))) {
            return failure_of(table);
        }
    }
    result.rejected_samples = std::move(samples_).take();
    result.subject_count = table.subject_count();
    result.slot_totals = table.slot_totals();
    result.content_hash = cutter_.content_hash();
    result.bytes_read = source_->bytes_read();
    result.bytes_expanded = cutter_.bytes_expanded();
    result.truncated = source_->truncated();
    result.rows = std::move(table).into_rows();
    return result;
}

}  // namespace tidemark
