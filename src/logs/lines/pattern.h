#pragma once
// A format of the user's own: an RE2 pattern with named captures.
//
// The pattern must match the whole line. Captures: time, date, bytes, status, method, url, query,
// host, and any that the subject rule or a metric rule names.

#include <memory>

#include "base/result.h"
#include "logs/lines/line_parser.h"
#include "logs/lines/reading.h"

namespace tidemark {

Result<std::unique_ptr<LineParser>> make_pattern_parser(const Reading& reading);

}  // namespace tidemark
