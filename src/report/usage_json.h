#pragma once
// A usage report as JSON, written as it goes: no document is built, for an answer is asked for far
// more often than anything else, and building one costs several times what writing it does.

#include <string>

#include "report/usage_report.h"

namespace tidemark {

// As format_usage() says of `json`, indented by two blanks a level. Subjects are bytes: what is not
// UTF-8 is replaced by U+FFFD rather than refused.
std::string usage_json(const UsageReport& report);

// As format_usage() says of `ndjson`.
std::string usage_ndjson(const UsageReport& report);

}  // namespace tidemark
