#pragma once
// The truth of generated logs as JSON, in the words of `aggregate --dry-run --json`.

#include <string>

#include "generate/log_generator.h"
#include "generate/truth.h"

namespace tidemark {

// lines, comments, accepted, rejected, ignored, rejected_by_reason, ignored_by_rule, subjects,
// totals, by_day, by_slot; and by_subject (subject -> metric -> sum). Ends with a line end.
std::string truth_json(const LogGenerator& generator, const GeneratedTruth& truth);

}  // namespace tidemark
