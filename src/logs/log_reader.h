#pragma once
// make_log_reader(): a LogReader of parts that are made already.

#include <cstddef>
#include <memory>

#include "base/clock.h"
#include "base/result.h"
#include "logs/aggregation.h"
#include "logs/lines/formats.h"
#include "logs/lines/line_parser.h"
#include "logs/lines/reading.h"

namespace tidemark {

struct LogReaderParts {
    std::unique_ptr<LineParser> parser;
    std::unique_ptr<SubjectFinder> finder;
    std::size_t block_bytes = std::size_t{256} << 10U;  // what is read, cut and counted at a time
};

// LogReader::make() for a parser and a finder of the caller's. Fails with invalid_input for counts
// and sizes out of range and for statuses that are none. `clock` must outlive the reader.
Result<std::unique_ptr<LogReader>> make_log_reader(Reading reading,
                                                   LogReaderParts parts,
                                                   const Clock& clock);

}  // namespace tidemark
