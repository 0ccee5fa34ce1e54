#include "worker/media.h"

#include <algorithm>
#include <memory>
#include <set>
#include <thread>

#include <fmt/format.h>

#include "base/check.h"
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
    // Without an opener it does not beat.
    static Result<std::unique_ptr<MediaRun>> begin(const MediaJob& job,
                                                   const StoreOpener& open_store,
                                                   const Clock& clock,
                                                   Store& store,
                                                   const PatientCalls& calls) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t id, calls.make([&] {
            return store.begin_run("media", job.dataset.name(), job.feed);
        }));
        auto run = std::make_unique<MediaRun>(id, clock, calls);
        if (open_store) {
            TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<Store> beating, calls.make(open_store));
            run->heartbeat_ = std::make_unique<Heartbeat>(std::move(beating), id, heartbeat_every);
        }
        return run;
    }

    MediaRun(std::int64_t id, const Clock& clock, const PatientCalls& calls)
        : id_(id),
          clock_(clock),
          calls_(calls),
          first_day_(day_of(clock)),
          begun_(SteadyClock::now()) {}

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

// Rejects the events of these days. Whether there were any.
bool take_back_days(const std::set<UtcDay>& days, EventChunk& chunk) {
    bool any = false;
    for (std::size_t place = chunk.events.size(); place-- > 0;) {
        if (days.contains(chunk.events[place].day())) {
            chunk.take_back(place, "day_purged");
            any = true;
        }
    }
    return any;
}

Result<std::set<UtcDay>> purged_days(const MediaJob& job, Store& store, const PatientCalls& calls) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<UtcDay> days,
                              calls.make([&] { return store.purged_days(job.dataset.name()); }));
    return std::set<UtcDay>(days.begin(), days.end());
}

void add_to(MediaTotals& totals, const EventChunk& chunk) {
    constexpr std::size_t samples_max = 300;
    ++totals.chunks;
    totals.counts.lines += chunk.counts.lines;
    totals.counts.comments += chunk.counts.comments;
    totals.counts.accepted += chunk.counts.accepted;
    totals.counts.rejected += chunk.counts.rejected;
    for (const auto& [reason, count] : chunk.rejected_by_reason) {
        totals.rejected_by_reason[reason] += count;
    }
    for (const RejectedSample& sample : chunk.rejected_samples) {
        if (totals.rejected_samples.size() < samples_max) {
            totals.rejected_samples.push_back(sample);
        }
    }
}

// What becomes of a chunk that is full; it begins anew.
using ChunkTaker = std::function<Result<void>(EventChunk&)>;

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
        add_to(totals_, chunk);
        const CommittedChunk committed{.number = totals_.chunks,
                                       .stored = std::move(stored),
                                       .counts = chunk.counts,
                                       .last_line = chunk.last_line};
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
        TIDEMARK_ASSIGN_OR_RETURN(const std::set<UtcDay> purged, purged_days(job_, store_, calls_));
        return take_back_days(purged, chunk) ? calls_.make(store_once) : stored;
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

    const MediaJob& job_;
    Store& store_;
    PatientCalls calls_;
    const ChunkListener& committed_;
    MediaTotals totals_;
};

using RunBeginner = std::function<Result<std::unique_ptr<MediaRun>>()>;

// Reads lines and has chunks taken until the end or a stop.
class LineWorker {
 public:
    LineWorker(const MediaJob& job,
               EventParser parser,
               const std::atomic<bool>& stop,
               ChunkTaker take_chunk)
        : job_(job), parser_(std::move(parser)), stop_(stop), take_chunk_(std::move(take_chunk)) {}

    // As one run after the other; they are ended in the store.
    Result<void> work(EventInput& input, const RunBeginner& begin_run, Store& store) {
        begin_run_ = begin_run;
        store_ = &store;
        TIDEMARK_ASSIGN_OR_RETURN(run_, begin_run_());
        const Result<void> worked = read_all(input);
        const std::optional<Error> failure =
            worked.has_value() ? std::nullopt : std::optional(worked.error());
        const Result<void> ended = end_run(failure);
        TIDEMARK_RETURN_IF_ERROR(worked);
        return ended;
    }

    // Of the run at hand.
    void count(const CommittedChunk& chunk) { run_->count(chunk); }

    // Without a run: of a file, whose chunks are not stored.
    Result<void> read(EventInput& input) {
        TIDEMARK_CHECK(!follows());
        return read_all(input);
    }

 private:
    [[nodiscard]] bool follows() const { return job_.every.has_value(); }

    Result<void> end_run(const std::optional<Error>& failure) {
        const std::int64_t bytes = std::exchange(bytes_, 0);
        return run_->end(
            *store_, follows() ? std::nullopt : std::optional(job_.covers), bytes, failure);
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
                TIDEMARK_RETURN_IF_ERROR(take_chunk_(chunk_));
            }
            if (follows() && !waiting() && run_->is_long()) {
                TIDEMARK_RETURN_IF_ERROR(end_run(std::nullopt));
                TIDEMARK_ASSIGN_OR_RETURN(run_, begin_run_());
            }
        }
        // What has no line end is a line at the end of a file, and half a line of a stream that was
        // stopped: its writer will send it again.
        if (!buffer_.empty() && !(follows() && stop_)) {
            TIDEMARK_RETURN_IF_ERROR(parser_.add_line(buffer_, chunk_));
        }
        return waiting() ? take_chunk_(chunk_) : Result<void>{};
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
                TIDEMARK_RETURN_IF_ERROR(take_chunk_(chunk_));
            }
        }
        buffer_.erase(0, begin);
        // A line that is too long is rejected; there is no need to hold all of it until its end.
        buffer_.resize(std::min(buffer_.size(), EventParser::line_length_max + 1));
        return {};
    }

    const MediaJob& job_;
    EventParser parser_;
    const std::atomic<bool>& stop_;
    ChunkTaker take_chunk_;
    RunBeginner begin_run_;
    Store* store_ = nullptr;
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

const std::atomic<bool>& never_stopped() {
    static const std::atomic<bool> never{false};
    return never;
}

Result<MediaTotals> store_lines(const MediaJob& job,
                                const StoreOpener& open_store,
                                Store& store,
                                const Clock& clock,
                                EventInput& input,
                                EventParser parser,
                                const std::atomic<bool>& stop,
                                const ChunkListener& committed) {
    const PatientCalls calls(job.patience, stop);
    ChunkStorer storer(job, store, calls, committed);
    LineWorker* counting = nullptr;
    LineWorker worker(job, std::move(parser), stop, [&](EventChunk& chunk) -> Result<void> {
        TIDEMARK_ASSIGN_OR_RETURN(const CommittedChunk stored, storer.commit(chunk));
        counting->count(stored);
        return {};
    });
    counting = &worker;
    TIDEMARK_RETURN_IF_ERROR(worker.work(
        input, [&] { return MediaRun::begin(job, open_store, clock, store, calls); }, store));
    return storer.totals();
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
    return store_lines(job, open_store, *store, clock, input, std::move(parser), stop, committed);
}

Result<MediaTotals> store_received_events(const MediaJob& job,
                                          Store& store,
                                          const Clock& clock,
                                          EventInput& input,
                                          EventParser parser,
                                          const ChunkListener& committed) {
    return store_lines(
        job, StoreOpener(), store, clock, input, std::move(parser), never_stopped(), committed);
}

Result<MediaTotals> judge_events(const MediaJob& job,
                                 Store& store,
                                 EventInput& input,
                                 EventParser parser) {
    const PatientCalls calls(job.patience, never_stopped());
    TIDEMARK_ASSIGN_OR_RETURN(const std::set<UtcDay> purged, purged_days(job, store, calls));
    MediaTotals totals;
    LineWorker worker(
        job, std::move(parser), never_stopped(), [&](EventChunk& chunk) -> Result<void> {
            take_back_days(purged, chunk);
            add_to(totals, chunk);
            chunk = EventChunk();
            return {};
        });
    TIDEMARK_RETURN_IF_ERROR(worker.read(input));
    return totals;
}

Result<void> visit_events(const MediaJob& job,
                          EventInput& input,
                          EventParser parser,
                          const std::function<Result<void>(const GaugeEvent&)>& take) {
    LineWorker worker(
        job, std::move(parser), never_stopped(), [&take](EventChunk& chunk) -> Result<void> {
            for (const GaugeEvent& event : chunk.events) {
                TIDEMARK_RETURN_IF_ERROR(take(event));
            }
            chunk = EventChunk();
            return {};
        });
    return worker.read(input);
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
