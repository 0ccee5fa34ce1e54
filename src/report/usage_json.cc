#include "report/usage_json.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>
#include <rapidjson/prettywriter.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>
#include <simdjson.h>

#include "report/previous_usage.h"
#include "report/usage_progress.h"
#include "store/usage_period.h"

namespace tidemark {

namespace {

using OneLine = rapidjson::Writer<rapidjson::StringBuffer>;
using Indented = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

// Puts values of the report's kinds, and members of the object at hand.
template <typename Writer>
class Json {
 public:
    explicit Json(Writer& writer) : writer_(writer) {}

    void put(std::string_view text) {
        if (simdjson::validate_utf8(text.data(), text.size())) {
            writer_.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
            return;
        }
        const std::string quoted =
            nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
        writer_.RawValue(quoted.data(), quoted.size(), rapidjson::kStringType);
    }
    // Without this one a text between quotes would be a bool.
    void put(const char* text) { put(std::string_view(text)); }
    void put(bool flag) { writer_.Bool(flag); }
    void put(std::int64_t number) { writer_.Int64(number); }
    void put(const Total& total) {
        if (const auto narrow = total.to_int64(); narrow.has_value()) {
            put(*narrow);
        } else {
            put(std::string_view(total.to_string()));
        }
    }
    void put(std::chrono::sys_seconds instant) { put(std::string_view(instant_text(instant))); }
    void put(UtcDay day) { put(std::string_view(day.to_string())); }
    void put(const TimeRange& range) {
        writer_.StartArray();
        put(range.from);
        put(range.to);
        writer_.EndArray();
    }
    template <typename T>
    void put(const std::optional<T>& value) {
        if (value.has_value()) {
            put(*value);
        } else {
            writer_.Null();
        }
    }
    template <typename T>
    void put(const std::vector<T>& values) {
        writer_.StartArray();
        for (const T& value : values) {
            put(value);
        }
        writer_.EndArray();
    }

    void name(std::string_view name) {
        writer_.Key(name.data(), static_cast<rapidjson::SizeType>(name.size()));
    }
    template <typename T>
    void member(std::string_view its_name, const T& value) {
        name(its_name);
        put(value);
    }
    void open(std::string_view its_name) {
        name(its_name);
        open();
    }
    void open() { writer_.StartObject(); }
    void close() { writer_.EndObject(); }

 private:
    Writer& writer_;
};

template <typename Writer>
void put_totals(Json<Writer>& json,
                std::string_view name,
                const Dataset& dataset,
                const std::vector<Total>& values) {
    json.open(name);
    for (std::size_t metric = 0; metric < dataset.metrics().size(); ++metric) {
        json.member(dataset.metrics()[metric], values[metric]);
    }
    json.close();
}

// Of the row's own period, without its subject.
template <typename Writer>
void put_usage(Json<Writer>& json, const UsageReport& report, const UsageReportRow& row) {
    json.member("period", row.period);
    if (row.no_data) {
        json.member("no_data", true);
    }
    for (std::size_t column = 0; column < report.columns.size(); ++column) {
        json.member(report.columns[column],
                    row.exact ? row.values[column] : std::optional<Total>());
    }
    if (!report.time_zone.empty()) {
        json.member("exact", row.exact);
    }
    if (!row.exact && !row.no_data) {
        put_totals(json, "lower", report.dataset, row.lower);
        put_totals(json, "upper", report.dataset, row.upper);
    }
}

template <typename Writer>
void put_row(Json<Writer>& json, const UsageReport& report, std::size_t place) {
    const UsageReportRow& row = report.rows[place];
    json.open();
    if (!row.subject.empty()) {
        json.member("subject", row.subject);
    }
    put_usage(json, report, row);
    if (report.previous.has_value()) {
        const UsageReportRow& before = report.previous->rows[place];
        json.open("previous");
        put_usage(json, report, before);
        json.close();
        json.open("change");
        for (std::size_t column = 0; column < report.columns.size(); ++column) {
            json.member(report.columns[column], change_of(row, before, column));
        }
        json.close();
    }
    json.close();
}

template <typename Writer>
void put_progress(Json<Writer>& json, const UsageProgress& progress) {
    json.member("synced_through", progress.synced_through);
    json.member("overall_synced_through", progress.overall_synced_through);
    json.open("completeness");
    for (const auto& [day, completeness] : progress.days) {
        json.member(day, to_string(completeness));
    }
    json.close();
    json.member("gaps", progress.gaps);
    json.member("holes", progress.holes);
    json.name("metadata_age");
    json.put(progress.metadata_age.has_value()
                 ? std::optional<std::int64_t>(progress.metadata_age->count())
                 : std::nullopt);
    json.open("metadata");
    json.member("origin", progress.metadata_origin);
    json.member("stale", progress.stale);
    json.close();
}

// How the numbers are to be read.
template <typename Writer>
void put_circumstances(Json<Writer>& json, const UsageReport& report) {
    if (!report.time_zone.empty()) {
        json.member("time_zone", report.time_zone);
        json.member("exact", std::ranges::all_of(report.rows, &UsageReportRow::exact));
    }
    if (report.previous.has_value()) {
        json.open("previous");
        json.member("from", report.previous->from);
        json.member("to", report.previous->to);
        json.close();
    }
    if (report.page.has_value()) {
        json.name("next");
        json.put(report.page->more ? std::optional(report.page->cursor) : std::nullopt);
    }
    if (report.until.has_value()) {
        json.member("until", report.until);
    }
    if (report.progress.has_value()) {
        put_progress(json, *report.progress);
    }
    if (!report.purged_days.empty()) {
        json.member("purged_days", report.purged_days);
    }
    if (!report.day_grained_days.empty()) {
        json.member("day_grained_days", report.day_grained_days);
    }
}

}  // namespace

std::string usage_json(const UsageReport& report) {
    constexpr std::size_t bytes_a_row = 128;
    rapidjson::StringBuffer buffer;
    buffer.Reserve(bytes_a_row * (report.rows.size() + 8));
    Indented writer(buffer);
    writer.SetIndent(' ', 2);
    Json<Indented> json(writer);
    json.open();
    json.member("dataset", report.dataset.name());
    json.member("from", report.from);
    json.member("to", report.to);
    json.member("by", to_string(report.period));
    json.name("rows");
    writer.StartArray();
    for (std::size_t place = 0; place < report.rows.size(); ++place) {
        put_row(json, report, place);
    }
    writer.EndArray();
    put_circumstances(json, report);
    json.close();
    return std::string(buffer.GetString(), buffer.GetSize()) + "\n";
}

std::string usage_ndjson(const UsageReport& report) {
    std::string text;
    rapidjson::StringBuffer buffer;
    for (std::size_t place = 0; place < report.rows.size(); ++place) {
        buffer.Clear();
        OneLine writer(buffer);
        Json<OneLine> json(writer);
        put_row(json, report, place);
        text.append(buffer.GetString(), buffer.GetSize()) += '\n';
    }
    return text;
}

}  // namespace tidemark
