#include "sync/postgres_tables/local_labels.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include <date/tz.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sync/span_set.h"

namespace tidemark {

namespace {

using std::chrono::seconds;
using std::chrono::sys_seconds;

template <typename Rule>
using Names = std::array<std::pair<Rule, std::string_view>, 3>;

constexpr Names<RepeatedTime> repeated_names = {{{RepeatedTime::both, "both"},
                                                 {RepeatedTime::earlier, "earlier"},
                                                 {RepeatedTime::later, "later"}}};
constexpr Names<SkippedTime> skipped_names = {{{SkippedTime::refused, "refused"},
                                               {SkippedTime::shifted, "shifted"},
                                               {SkippedTime::ignored, "ignored"}}};
constexpr std::array<std::pair<LocalDayRule, std::string_view>, 2> day_names = {
    {{LocalDayRule::overlapping, "overlapping"}, {LocalDayRule::same_date, "same_date"}}};

template <typename Names, typename Rule>
std::string_view name_of(const Names& names, Rule rule) {
    return std::ranges::find(names, rule, &Names::value_type::first)->second;
}

template <typename Names>
auto parse_name(const Names& names, std::string_view text) {
    using Rule = typename Names::value_type::first_type;
    const auto found = std::ranges::find(names, text, &Names::value_type::second);
    if (found != names.end()) {
        return Result<Rule>(found->first);
    }
    std::vector<std::string_view> expected;
    for (const auto& [rule, name] : names) {
        expected.push_back(name);
    }
    return Result<Rule>(Error{ErrorKind::invalid_input,
                              fmt::format("'{}': expected {}", text, fmt::join(expected, " or "))});
}

const date::time_zone& zone_of(const void* zone) {
    return *static_cast<const date::time_zone*>(zone);
}

// When the label occurs: once, twice, or never.
struct Occurrences {
    int count = 1;
    sys_seconds first{};  // where it never occurs: by the clock as it was before the change
    sys_seconds second{};
};

Occurrences occurrences_of(const date::time_zone& zone, std::int64_t label) {
    const date::local_seconds local{seconds(label)};
    const date::local_info info = zone.get_info(local);
    const sys_seconds first(local.time_since_epoch() - info.first.offset);
    if (info.result == date::local_info::nonexistent) {
        return {.count = 0, .first = first};
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

std::string_view to_string(RepeatedTime rule) {
    return name_of(repeated_names, rule);
}

std::string_view to_string(SkippedTime rule) {
    return name_of(skipped_names, rule);
}

std::string_view to_string(LocalDayRule rule) {
    return name_of(day_names, rule);
}

Result<RepeatedTime> parse_repeated_time(std::string_view text) {
    return parse_name(repeated_names, text);
}

Result<SkippedTime> parse_skipped_time(std::string_view text) {
    return parse_name(skipped_names, text);
}

Result<LocalDayRule> parse_local_day_rule(std::string_view text) {
    return parse_name(day_names, text);
}

Result<LocalZone> LocalZone::find(const std::string& name) {
    try {
        return LocalZone(date::locate_zone(name));
    } catch (const std::runtime_error&) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("time zone '{}': not in the tz database", name)};
    }
}

Result<std::vector<TimeRange>> LocalZone::slots(std::span<const std::int64_t> labels,
                                                seconds slot,
                                                const LocalTimeRules& rules) const {
    const date::time_zone& zone = zone_of(zone_);
    std::vector<Occurrences> all;
    sys_seconds latest = sys_seconds::min();
    for (const std::int64_t label : labels) {
        const Occurrences occurrences = occurrences_of(zone, label);
        if (occurrences.count == 0 && rules.skipped == SkippedTime::refused) {
            return Error{ErrorKind::invalid_input,
                         fmt::format("local time {} does not exist in {}: clocks were set forward; "
                                     "is it the zone that the table is written in?",
                                     label_text(label),
                                     zone.name())};
        }
        if (occurrences.count > 0 || rules.skipped == SkippedTime::shifted) {
            latest = std::max(latest, occurrences.first);
            all.push_back(occurrences);
        }
    }
    std::vector<Span> spans;
    for (const Occurrences& occurrences : all) {
        const bool twice = occurrences.count == 2;
        if (!twice || rules.repeated != RepeatedTime::later) {
            spans.push_back(span_of(occurrences.first, slot));
        }
        if (twice && (rules.repeated == RepeatedTime::later ||
                      (rules.repeated == RepeatedTime::both && latest > occurrences.second))) {
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

std::vector<DayRange> LocalZone::utc_days(std::span<const std::int64_t> local_days,
                                          const LocalTimeRules& rules) const {
    std::vector<Span> spans;
    for (const std::int64_t day : local_days) {
        const bool same_date = rules.days == LocalDayRule::same_date;
        const sys_seconds begin = same_date ? sys_seconds(seconds(day * 86400)) : begin_of(day);
        const seconds length = same_date ? seconds(86400) : begin_of(day + 1) - begin;
        spans.push_back(span_of(begin, length));
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
