#include "report/instant_text.h"

#include <fmt/format.h>

#include "domain/utc_day.h"

namespace tidemark {

std::string instant_text(Timestamp instant) {
    const auto second = std::chrono::floor<std::chrono::seconds>(instant);
    const UtcDay day = UtcDay::containing(second);
    const auto within = (second - day.begin()).count();
    return fmt::format(
        "{}T{:02}:{:02}:{:02}Z", day.to_string(), within / 3600, within / 60 % 60, within % 60);
}

std::string duration_text(std::chrono::microseconds duration) {
    const double seconds = std::chrono::duration<double>(duration).count();
    if (seconds < 10) {
        return fmt::format("{:.2g} s", seconds);
    }
    const std::int64_t whole = duration / std::chrono::seconds(1);
    if (whole < 60) {
        return fmt::format("{} s", whole);
    }
    if (whole < 3600) {
        return fmt::format("{} min {} s", whole / 60, whole % 60);
    }
    if (whole < 86400) {
        return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
    }
    return fmt::format("{} d {} h", whole / 86400, whole / 3600 % 24);
}

}  // namespace tidemark
