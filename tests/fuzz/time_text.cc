// Any text as a time, in UTC and in a zone with odd changes: what is read is of the known years.
#include "logs/lines/time_text.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"

namespace {

void check(const std::optional<std::chrono::sys_seconds>& time) {
    constexpr std::int64_t first_second = -62135596800;
    constexpr std::int64_t end_second = 253402300800;
    if (time.has_value()) {
        const std::int64_t seconds = time->time_since_epoch().count();
        TIDEMARK_CHECK(seconds >= first_second && seconds < end_second);
    }
}

}  // namespace

// The name is libFuzzer's. NOLINTNEXTLINE(readability-identifier-naming)
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
    static auto utc = tidemark::TimeText::make("UTC");
    static auto local = tidemark::TimeText::make("Australia/Lord_Howe");
    const std::string_view text(reinterpret_cast<const char*>(input), size);
    check(utc->parse(text));
    check(local->parse(text));
    const std::size_t half = size / 2;
    check(local->parse(text.substr(0, half), text.substr(half)));
    return 0;
}
