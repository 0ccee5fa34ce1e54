#pragma once
// Lines of columns separated by tabs or commas.
//
// With commas a column may be quoted as RFC 4180 says; with tabs quotes are ordinary characters.
// The first line names the columns unless a layout is configured. A line has as many columns as its
// header; empty ones beyond are tolerated.

#include <memory>

#include "base/result.h"
#include "logs/lines/line_parser.h"
#include "logs/lines/reading.h"

namespace tidemark {

Result<std::unique_ptr<LineParser>> make_delimited_parser(const Reading& reading);

}  // namespace tidemark
