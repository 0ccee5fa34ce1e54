#pragma once
// What an answer about usage depends on, in one word, told without answering.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "report/usage_answer.h"

namespace tidemark {

// The UTC days that the answer reads, half-open: what Store::answer_version() is to be asked for.
// Fails as previous_request() and local_days().
Result<std::pair<UtcDay, UtcDay>> days_read(const UsageQuestion& question);

// All but the subjects of what the answer depends on: the rest of the question, the store's version
// of the days read and, where `says_progress`, what is said of how far the data is complete. How
// old that is, which changes by itself, does not count. The same for questions that are asked alike
// (report/usage_shares.h). Fails as bounded_request() and progress_of().
Result<std::string> shared_tag(const UsageQuestion& question,
                               const KnownProgress& known,
                               std::string_view version,
                               bool says_progress);

// 32 hexadecimal digits: the same as long as the shared tag and the subjects are. `form` is
// whatever else makes answers differ, such as their media type.
std::string usage_tag(std::string_view shared,
                      const std::vector<std::string>& subjects,
                      std::string_view form);

}  // namespace tidemark
