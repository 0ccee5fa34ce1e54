#pragma once
// What a file holds, ready to be stored as a batch: of pre-aggregated rows, or of log lines.

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "domain/batch.h"
#include "logs/aggregation.h"
#include "rows/row_file.h"

namespace tidemark {

struct BatchInput {
    Batch batch;  // without dataset, feed and key
    std::unique_ptr<RowSource> rows;
    std::uint64_t bytes_read = 0;  // as stored
};

using ReadInput = std::function<Result<BatchInput>(const ProgressCallback&)>;

// What the registry is to keep of a file that was read; its identity has the content hash alone.
Batch batch_of(const std::string& file, const Aggregation& aggregation);

// What the registry is to keep of rows that were read, and the rows.
BatchInput batch_input_of(const std::string& source, RowFile read);

// Reads pre-aggregated rows. `clock` must outlive it.
ReadInput row_input(std::string file, RowReading reading, const Clock& clock);

// Reads log lines. `reader` must outlive it.
ReadInput log_input(std::string file, const LogReader& reader);

}  // namespace tidemark
