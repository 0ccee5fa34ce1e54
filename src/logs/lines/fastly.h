#pragma once
// Fastly's real-time logs: its default text form, or JSON lines.
//
// Either with or without a syslog prefix (RFC 3164-like, RFC 5424 or logplex). The prefix's time is
// when the line was sent; the event's own time is what counts.

#include <memory>

#include "base/result.h"
#include "logs/lines/line_parser.h"
#include "logs/lines/reading.h"

namespace tidemark {

Result<std::unique_ptr<LineParser>> make_fastly_parser(const Reading& reading);

}  // namespace tidemark
