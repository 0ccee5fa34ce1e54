#pragma once
// UsageCursor: where the next page of a usage answer begins, as a text that only this service can
// read.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/content_hash.h"
#include "base/result.h"
#include "domain/utc_day.h"
#include "http/target.h"

namespace tidemark {

// What is as it was when the first page was asked for stays so: the range, which by default ends
// tomorrow, and the instant up to which all was complete.
struct UsageCursor {
    ContentHash question{};  // digest_of_question()
    UtcDay from;
    UtcDay to;
    std::optional<std::chrono::sys_seconds> until{};
    std::string after;  // the last subject of the page before
};

// Of the parameters as they are given, in any order, but for `cursor` and `limit`: a cursor leads
// on in the question that it came from and in no other.
ContentHash digest_of_question(const http::Target& target);

// Letters and digits. A sum of what is in it finds each change of them.
std::string to_text(const UsageCursor& cursor);

// Fails with invalid_input for a text that to_text() did not write.
Result<UsageCursor> parse_usage_cursor(std::string_view text);

}  // namespace tidemark
