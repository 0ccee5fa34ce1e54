#pragma once
// The combined and common log formats of Apache and nginx.

#include <memory>

#include "base/result.h"
#include "logs/lines/line_parser.h"
#include "logs/lines/reading.h"

namespace tidemark {

Result<std::unique_ptr<LineParser>> make_combined_parser(const Reading& reading);

}  // namespace tidemark
