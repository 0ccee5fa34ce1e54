#include "logs/lines/formats.h"

#include <array>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "logs/lines/cloudfront.h"
#include "logs/lines/combined.h"
#include "logs/lines/delimited.h"
#include "logs/lines/edgecast.h"
#include "logs/lines/fastly.h"
#include "logs/lines/json.h"
#include "logs/lines/local_time.h"
#include "logs/lines/pattern.h"
#include "logs/lines/ping.h"
#include "logs/lines/roles.h"
#include "logs/lines/w3c.h"

namespace tidemark {

namespace {

// What a format can be told beyond the subject and metric rules.
struct Format {
    std::string_view name;
    Result<std::unique_ptr<LineParser>> (*make)(const Reading&);
    bool has_fields;  // --field, field: as subject and as metric
    bool has_layout;
    bool writes_utc = false;  // so that a configured time zone is a mistake
};

constexpr std::array<Format, 9> formats = {{
    {"fastly", make_fastly_parser, true, false},
    {"edgecast", make_edgecast_parser, true, true, true},
    {"cloudfront", make_cloudfront_parser, true, true, true},
    {"combined", make_combined_parser, false, false},
    {"w3c", make_w3c_parser, true, true},
    {"json", make_json_parser, true, false},
    {"delimited", make_delimited_parser, true, true},
    {"ping", make_ping_parser, false, false},
    {"pattern", make_pattern_parser, true, false},
}};

constexpr std::array<std::string_view, formats.size()> names = [] {
    std::array<std::string_view, formats.size()> list{};
    for (std::size_t place = 0; place < formats.size(); ++place) {
        list[place] = formats[place].name;
    }
    return list;
}();

Error cannot_use(const Format& format, std::string_view option) {
    return Error{
        ErrorKind::invalid_input,
        fmt::format("format '{}': {} cannot be used with it; leave it out", format.name, option)};
}

Result<void> check_options(const Format& format, const Reading& reading) {
    if (!reading.layout.empty() && !format.has_layout) {
        return cannot_use(format, "a layout");
    }
    if (!reading.separator.empty() && format.name != "delimited") {
        return cannot_use(format, "a separator");
    }
    if (!reading.pattern.empty() && format.name != "pattern") {
        return cannot_use(format, "a pattern");
    }
    if (!reading.events.empty() && format.name != "ping") {
        return cannot_use(format, "an event rule");
    }
    if (!format.has_fields) {
        if (!reading.fields.empty()) {
            return cannot_use(format, "a field");
        }
        if (reading.subject.kind == SubjectRule::Kind::field) {
            return cannot_use(format, fmt::format("subject 'field:{}'", reading.subject.text));
        }
    }
    for (const MetricRule& rule : reading.metrics) {
        if (rule.kind == MetricRule::Kind::field && !format.has_fields) {
            return cannot_use(format, fmt::format("metric 'field:{}'", rule.text));
        }
        if (rule.kind == MetricRule::Kind::event && format.name != "ping") {
            return cannot_use(format, fmt::format("metric 'event:{}'", rule.text));
        }
    }
    if (format.writes_utc && reading.time_zone != "UTC") {
        return Error{
            ErrorKind::invalid_input,
            fmt::format(
                "time zone '{}': {} writes UTC; leave it out", reading.time_zone, format.name)};
    }
    // Checked even where every time of the format carries its offset: a slip is a slip.
    TIDEMARK_RETURN_IF_ERROR(LocalTime::make(reading.time_zone));
    return check_field_roles(reading.fields);
}

}  // namespace

std::vector<std::string_view> format_names() {
    return {names.begin(), names.end()};
}

Result<std::unique_ptr<LineParser>> make_line_parser(const Reading& reading) {
    for (const Format& format : formats) {
        if (format.name != reading.format) {
            continue;
        }
        TIDEMARK_RETURN_IF_ERROR(check_options(format, reading));
        return format.make(reading);
    }
    return Error{ErrorKind::invalid_input,
                 fmt::format("format '{}': unknown{}; known are {}",
                             reading.format,
                             did_you_mean(reading.format, names),
                             fmt::join(names, ", "))};
}

}  // namespace tidemark
