#include "worker/media.h"

#include <algorithm>
#include <memory>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "base/log.h"
#include "worker/heartbeat.h"

namespace tidemark {

namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds heartbeat_every{10};
// A stream's run declares its coverage when it ends, so it must end now and then.
constexpr std::chrono::seconds stream_run_length{60};

UtcDay day_of(const Clock& clock) {
    return UtcDay::containing(std::chrono::floor<std::chrono::seconds>(clock.now()));
}

// Sleeps, but not long after a stop.
void pause(milliseconds length, const std::atomic<bool>& stop) {
    constexpr milliseconds step{50};
    for (auto left = length; left > milliseconds(0) && !stop; left -= step) {
        std::this_thread::sleep_for(std::min(left, step));
    }
}

// Asks the store again and again while it is not there, with growing pauses, for as long as the job
// has patience and nobody says stop. Every call here may be made again.
class PatientCalls {
 public:
    PatientCalls(std::optional<milliseconds> patience, const std::atomic<bool>& stop)
        : patience_(patience), stop_(stop) {}

    template <typename Call>
    auto make(const Call& call) const -> decltype(call()) {
        constexpr milliseconds wait_first{100};
        constexpr milliseconds wait_max{10'000};
        const SteadyClock::time_point begun = SteadyClock::now();
        milliseconds wait = wait_first;
        while (true) {
            auto answer = call();
            const bool again = !answer.has_value() &&
                               answer.error().kind == ErrorKind::unavailable && !stop_ &&
                               (!patience_.has_value() || SteadyClock::now() - begun < *patience_);
            if (!again) {
                return answer;
            }
            log_event(LogLevel::warning, "media.unavailable", {{"error", answer.error().message}});
            pause(wait, stop_);
            wait = std::min(wait * 2, wait_max);
        }
    }

 private:
    std::optional<milliseconds> patience_;
    const std::atomic<bool>& stop_;
};

// Begins a run, beats while it goes on, and ends it.
class MediaRun {
 public:
    static Result<std::unique_ptr<MediaRun>> begin(const MediaJob& job,
                                                   const StoreOpener& open_store,
                                                   const Clock& clock,
                                                   Store& store,
                                                   const PatientCalls& calls) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t id, calls.make([&] {
            return store.begin_run("media", job.dataset.name(), job.feed);
        }));
        TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<Store> beating, calls.make(open_store));
        return std::make_unique<MediaRun>(id, std::move(beating), clock, calls);
    }

    MediaRun(std::int64_t id,
             std::unique_ptr<Store> beating,
             const Clock& clock,
             const PatientCalls& calls)
        : id_(id),
          clock_(clock),
          calls_(calls),
          first_day_(day_of(clock)),
          begun_(SteadyClock::now()),
          heartbeat_(std::make_unique<Heartbeat>(std::move(beating), id, heartbeat_every)) {}

    void count(const CommittedChunk& chunk) {
        rows_ += chunk.stored.already_stored ? 0 : chunk.stored.receipt.row_count;
    }

    [[nodiscard]] bool is_long() const {
        return SteadyClock::now() - begun_ >= stream_run_length || day_of(clock_) != first_day_;
    }

    // `declared`: what it covers; nothing: the days on which it ran.
    Result<void> end(Store& store,
                     const std::optional<Coverage>& declared,
                     std::int64_t bytes,
                     const std::optional<Error>& failure) {
        heartbeat_.reset();
        RunEnd end{.outcome = failure.has_value() ? RunOutcome::failed : RunOutcome::succeeded,
                   .covered = {},
                   .rows = rows_,
                   .bytes = bytes,
                   .error = failure.has_value() ? failure->message : ""};
        if (!failure.has_value()) {
            end.covered = declared.value_or(Coverage());
            if (!declared.has_value()) {
                end.covered.add(
                    {Slot::of_day(first_day_, 0), Slot::of_day(day_of(clock_).next(), 0)});
            }
        }
        return calls_.make([&] { return store.end_run(id_, end); });
    }

 private:
    std::int64_t id_;
    const Clock& clock_;
    PatientCalls calls_;
    UtcDay first_day_;
    SteadyClock::time_point begun_;
    std::int64_t rows_ = 0;
    std::unique_ptr<Heartbeat> heartbeat_;
};

// Commits chunk after chunk.
class ChunkStorer {
 public:
    ChunkStorer(const MediaJob& job,
                Store& store,
                const PatientCalls& calls,
                const ChunkListener& committed)
        : job_(job), store_(store), calls_(calls), committed_(committed) {}

    [[nodiscard]] const MediaTotals& totals() const { return totals_; }

    // Stores the chunk, announces it and begins a new one. Waits for a store that is not there.
    Result<CommittedChunk> commit(EventChunk& chunk) {
        const ContentHash hash = chunk.hasher.finish();
        TIDEMARK_ASSIGN_OR_RETURN(StoredBatch stored, store(chunk, hash));
        const CommittedChunk committed{.number = ++totals_.chunks,
                                       .stored = std::move(stored),
                                       .counts = chunk.counts,
                                       .last_line = chunk.last_line};
        totals_.counts.lines += chunk.counts.lines;
        totals_.counts.comments += chunk.counts.comments;
        totals_.counts.accepted += chunk.counts.accepted;
        totals_.counts.rejected += chunk.counts.rejected;
        for (const auto& [reason, count] : chunk.rejected_by_reason) {
            totals_.rejected_by_reason[reason] += count;
        }
        chunk = EventChunk();
        committed_(committed);
        return committed;
    }

 private:
    Result<StoredBatch> store(EventChunk& chunk, const ContentHash& hash) {
        const auto store_once = [&] {
            return store_.store_events(batch_of(chunk, hash), chunk.events);
        };
        Result<StoredBatch> stored = calls_.make(store_once);
        if (stored.has_value() || stored.error().kind != ErrorKind::refused) {
            return stored;
        }
        TIDEMARK_ASSIGN_OR_RETURN(const bool taken_back, take_back_purged(chunk));
        return taken_back ? calls_.make(store_once) : stored;
    }

    Batch batch_of(const EventChunk& chunk, const ContentHash& hash) const {
        Batch batch{.identity = {.dataset = job_.dataset.name(),
                                 .feed = job_.feed,
                                 .key = hash.to_string(),
                                 .content_hash = hash},
                    .source = job_.source,
                    .counts = chunk.counts,
                    .rejected_by_reason = {chunk.rejected_by_reason.begin(),
                                           chunk.rejected_by_reason.end()},
                    .rejected_samples = chunk.rejected_samples};
        return batch;
    }

    // Rejects the events of days whose events are purged. Whether there were any.
    Result<bool> take_back_purged(EventChunk& chunk) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<UtcDay> days, calls_.make([this] {
            return store_.purged_days(job_.dataset.name());
        }));
        const std::set<UtcDay> purged(days.begin(), days.end());
        bool any = false;
        for (std::size_t place = chunk.events.size(); place-- > 0;) {
            if (purged.contains(chunk.events[place].day())) {
                chunk.take_back(place, "day_purged");
                any = true;
            }
        }
        return any;
    }

    const MediaJob& job_;
    Store& store_;
    PatientCalls calls_;
    const ChunkListener& committed_;
    MediaTotals totals_;
};

// Reads lines and commits chunks until the end or a stop.
class LineWorker {
 public:
    LineWorker(const MediaJob& job,
               const StoreOpener& open_store,
               const Clock& clock,
               Store& store,
               EventParser parser,
               const std::atomic<bool>& stop,
               const ChunkListener& committed)
        : job_(job),
          open_store_(open_store),
          clock_(clock),
          store_(store),
          parser_(std::move(parser)),
          stop_(stop),
          calls_(job.patience, stop),
          storer_(job, store, calls_, committed) {}

    Result<MediaTotals> work(EventInput& input) {
        TIDEMARK_ASSIGN_OR_RETURN(run_, begin_run());
        const Result<void> worked = read_all(input);
        const std::optional<Error> failure =
            worked.has_value() ? std::nullopt : std::optional(worked.error());
        const Result<void> ended = end_run(failure);
        TIDEMARK_RETURN_IF_ERROR(worked);
        TIDEMARK_RETURN_IF_ERROR(ended);
        return storer_.totals();
    }

 private:
    [[nodiscard]] bool follows() const { return job_.every.has_value(); }

    Result<std::unique_ptr<MediaRun>> begin_run() {
        return MediaRun::begin(job_, open_store_, clock_, store_, calls_);
    }

    Result<void> end_run(const std::optional<Error>& failure) {
        const std::int64_t bytes = std::exchange(bytes_, 0);
        return run_->end(
            store_, follows() ? std::nullopt : std::optional(job_.covers), bytes, failure);
    }

    Result<void> read_all(EventInput& input) {
        while (!(follows() && stop_)) {
            const std::size_t before = buffer_.size();
            TIDEMARK_ASSIGN_OR_RETURN(const EventInput::Got got, input.read(buffer_, wait_left()));
            bytes_ += static_cast<std::int64_t>(buffer_.size() - before);
            TIDEMARK_RETURN_IF_ERROR(take_lines(before));
            if (got == EventInput::Got::end) {
                break;
            }
            if (waiting() && wait_left() == milliseconds(0)) {
                TIDEMARK_RETURN_IF_ERROR(commit());
            }
            if (follows() && !waiting() && run_->is_long()) {
                TIDEMARK_RETURN_IF_ERROR(end_run(std::nullopt));
                TIDEMARK_ASSIGN_OR_RETURN(run_, begin_run());
            }
        }
        // What has no line end is a line at the end of a file, and half a line of a stream that was
        // stopped: its writer will send it again.
        if (!buffer_.empty() && !(follows() && stop_)) {
            TIDEMARK_RETURN_IF_ERROR(parser_.add_line(buffer_, chunk_));
        }
        return waiting() ? commit() : Result<void>{};
    }

    // Something came that is not committed.
    [[nodiscard]] bool waiting() const { return chunk_.counts.lines > 0; }

    [[nodiscard]] milliseconds wait_left() const {
        if (!follows() || !waiting()) {
            return milliseconds(200);
        }
        const auto waited =
            std::chrono::duration_cast<milliseconds>(SteadyClock::now() - first_came_);
        return std::max(milliseconds(0), *job_.every - waited);
    }

    // `from`: before it the buffer has no line end.
    Result<void> take_lines(std::size_t from) {
        std::size_t begin = 0;
        for (std::size_t end = buffer_.find('\n', from); end != std::string::npos;
             end = buffer_.find('\n', begin)) {
            if (!waiting()) {
                first_came_ = SteadyClock::now();
            }
            TIDEMARK_RETURN_IF_ERROR(
                parser_.add_line(std::string_view(buffer_).substr(begin, end - begin), chunk_));
            begin = end + 1;
            if (chunk_.counts.lines >= static_cast<std::int64_t>(job_.rows_max)) {
                TIDEMARK_RETURN_IF_ERROR(commit());
            }
        }
        buffer_.erase(0, begin);
        // A line that is too long is rejected; there is no need to hold all of it until its end.
        buffer_.resize(std::min(buffer_.size(), EventParser::line_length_max + 1));
        return {};
    }

    Result<void> commit() {
        TIDEMARK_ASSIGN_OR_RETURN(const CommittedChunk committed, storer_.commit(chunk_));
        run_->count(committed);
        return {};
    }

    const MediaJob& job_;
    const StoreOpener& open_store_;
    const Clock& clock_;
    Store& store_;
    EventParser parser_;
    const std::atomic<bool>& stop_;
    PatientCalls calls_;
    ChunkStorer storer_;
    std::unique_ptr<MediaRun> run_;
    EventChunk chunk_;
    std::string buffer_;
    std::int64_t bytes_ = 0;
    SteadyClock::time_point first_came_{};
};

// One poll: every row of the query, in chunks.
Result<void> poll_once(
    const MediaJob& job, const Clock& clock, RowQuery& query, ChunkStorer& storer, MediaRun& run) {
    TIDEMARK_ASSIGN_OR_RETURN(EventParser parser, EventParser::make(job.dataset, clock));
    EventChunk chunk;
    const auto commit = [&]() -> Result<void> {
        TIDEMARK_ASSIGN_OR_RETURN(const CommittedChunk committed, storer.commit(chunk));
        run.count(committed);
        return {};
    };
    const RowSink sink{
        .columns =
            [&parser](std::span<const std::string> names) { return parser.set_columns(names); },
        .row = [&](std::span<const std::optional<std::string_view>> cells) -> Result<void> {
            for (const std::optional<std::string_view>& cell : cells) {
                chunk.hasher.update(cell.value_or("\1"));
                chunk.hasher.update(",");
            }
            chunk.hasher.update("\n");
            parser.add_cells(cells, chunk);
            const bool full = chunk.counts.lines >= static_cast<std::int64_t>(job.rows_max);
            return full ? commit() : Result<void>{};
        }};
    TIDEMARK_RETURN_IF_ERROR(query.read(sink));
    return chunk.counts.lines > 0 ? commit() : Result<void>{};
}

}  // namespace

Result<MediaTotals> store_media_lines(const MediaJob& job,
                                      const StoreOpener& open_store,
                                      const Clock& clock,
                                      EventInput& input,
                                      EventParser parser,
                                      const std::atomic<bool>& stop,
                                      const ChunkListener& committed) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<Store> store, open_store());
    LineWorker worker(job, open_store, clock, *store, std::move(parser), stop, committed);
    return worker.work(input);
}

Result<MediaTotals> poll_media(const MediaJob& job,
                               const StoreOpener& open_store,
                               const Clock& clock,
                               RowQuery& query,
                               const PollSchedule* schedule,
                               const std::atomic<bool>& stop,
                               const ChunkListener& committed) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<Store> store, open_store());
    const PatientCalls calls(job.patience, stop);
    ChunkStorer storer(job, *store, calls, committed);
    do {
        const Timestamp begun = clock.now();
        TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<MediaRun> run,
                                  MediaRun::begin(job, open_store, clock, *store, calls));
        const Result<void> polled = poll_once(job, clock, query, storer, *run);
        const std::optional<Error> failure =
            polled.has_value() ? std::nullopt : std::optional(polled.error());
        TIDEMARK_RETURN_IF_ERROR(run->end(*store, std::nullopt, 0, failure));
        const bool goes_on = schedule != nullptr && !stop;
        if (failure.has_value() && !(goes_on && failure->kind == ErrorKind::unavailable)) {
            return *failure;
        }
        if (failure.has_value()) {
            log_event(LogLevel::warning, "media.poll_failed", {{"error", failure->message}});
        }
        if (goes_on) {
            const auto wait = schedule->next_after(begun) - clock.now();
            pause(std::chrono::duration_cast<milliseconds>(wait), stop);
        }
    } while (schedule != nullptr && !stop);
    return storer.totals();
}

}  // namespace tidemark
