#include "logs/aggregation.h"

#include <utility>

#include "logs/lines/formats.h"
#include "logs/log_reader.h"

namespace tidemark {

Result<std::unique_ptr<LogReader>> LogReader::make(Reading reading, const Clock& clock) {
    LogReaderParts parts;
    TIDEMARK_ASSIGN_OR_RETURN(parts.parser, make_line_parser(reading));
    TIDEMARK_ASSIGN_OR_RETURN(parts.finder, SubjectFinder::make(reading.subject));
    return make_log_reader(std::move(reading), std::move(parts), clock);
}

}  // namespace tidemark
