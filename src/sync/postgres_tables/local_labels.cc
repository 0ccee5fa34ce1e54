#include "sync/postgres_tables/local_labels.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <date/tz.h>
#include <fmt/format.h>

#include "sync/span_set.h"

namespace tidemark {

namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

const date::time_zone& zone_of(const void* zone) {
    return *static_cast<const date::time_zone*>(zone);
}

// When the label occurs: once, twice, or never.
struct Occurrences {
    int count = 1;
    sys_seconds first{};
    sys_seconds second{};
};

Occurrences occurrences_of(const date::time_zone& zone, std::int64_t label) {
    const date::local_seconds local{seconds(label)};
    const date::local_info info = zone.get_info(local);
    const sys_seconds first(local.time_since_epoch() - info.first.offset);
    if (info.result == date::local_info::nonexistent) {
        return {.count = 0};
    }
    if (info.result == date::local_info::unique) {
        return {.count = 1, .first = first, .second = first};
    }
    return {.count = 2,
            .first = first,
            .second = sys_seconds(local.time_since_epoch() - info.second.offset)};
}

std::string label_text(std::int64_t label) {
    std::string text = instant_text(sys_seconds(seconds(label)));
    text.pop_back();  // it is no UTC
    return text;
}

Span span_of(sys_seconds from, seconds length) {
    const std::int64_t begin = from.time_since_epoch().count();
    return {begin, begin + length.count()};
}

}  // namespace

Result<LocalZone> LocalZone::find(const std::string& name) {
    try {
        return LocalZone(date::locate_zone(name));
    } catch (const std::runtime_error&) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("time zone '{}': not in the tz database", name)};
    }
}

Result<std::vector<TimeRange>> LocalZone::slots(std::span<const std::int64_t> labels,
                                                seconds slot) const {
    const date::time_zone& zone = zone_of(zone_);
    std::vector<Occurrences> all;
    sys_seconds latest = sys_seconds::min();
    for (const std::int64_t label : labels) {
        const Occurrences occurrences = occurrences_of(zone, label);
        if (occurrences.count == 0) {
            return Error{ErrorKind::invalid_input,
                         fmt::format("local time {} does not exist in {}: clocks were set forward; "
                                     "is it the zone that the table is written in?",
                                     label_text(label),
                                     zone.name())};
        }
        latest = std::max(latest, occurrences.first);
        all.push_back(occurrences);
    }
    std::vector<Span> spans;
    for (const Occurrences& occurrences : all) {
        spans.push_back(span_of(occurrences.first, slot));
        if (occurrences.count == 2 && latest > occurrences.second) {
            spans.push_back(span_of(occurrences.second, slot));
        }
    }
    std::vector<TimeRange> ranges;
    const SpanSet covered = SpanSet::of(std::move(spans));
    for (const Span& span : covered.spans()) {
        ranges.push_back({sys_seconds(seconds(span.begin)), sys_seconds(seconds(span.end))});
    }
    return ranges;
}

sys_seconds LocalZone::begin_of(std::int64_t local_day) const {
    const date::local_seconds midnight{seconds(local_day * 86400)};
    // Where midnight is skipped this is the instant of the change, the day's first.
    return zone_of(zone_).to_sys(midnight, date::choose::earliest);
}

std::int64_t LocalZone::day_at(sys_seconds instant) const {
    return std::chrono::floor<date::days>(zone_of(zone_).to_local(instant))
        .time_since_epoch()
        .count();
}

std::vector<DayRange> LocalZone::utc_days(std::span<const std::int64_t> local_days) const {
    std::vector<Span> spans;
    for (const std::int64_t day : local_days) {
        const sys_seconds begin = begin_of(day);
        spans.push_back(span_of(begin, begin_of(day + 1) - begin));
    }
    std::vector<DayRange> days;
    const SpanSet covered = SpanSet::of(std::move(spans));
    for (const Span& span : covered.spans()) {
        const UtcDay holding = UtcDay::containing(sys_seconds(seconds(span.begin)));
        const UtcDay from = span.begin % 86400 == 0 ? holding : holding.next();
        const UtcDay to = UtcDay::containing(sys_seconds(seconds(span.end)));
        if (from < to) {
            days.push_back({from, to});
        }
    }
    return days;
}

}  // namespace tidemark
