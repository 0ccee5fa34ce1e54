#pragma once
// EventParser: lines or rows of a media library to events of a gauge.
//
//   {"subject":"4f1c02aa","metric":"bytes_stored","value":123,"observed_at":"2026-11-22T10:00:00Z"}
//   {"site_id":"4f1c02aa","bytes_stored":123,"media_count":4,"observed_at":1793700000}
//   subject,metric,value,observed_at,event_id             CSV, with a header line
//   site_id,bytes_stored,media_count,observed_at          each metric in a column of its own
//
// The subject may be called "subject" or as the dataset calls it. A line with several metrics is
// several events of one instant. What is wrong is rejected by itself and named: an event that lacks
// its value does not take the other one of its line with it.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/content_hash.h"
#include "base/result.h"
#include "domain/batch.h"
#include "domain/dataset.h"
#include "domain/gauge.h"
#include "logs/lines/time_text.h"
#include "rows/csv_line.h"

namespace tidemark {

enum class EventFormat { ndjson, csv };

// What was received since the last commit.
struct EventChunk {
    std::vector<GaugeEvent> events;
    LineCounts counts;  // `lines` counts events, and blank lines as comments
    std::map<std::string, std::int64_t> rejected_by_reason;
    std::vector<RejectedSample> rejected_samples;  // the first few
    ContentHasher hasher;                          // of the lines as they came
    std::int64_t last_line = 0;                    // the number of the last line in it, from 1

    void accept(GaugeEvent event);
    void reject(std::int64_t line, std::string_view reason, std::string_view text);

    // Turns an accepted event into a rejected one.
    void take_back(std::size_t place, std::string_view reason);
};

// One thread at a time.
class EventParser {
 public:
    // Events later than this beyond the clock are rejected as `future`.
    static constexpr std::chrono::minutes future_tolerance{5};
    static constexpr std::size_t line_length_max = std::size_t{1} << 20U;

    // `clock` must outlive it.
    static Result<EventParser> make(const Dataset& dataset, const Clock& clock);

    // Without a format the first line that is not blank tells: it begins with '{' or is a header.
    void set_format(EventFormat format) { format_ = format; }

    // A line without its end. Fails with invalid_input when it is a CSV header that lacks a column.
    Result<void> add_line(std::string_view line, EventChunk& chunk);

    // The names of the columns of add_cells(). Fails with invalid_input likewise.
    Result<void> set_columns(std::span<const std::string> names);

    // A row of a table; a null is an empty optional.
    void add_cells(std::span<const std::optional<std::string_view>> cells, EventChunk& chunk);

 private:
    using Cell = std::optional<std::string_view>;

    EventParser(const Dataset& dataset, const Clock& clock, const TimeText& time)
        : dataset_(dataset), clock_(clock), time_(time) {}

    void add_json(std::string_view line, EventChunk& chunk);
    void add_value(const GaugeEvent& common,
                   std::string_view metric,
                   const Cell& value,
                   std::string_view line,
                   EventChunk& chunk);
    std::optional<Timestamp> parse_instant(std::string_view text);
    // The reason to reject all of a line for; empty: `common` is filled.
    std::string_view fill_common(const Cell& subject,
                                 const Cell& observed_at,
                                 const Cell& event_id,
                                 GaugeEvent& common);

    Dataset dataset_;
    const Clock& clock_;
    TimeText time_;
    CsvLine csv_;
    std::optional<EventFormat> format_;
    std::int64_t line_ = 0;
    bool header_seen_ = false;
    // Places of the columns; metric and value, or one for each metric.
    std::optional<std::size_t> subject_;
    std::optional<std::size_t> observed_at_;
    std::optional<std::size_t> event_id_;
    std::optional<std::size_t> metric_;
    std::optional<std::size_t> value_;
    std::vector<std::pair<std::size_t, std::size_t>> metric_columns_;  // metric, place
};

}  // namespace tidemark
