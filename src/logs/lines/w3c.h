#pragma once
// The W3C extended log file format, as IIS and others write it.
//
// #Fields may come again with another layout; #Date gives the day where only the time is a column.
// A line that has not as many columns as its layout is malformed.

#include <memory>

#include "base/result.h"
#include "logs/lines/line_parser.h"
#include "logs/lines/reading.h"

namespace tidemark {

Result<std::unique_ptr<LineParser>> make_w3c_parser(const Reading& reading);

}  // namespace tidemark
