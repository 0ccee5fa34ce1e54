#include "logs/lines/local_time.h"

#include <exception>

#include <date/tz.h>
#include <fmt/format.h>

namespace tidemark {

namespace {

date::local_info find_info(const date::time_zone& zone, std::int64_t reading) {
    return zone.get_info(date::local_seconds(std::chrono::seconds(reading)));
}

}  // namespace

Result<LocalTime> LocalTime::make(const std::string& zone) {
    if (zone == "UTC" || zone == "Etc/UTC") {
        return LocalTime(nullptr);
    }
    try {
        return LocalTime(date::locate_zone(zone));
    } catch (const std::exception&) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("time zone '{}': not a name of the tz database; expected one like "
                                 "UTC or America/New_York",
                                 zone)};
    }
}

void LocalTime::look_up(std::int64_t hour, Hour& found) const {
    const date::local_info first = find_info(*zone_, hour * 3600);
    const date::local_info last = find_info(*zone_, hour * 3600 + 3599);
    // Two changes within an hour that undo each other do not happen, so its ends speak for it.
    const bool regular = first.result == date::local_info::unique &&
                         last.result == date::local_info::unique &&
                         first.first.offset == last.first.offset;
    found = {.hour = hour, .offset_s = first.first.offset.count(), .regular = regular};
}

std::optional<std::int64_t> LocalTime::find_irregular(std::int64_t reading) const {
    const date::local_info info = find_info(*zone_, reading);
    if (info.result == date::local_info::nonexistent) {
        return std::nullopt;
    }
    // Of an ambiguous reading `first` is the offset before the change: the earlier instant.
    return reading - info.first.offset.count();
}

}  // namespace tidemark
