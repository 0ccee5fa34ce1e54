#pragma once
// Copying a whole store into another: what a source lends and what a target takes, part by part.
//
// A part is a table in a form that every store understands: rows of values, in an order that does
// not change while nothing is stored. Big parts, which nobody sees before the end, are taken chunk
// by chunk; the small ones, by which datasets become known, come last and in one transaction. So a
// target that is half copied knows no dataset, and whoever asks it is told so.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "domain/dataset.h"
#include "domain/utc_day.h"

namespace tidemark {

enum class CopyPartKind {
    // Of a dataset, taken in chunks.
    batch_rows,     // integer batch_seq, text subject, day, integer slot in day, integer per metric
    daily_rows,     // day, text subject, integer per metric, integer folded_through
    gauge_events,   // integer batch_seq, integer metric from 1, text subject, instant, integer
                    // value, text event id or nothing
    gauge_repeats,  // integer batch_seq, day, bytes
    gauge_rows,     // text subject, day, and per metric integer value, instant, integer mark, or
                    // nothing for all three
    // Taken in chunks.
    adjustments,       // text dataset, integer batch_seq, text subject, integers slot, rows, totals
    rejected_samples,  // text dataset, integer batch_seq, integer ordinal, integer line, text
                       // reason, bytes text
    // Taken together at the end.
    datasets,      // text name, text kind, text subject, texts metrics, integer last_seq, integer
                   // folded_through, flag partial
    batches,       // text dataset, integer batch_seq, text feed, text key, hash, integer voids or
                   // nothing, bytes source, integers lines, comments, accepted, rejected, ignored,
                   // text reasons as JSON, integer rows, totals, days, flag day_grained, instant
    purged_days,   // text dataset, day
    runs,          // integer id, text job, text dataset, text feed, instants started, heartbeat,
                   // ended or nothing, text outcome, integers rows, bytes, text error
    run_coverage,  // integer run, integers begin slot, end slot
    sealed_days,   // text dataset, day, integers revision, through, totals, instant, text freeze
                   // policy or nothing
    seal_events,   // text dataset, integer event, day, integer revision, totals or nothing,
                   // totals, integer through, instant
    corrections,   // text dataset, integer batch_seq, text kind, integers voiding or nothing, new
                   // or nothing, texts reason, by, instant
    erasures,      // text dataset, texts digest, reason, by, integers batches, batch rows, daily
                   // rows, samples, instant
    erased_batches,    // text dataset, integer batch_seq, day, integers revision, rows, totals
    erased_days,       // text dataset, day, integer revision, totals
    adjusted_batches,  // text dataset, integers batch_seq, booked slot, rows, totals
};

struct CopyPart {
    CopyPartKind kind;
    std::string dataset{};  // of those that are a dataset's

    [[nodiscard]] bool in_chunks() const { return kind <= CopyPartKind::rejected_samples; }
    // "batch_rows cdn"
    [[nodiscard]] std::string name() const;
};

// What a store of these datasets consists of, in the order in which it is taken.
std::vector<CopyPart> copy_parts(const std::vector<Dataset>& datasets);

// A value: nothing, a number (integers, days since 1970-01-01, instants in microseconds, flags), or
// bytes (texts; lists of numbers, totals and metrics with commas between; a hash in hexadecimal).
// Bytes are borrowed until the next row.
using CopyValue = std::variant<std::monostate, std::int64_t, std::string_view>;
using CopyRow = std::span<const CopyValue>;

// One moment of a store. One thread at a time.
class CopySource {
 public:
    CopySource() = default;
    CopySource(const CopySource&) = delete;
    CopySource& operator=(const CopySource&) = delete;
    virtual ~CopySource() = default;

    virtual Result<std::vector<Dataset>> datasets() = 0;

    // The days of which batch rows or events are retained, in order.
    virtual Result<std::vector<UtcDay>> days(std::string_view dataset) = 0;

    // Says what is stored: two sources with the same fingerprint lend the same rows.
    virtual Result<std::string> fingerprint() = 0;

    virtual Result<std::int64_t> row_count(const CopyPart& part) = 0;

    // Lends the rows behind the first `skipped`, to the end.
    virtual Result<void> read(const CopyPart& part,
                              std::int64_t skipped,
                              const std::function<Result<void>(CopyRow)>& take) = 0;
};

// A store that is being filled. One thread at a time.
class CopyTarget {
 public:
    CopyTarget() = default;
    CopyTarget(const CopyTarget&) = delete;
    CopyTarget& operator=(const CopyTarget&) = delete;
    virtual ~CopyTarget() = default;

    // Takes up where an earlier copy of the same fingerprint stopped. Fails with refused when
    // anything else is in the target. True when that copy is finished.
    virtual Result<bool> begin(const std::string& fingerprint) = 0;

    // Makes the tables that a dataset's rows of these days need.
    virtual Result<void> make_room(const Dataset& dataset, const std::vector<UtcDay>& days) = 0;

    // The rows of a part in chunks that are here already.
    virtual Result<std::int64_t> row_count(const CopyPart& part) = 0;

    // From here on every part belongs to one transaction, which finish() commits.
    virtual Result<void> begin_rest() = 0;

    // The part's next row; parts come one after the other, each ended.
    virtual Result<void> put(const CopyPart& part, CopyRow row) = 0;
    virtual Result<void> end(const CopyPart& part) = 0;

    // The copy is whole: the store is open to everybody.
    virtual Result<void> finish() = 0;
};

}  // namespace tidemark
