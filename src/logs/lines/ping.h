#pragma once
// Player pings: combined log lines whose URL is the beacon.
//
// Which pings count as what, reading.events says. A ping that is none of these is ignored.

#include <memory>

#include "base/result.h"
#include "logs/lines/line_parser.h"
#include "logs/lines/reading.h"

namespace tidemark {

Result<std::unique_ptr<LineParser>> make_ping_parser(const Reading& reading);

}  // namespace tidemark
