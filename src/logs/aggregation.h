#pragma once
// LogReader: a log file in, usage by subject and slot out.

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/content_hash.h"
#include "base/result.h"
#include "domain/batch.h"
#include "domain/usage_rows.h"
#include "logs/byte_source.h"
#include "logs/lines/log_record.h"
#include "logs/lines/reading.h"

namespace tidemark {

struct RejectedLine {
    std::int64_t line = 0;  // from 1
    RejectReason reason{};
    std::string text;  // the line's beginning, at most 512 bytes, made valid UTF-8
};

// What one file gave. `rows` reads out of the table of subjects and slots in key order without
// copying it; its memory follows the distinct (subject, slot), never the length of the file.
struct Aggregation {
    LineCounts counts;
    std::array<std::int64_t, reject_reason_count> rejected_by_reason{};
    std::array<std::int64_t, ignore_reason_count> ignored_by_reason{};
    std::vector<RejectedLine> rejected_samples;  // the first ones of the file, in line order
    std::size_t subject_count = 0;
    SlotTotals slot_totals;
    ContentHash content_hash;      // of the decompressed content: how it was packed is no matter
    std::uint64_t bytes_read = 0;  // as stored
    std::uint64_t bytes_expanded = 0;  // decompressed
    bool truncated = false;            // a compressed file that ended too early (accept_truncated)
    std::unique_ptr<RowSource> rows;
};

// Reported by the thread that called read(), every 50 ms at most and once at the end.
struct ReadingProgress {
    std::uint64_t bytes_read = 0;  // of the file as stored
    std::uint64_t bytes_expanded = 0;
    std::int64_t lines = 0;
};
using ProgressCallback = std::function<void(const ReadingProgress&)>;

// Checks the reading once (unknown format, pattern without capture, unknown zone ...), so that
// files need not. Immutable afterwards; read() may be called from several threads at once.
class LogReader {
 public:
    // Fails with invalid_input, naming the option and its value. `clock` must outlive the reader.
    static Result<std::unique_ptr<LogReader>> make(Reading reading, const Clock& clock);
    virtual ~LogReader() = default;

    // Reads one file ("-": standard input) to its end: plain, gzip or zstd, told by content. Fails
    // with
    //   not_found      no such file, or it cannot be opened (the reason is in the message)
    //   invalid_input  a directory, more different days than days_max, a compressed file that
    //                  expands beyond expanded_bytes_max, is damaged or ends too early
    //   refused        a sum beyond 64 bits
    //   unavailable    the medium fails, or memory runs out
    // The result does not depend on the number of threads. A line is asked in this order: is it
    // text, understood, not of the future, countable by status and method, of a subject.
    [[nodiscard]] virtual Result<Aggregation> read(const std::string& path,
                                                   const ProgressCallback& progress) const = 0;

    // The same of what a source gives, as it gives it.
    [[nodiscard]] virtual Result<Aggregation> read_source(
        std::unique_ptr<ByteSource> source, const ProgressCallback& progress) const = 0;
};

}  // namespace tidemark
