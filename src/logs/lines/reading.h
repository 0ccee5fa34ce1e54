#pragma once
// Reading: how the lines of a feed are to be read. Pure data; the configuration's [feed.NAME] and
// the command line fill it, LogReader (logs/aggregation.h) obeys it.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/dataset.h"

namespace tidemark {

// Where the subject of a line is.
struct SubjectRule {
    enum class Kind {
        path,     // the Nth segment of the URL's path, from 1; not percent-decoded
        host,     // the host of an absolute URL, else the host column
        query,    // a parameter of the URL's query, decoded strictly by %XX ('+' stays '+')
        field,    // a named column or a JSON path ("user.id")
        pattern,  // the one capture of an RE2 pattern, searched in the URL
    };
    Kind kind = Kind::path;
    int segment = 1;
    std::string text{};  // the parameter, field or pattern

    // "path:N", "host", "query:NAME", "field:NAME", "pattern:RE2"; fails with invalid_input.
    static Result<SubjectRule> parse(std::string_view text);
};

// What a metric counts in a line.
struct MetricRule {
    enum class Kind {
        bytes,  // the line's bytes
        count,  // 1 for every line that counts
        field,  // the whole number in a named column or JSON path
        event,  // 1 when the ping's event matches, else 0
    };
    Kind kind = Kind::count;
    std::string text{};  // field: its name; event: "play", "ad_impression", "ad_complete"

    static Result<MetricRule> parse(std::string_view text);
};

// Which pings are what: the beacon's path class and its `e` parameter.
struct EventRule {
    std::string event{};      // the MetricRule's text: "play"
    std::string path_part{};  // a part of the path that the beacon must have: "/jwplayer6/ping.gif"
    std::string parameter{};  // the value of `e`: "s"
};

// Which role a named column or JSON path plays: time, bytes, status, method, url, host.
using FieldRoles = std::map<std::string, std::string>;

struct Reading {
    std::string format{};  // a name of format_names()
    SubjectRule subject{};
    std::string missing_subject{};  // where lines without a subject are booked; empty: rejected
    FieldRoles fields{};
    std::vector<std::string> layout{};  // column names for formats whose files have no header line
    std::string separator{};            // `delimited`: "," or "\t"; empty: found in the first line
    std::string pattern{};          // `pattern`: RE2 with named captures (time, bytes, url, ...)
    std::string time_zone = "UTC";  // for times without an offset; a name of the tz database
    std::vector<MetricRule> metrics{};  // one a metric of the dataset, in its order
    // `fastly` JSON: values of `version` that are known; others are ignored. Empty: "1".
    std::vector<std::string> versions{};
    std::vector<EventRule> events{};  // `ping`; empty: the player's own (docs/log_formats.md)

    // What counts; empty means everything. Statuses as "200", "2xx" or "200-299".
    std::vector<std::string> statuses{};
    std::vector<std::string> methods{};

    std::size_t line_length_max = 65536;                          // bytes
    std::uint64_t expanded_bytes_max = std::uint64_t{64} << 30U;  // of one file, decompressed
    std::size_t rejected_samples_max = 300;
    std::chrono::seconds future_tolerance{300};
    std::size_t days_max = 400;
    bool accept_truncated = false;  // count what a cut-off compressed file still gives
    int threads = 1;
};

// The metric rules that a dataset has unless the feed says otherwise: `ping` counts its three
// events; others count the lines (one metric), the bytes and the lines (two), or the field that
// each metric is named after (more).
std::vector<MetricRule> default_metric_rules(const Dataset& dataset);

// Every format by name, in the order of the documentation.
std::vector<std::string_view> format_names();

}  // namespace tidemark
