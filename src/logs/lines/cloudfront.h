#pragma once
// CloudFront's standard logs (access logs version 1).
//
// Columns are separated by tabs; #Fields says which they are. Without it the configured layout
// holds, and without that the documented order, of which older files have only the first 12 or
// more. A line that has not as many columns as its layout is malformed.

#include <memory>

#include "base/result.h"
#include "logs/lines/line_parser.h"
#include "logs/lines/reading.h"

namespace tidemark {

Result<std::unique_ptr<LineParser>> make_cloudfront_parser(const Reading& reading);

}  // namespace tidemark
