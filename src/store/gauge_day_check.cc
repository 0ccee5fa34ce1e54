#include "store/gauge_day_check.h"

#include <vector>

#include <fmt/format.h>

#include "store/gauge_repeats.h"

namespace tidemark {

namespace {

std::string instant(Timestamp at) {
    return fmt::format("{} us", at.time_since_epoch().count());
}

}  // namespace

void GaugeDayCheck::add_row(const GaugeDay& row) {
    for (std::size_t metric = 0; metric < row.levels.size(); ++metric) {
        if (row.levels[metric].has_value()) {
            entries_[{row.subject, metric}].stored = row.levels[metric];
        }
    }
}

Difference GaugeDayCheck::at(const Place& place) const {
    return {.table = dataset_.name(), .subject = place.first, .day = day_};
}

Difference GaugeDayCheck::of_event(const GaugeEvent& event, std::int64_t batch_seq) const {
    Difference difference = at({event.subject, event.metric});
    difference.table += "_event";
    difference.batch_seq = batch_seq;
    return difference;
}

void GaugeDayCheck::add_event(std::int64_t batch_seq,
                              const GaugeEvent& event,
                              RowSum& sum,
                              const DifferenceSink& differs) {
    ++sum.row_count;
    sum.totals.resize(dataset_.metrics().size());
    if (event.metric >= dataset_.metrics().size()) {
        Difference wrong = of_event(event, batch_seq);
        wrong.field = "metric";
        wrong.expected = fmt::format("1 to {}", dataset_.metrics().size());
        wrong.found = std::to_string(event.metric + 1);
        differs(wrong);
        return;
    }
    sum.totals[event.metric] += event.value;
    if (event.day() != day_) {
        Difference wrong = of_event(event, batch_seq);
        wrong.field = "observed_at";
        wrong.expected = "on " + day_.to_string();
        wrong.found = instant(event.observed_at);
        differs(wrong);
    }
    if (voided_.contains(batch_seq)) {
        return;
    }
    Entry& entry = entries_[{event.subject, event.metric}];
    const std::optional<GaugeLevel> before = entry.recounted;
    observe(entry.recounted, {.observed_at = event.observed_at, .value = event.value});
    if (!before.has_value() || before->current != entry.recounted->current) {
        entry.batch_of_current = batch_seq;
    }
    if (!before.has_value() || before->mark != entry.recounted->mark) {
        entry.batch_of_mark = batch_seq;
    }
}

void GaugeDayCheck::add_repeats(std::int64_t batch_seq,
                                std::string_view packed,
                                RowSum& sum,
                                const DifferenceSink& differs) {
    const Result<std::vector<GaugeEvent>> events = unpack_repeats(packed);
    if (!events.has_value()) {
        differs({.table = dataset_.name() + "_repeat",
                 .day = day_,
                 .field = "events",
                 .expected = "packed events",
                 .found = "something else",
                 .batch_seq = batch_seq});
        return;
    }
    for (const GaugeEvent& event : *events) {
        add_event(batch_seq, event, sum, differs);
    }
}

void GaugeDayCheck::compare(const Place& place,
                            const Entry& entry,
                            const DifferenceSink& differs) const {
    const std::string& metric = dataset_.metrics()[place.second];
    const auto report =
        [&](std::string field, std::string expected, std::string found, std::int64_t batch_seq) {
            if (expected != found) {
                Difference difference = at(place);
                difference.field = std::move(field);
                difference.expected = std::move(expected);
                difference.found = std::move(found);
                if (batch_seq > 0) {
                    difference.batch_seq = batch_seq;
                }
                differs(difference);
            }
        };
    const auto say = [](const std::optional<GaugeLevel>& level, auto part) {
        return level.has_value() ? part(*level) : std::string("none");
    };
    const auto value = [](const GaugeLevel& level) { return std::to_string(level.current.value); };
    const auto time = [](const GaugeLevel& level) { return instant(level.current.observed_at); };
    const auto mark = [](const GaugeLevel& level) { return std::to_string(level.mark); };
    report(metric, say(entry.recounted, value), say(entry.stored, value), entry.batch_of_current);
    report(gauge_time_column(metric),
           say(entry.recounted, time),
           say(entry.stored, time),
           entry.batch_of_current);
    report(gauge_mark_column(metric),
           say(entry.recounted, mark),
           say(entry.stored, mark),
           entry.batch_of_mark);
}

void GaugeDayCheck::compare(const DifferenceSink& differs) const {
    for (const auto& [place, entry] : entries_) {
        compare(place, entry, differs);
    }
}

void GaugeDayCheck::compare_with_itself(const DifferenceSink& differs) const {
    for (const auto& [place, entry] : entries_) {
        if (!entry.stored.has_value()) {
            continue;
        }
        const std::string& metric = dataset_.metrics()[place.second];
        const GaugeLevel& level = *entry.stored;
        Difference difference = at(place);
        if (level.mark < level.current.value) {
            difference.field = gauge_mark_column(metric);
            difference.expected = fmt::format("at least {}", level.current.value);
            difference.found = std::to_string(level.mark);
            differs(difference);
        }
        const GaugeEvent current{.subject = place.first,
                                 .metric = place.second,
                                 .value = level.current.value,
                                 .observed_at = level.current.observed_at,
                                 .event_id = {}};
        if (current.day() != day_) {
            difference.field = gauge_time_column(metric);
            difference.expected = "on " + day_.to_string();
            difference.found = instant(level.current.observed_at);
            differs(difference);
        }
    }
}

}  // namespace tidemark
