#pragma once
// JSON lines: one object a line, whatever its keys.

#include <memory>

#include "base/result.h"
#include "logs/lines/line_parser.h"
#include "logs/lines/reading.h"

namespace tidemark {

Result<std::unique_ptr<LineParser>> make_json_parser(const Reading& reading);

}  // namespace tidemark
