#include "pings/ping_batches.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "journal/segment.h"
#include "worker/batch_input.h"
#include "worker/send_batch.h"

namespace tidemark {

namespace {

namespace fs = std::filesystem;

// What of a segment is none of its records.
struct Waste {
    std::uint64_t torn_bytes = 0;
    std::uint64_t damaged_bytes = 0;
};

// The contents of a segment's records, one after the other.
class SegmentSource final : public ByteSource {
 public:
    SegmentSource(std::unique_ptr<SegmentReader> segment, Waste& waste)
        : segment_(std::move(segment)), waste_(waste) {}

    Result<std::size_t> read(std::span<char> into) override {
        while (rest_.empty()) {
            TIDEMARK_ASSIGN_OR_RETURN(const std::optional<std::string_view> record,
                                      segment_->next());
            if (!record.has_value()) {
                waste_ = {.torn_bytes = segment_->torn_bytes(),
                          .damaged_bytes = segment_->damaged_bytes()};
                return 0;
            }
            rest_ = *record;
        }
        const std::size_t count = std::min(rest_.size(), into.size());
        std::ranges::copy(rest_.substr(0, count), into.begin());
        rest_.remove_prefix(count);
        return count;
    }

    [[nodiscard]] std::uint64_t bytes_read() const override { return segment_->bytes_read(); }

 private:
    std::unique_ptr<SegmentReader> segment_;
    std::string_view rest_;
    Waste& waste_;
};

// Of a segment that is in the store. One that the disk has changed stays for somebody to look at.
Result<void> remove_segment(const std::string& path, const Waste& waste) {
    std::error_code error;
    if (waste.torn_bytes > 0) {
        log_event(LogLevel::warning,
                  "pings.torn",
                  {{"segment", path}, {"bytes", std::to_string(waste.torn_bytes)}});
    }
    if (waste.damaged_bytes > 0) {
        log_event(LogLevel::error,
                  "pings.damaged",
                  {{"segment", path + ".damaged"}, {"bytes", std::to_string(waste.damaged_bytes)}});
        fs::rename(path, path + ".damaged", error);
    } else {
        fs::remove(path, error);
    }
    if (error) {
        return Error{ErrorKind::unavailable,
                     fmt::format("segment '{}': cannot be removed: {}", path, error.message())};
    }
    return {};
}

Result<bool> has_records(const std::string& path) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<SegmentReader> segment,
                              SegmentReader::open(path));
    TIDEMARK_ASSIGN_OR_RETURN(const std::optional<std::string_view> first, segment->next());
    return first.has_value();
}

// Nothing for a segment without a record.
Result<std::optional<StoredBatch>> store_segment(const PingJob& job,
                                                 const std::string& path,
                                                 const LogReader& reader,
                                                 const StoreOpener& open_store) {
    Waste waste;
    std::optional<StoredBatch> stored;
    TIDEMARK_ASSIGN_OR_RETURN(const bool any, has_records(path));
    if (any) {
        const std::string name = fs::path(path).filename().string();
        const ReadInput read = [&](const ProgressCallback& progress) -> Result<BatchInput> {
            TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<SegmentReader> segment,
                                      SegmentReader::open(path));
            TIDEMARK_ASSIGN_OR_RETURN(
                Aggregation aggregation,
                reader.read_source(std::make_unique<SegmentSource>(std::move(segment), waste),
                                   progress));
            BatchInput input;
            input.batch = batch_of(name, aggregation);
            input.rows = std::move(aggregation.rows);
            input.bytes_read = aggregation.bytes_read;
            return input;
        };
        const BatchJob batch{.run_job = "pings",
                             .dataset = job.dataset,
                             .feed = job.feed,
                             .key = "journal " + SegmentName::parse(name)->identity,
                             .covers = {},
                             .rejected_share_max = 1.0,
                             .correction = std::nullopt};
        TIDEMARK_ASSIGN_OR_RETURN(SentBatch sent, send_batch(batch, read, open_store, {}));
        if (sent.error.has_value()) {
            return with_context("segment " + name, *std::move(sent.error));
        }
        stored = std::move(sent.stored);
    }
    TIDEMARK_RETURN_IF_ERROR(remove_segment(path, waste));
    return stored;
}

// Every slot that ended before `through`, from where the feed's coverage ends.
std::optional<SlotRange> slots_to_cover(const Coverage& known, Timestamp began, Timestamp through) {
    const auto slot_of = [](Timestamp instant) {
        return Slot::containing(std::chrono::floor<std::chrono::seconds>(instant));
    };
    const Slot from = known.empty() ? slot_of(began) : known.ranges().back().end;
    const Slot to = slot_of(through);
    return from < to ? std::optional(SlotRange{.begin = from, .end = to}) : std::nullopt;
}

Result<std::optional<SlotRange>> declare_coverage(const PingJob& job,
                                                  Store& store,
                                                  Timestamp began,
                                                  Timestamp through) {
    TIDEMARK_ASSIGN_OR_RETURN(const Coverage known, store.coverage(job.dataset, job.feed));
    const std::optional<SlotRange> range = slots_to_cover(known, began, through);
    if (range.has_value()) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t run,
                                  store.begin_run("pings", job.dataset, job.feed));
        RunEnd end{.outcome = RunOutcome::succeeded, .covered = {}, .error = {}};
        end.covered.add(*range);
        TIDEMARK_RETURN_IF_ERROR(store.end_run(run, end));
    }
    return range;
}

}  // namespace

Result<PingPass> store_pings(const PingJob& job,
                             PingCollector& collector,
                             const LogReader& reader,
                             const StoreOpener& open_store) {
    TIDEMARK_ASSIGN_OR_RETURN(const PingCollector::Sealed sealed, collector.seal());
    PingPass pass;
    std::optional<Error> failure;
    for (const std::string& path : sealed.segments) {
        const Result<std::optional<StoredBatch>> stored =
            store_segment(job, path, reader, open_store);
        if (!stored.has_value()) {
            // One that is refused does not hold up the others, but holds the coverage.
            failure = failure.has_value() ? failure : stored.error();
        } else if (stored->has_value()) {
            ++pass.batches;
            pass.already_stored += (*stored)->already_stored ? 1 : 0;
        }
    }
    if (failure.has_value()) {
        return *failure;
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<Store> store, open_store());
    TIDEMARK_ASSIGN_OR_RETURN(pass.covered,
                              declare_coverage(job, *store, collector.began(), sealed.through));
    return pass;
}

}  // namespace tidemark
