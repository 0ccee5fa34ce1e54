// Cursors as they come in and as somebody would make them up: the sum at the end is no secret, so
// it is put right before the rest is looked at.

#include "serve/usage_cursor.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/content_hash.h"

namespace {

using namespace tidemark;

// What is read is what somebody could have asked for, and is written as it was read.
void check(std::string_view text) {
    const Result<UsageCursor> cursor = parse_usage_cursor(text);
    if (!cursor.has_value()) {
        TIDEMARK_CHECK(cursor.error().kind == ErrorKind::invalid_input);
        return;
    }
    for (const UtcDay day : {cursor->from, cursor->to}) {
        TIDEMARK_CHECK(UtcDay::parse(day.to_string()) == day);
    }
    TIDEMARK_CHECK(cursor->from < cursor->to);
    TIDEMARK_CHECK(cursor->after.find('\0') == std::string::npos);
    const Result<UsageCursor> again = parse_usage_cursor(to_text(*cursor));
    TIDEMARK_CHECK(again.has_value());
    TIDEMARK_CHECK(again->question == cursor->question && again->after == cursor->after);
    TIDEMARK_CHECK(again->from == cursor->from && again->to == cursor->to);
    TIDEMARK_CHECK(again->until == cursor->until);
}

std::string with_sum(std::string_view content) {
    ContentHasher hasher;
    hasher.update("cursor of usage ");
    hasher.update(content);
    return std::string(content) + hasher.finish().to_string();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    check(text);
    check(with_sum(text));
    return 0;
}
