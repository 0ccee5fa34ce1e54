#pragma once
// A file of pre-aggregated rows: CSV with a header line, or one JSON object a line, told apart by
// the first character; plain, gzip or zstd.
//
//   site_id,date,bytes_streamed,requests          {"site_id": "a", "slot": "2026-11-01T10:30Z",
//   a,2024-02-29,1048576,12                        "bytes_streamed": 1048576, "requests": 12}
//
// Columns go by name: the dataset's subject column (or `subject`), every metric, and either `date`,
// a UTC day, or `slot`, the instant at which a slot begins (any form of logs/lines/time_text.h).
// The first row decides between the two for the whole file. Rows of equal keys are added up.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/content_hash.h"
#include "base/result.h"
#include "domain/batch.h"
#include "domain/dataset.h"
#include "domain/usage_rows.h"
#include "logs/aggregation.h"
#include "logs/byte_source.h"
#include "rows/row_sorter.h"

namespace tidemark {

struct RowReading {
    Dataset dataset;
    RowSorter::Limits sorting{};
    std::size_t line_length_max = 65536;
    std::size_t rejected_samples_max = 300;
    std::uint64_t expanded_bytes_max = std::uint64_t{64} << 30U;
    std::chrono::seconds future_tolerance{300};
};

// What a file gave. A header line and empty lines are comments.
struct RowFile {
    LineCounts counts;
    std::vector<std::pair<std::string, std::int64_t>> rejected_by_reason;  // words of RejectReason
    std::vector<RejectedSample> rejected_samples;                          // the first ones
    bool day_grained = false;  // rows are of whole days, and lie in the first slot of each
    // Of the accepted rows in key order: how the file was packed or written and in which order its
    // rows came is no matter; a rejected row is no content.
    ContentHash content_hash;
    std::uint64_t bytes_read = 0;  // as stored
    std::unique_ptr<RowSource> rows;
};

enum class RowForm { csv, json_lines };

// Reads rows to the end of `source`; `name` is for messages. Without a form it is told by the first
// character, and nothing at all is an error; with one, JSON lines may be none. Fails as
// read_row_file() does.
Result<RowFile> read_rows(ByteSource& source,
                          const std::string& name,
                          std::optional<RowForm> form,
                          const RowReading& reading,
                          const Clock& clock,
                          const ProgressCallback& progress);

// Reads one file ("-": standard input) to its end, in memory that follows `sorting`. Fails with
//   not_found      no such file, or it cannot be opened
//   invalid_input  a directory; nothing in it; a header without a needed column, with an unknown
//                  one or with one twice; damaged compression
//   refused        the values of one key add up to more than 64 bits
//   unavailable    the medium fails, or the temporary file cannot be written
Result<RowFile> read_row_file(const std::string& path,
                              const RowReading& reading,
                              const Clock& clock,
                              const ProgressCallback& progress);

}  // namespace tidemark
