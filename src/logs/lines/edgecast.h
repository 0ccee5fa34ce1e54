#pragma once
// EdgeCast's raw logs.
//
// Columns are separated by single blanks, and '"' begins and ends a text that may hold blanks;
// there is no escape, so a line with an odd number of quotes is malformed. Columns missing at a
// line's end are tolerated when the blank after the last one that is needed is still there.

#include <memory>

#include "base/result.h"
#include "logs/lines/line_parser.h"
#include "logs/lines/reading.h"

namespace tidemark {

Result<std::unique_ptr<LineParser>> make_edgecast_parser(const Reading& reading);

}  // namespace tidemark
