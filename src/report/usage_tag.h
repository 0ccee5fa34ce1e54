#pragma once
// What an answer about usage depends on, in one word, told without answering.

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "report/usage_answer.h"

namespace tidemark {

// The UTC days that the answer reads, half-open: what Store::answer_version() is to be asked for.
// Fails as previous_request() and local_days().
Result<std::pair<UtcDay, UtcDay>> days_read(const UsageQuestion& question);

// 32 hexadecimal digits: the same as long as the question, the store's version of the days read and
// what is said of how far the data is complete are. How old that is, which changes by itself, does
// not count. `form` is whatever else makes answers differ, such as their media type;
// `says_progress`: whether they say how far the data is complete. Fails as bounded_request() and
// progress_of().
Result<std::string> usage_tag(const UsageQuestion& question,
                              const KnownProgress& known,
                              std::string_view version,
                              std::string_view form,
                              bool says_progress);

}  // namespace tidemark
