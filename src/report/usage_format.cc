#include "report/usage_format.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "report/previous_usage.h"
#include "report/text_table.h"
#include "report/usage_json.h"
#include "store/usage_period.h"

namespace tidemark {

namespace {

bool names_subjects(const UsageReport& report) {
    return std::ranges::any_of(report.rows,
                               [](const UsageReportRow& row) { return !row.subject.empty(); });
}

std::string cell_of(const UsageReportRow& row, std::size_t column) {
    if (row.no_data || (row.exact && !row.values[column].has_value())) {
        return "no data";
    }
    if (row.exact) {
        return with_thousands(row.values[column]->to_string());
    }
    return fmt::format("{} to {}",
                       with_thousands(row.lower[column].to_string()),
                       with_thousands(row.upper[column].to_string()));
}

// "+1,200 (+12.5 %)"; nothing where it cannot be said.
std::string change_cell(const UsageReportRow& row,
                        const UsageReportRow& before,
                        std::size_t column) {
    const std::optional<Total> change = change_of(row, before, column);
    if (!change.has_value()) {
        return "";
    }
    const char* sign = *change > Total() ? "+" : "";
    std::string text = sign + with_thousands(change->to_string());
    if (*before.values[column] > Total()) {
        const double percent = 100.0 * static_cast<double>(change->wide()) /
                               static_cast<double>(before.values[column]->wide());
        text += fmt::format(" ({}{:.1f} %)", sign, percent);
    }
    return text;
}

// What the numbers alone do not say.
std::string notes_of(const UsageReport& report) {
    std::string notes;
    if (report.previous.has_value()) {
        notes += fmt::format("before: {} to {} (exclusive)\n",
                             report.previous->from.to_string(),
                             report.previous->to.to_string());
    }
    if (report.until.has_value()) {
        notes += fmt::format("up to {}, where all required datasets are complete\n",
                             instant_text(*report.until));
    }
    const bool inexact = std::ranges::any_of(
        report.rows, [](const UsageReportRow& row) { return !row.exact && !row.no_data; });
    if (inexact) {
        notes +=
            fmt::format("bounds where a day of {} cuts a slot, or a day whose slots were purged\n",
                        report.time_zone);
    }
    return notes;
}

std::string format_table(const UsageReport& report) {
    const bool with_subject = names_subjects(report);
    std::vector<TextColumn> columns;
    if (with_subject) {
        columns.push_back({report.dataset.subject(), TextAlign::left});
    }
    columns.push_back({std::string(to_string(report.period)), TextAlign::left});
    for (const std::string& column : report.columns) {
        columns.push_back({column, TextAlign::right});
        if (report.previous.has_value()) {
            columns.push_back({"before", TextAlign::right});
            columns.push_back({"change", TextAlign::right});
        }
    }
    TextTable table(std::move(columns));
    for (std::size_t place = 0; place < report.rows.size(); ++place) {
        const UsageReportRow& row = report.rows[place];
        std::vector<std::string> cells;
        if (with_subject) {
            cells.push_back(row.subject);
        }
        cells.push_back(row.period);
        for (std::size_t column = 0; column < report.columns.size(); ++column) {
            cells.push_back(cell_of(row, column));
            if (report.previous.has_value()) {
                const UsageReportRow& before = report.previous->rows[place];
                cells.push_back(cell_of(before, column));
                cells.push_back(change_cell(row, before, column));
            }
        }
        table.add_row(std::move(cells));
    }
    std::string text = table.to_string();
    if (report.period == UsagePeriod::slot && !report.purged_days.empty()) {
        text += fmt::format(
            "{} of these days have no slots any more: their batches were purged "
            "(ask by day)\n",
            report.purged_days.size());
    }
    if (!report.day_grained_days.empty()) {
        text += fmt::format(
            "{} of these days have usage that is known by the day alone; it is shown in their "
            "first slot (ask by day)\n",
            report.day_grained_days.size());
    }
    return text + notes_of(report);
}

// RFC 4180, section 2: fields with a comma, quote or line end are quoted, quotes doubled.
std::string csv_field(const std::string& field) {
    if (field.find_first_of(",\"\r\n") == std::string::npos) {
        return field;
    }
    std::string quoted = "\"";
    for (const char character : field) {
        quoted += character;
        if (character == '"') {
            quoted += '"';
        }
    }
    return quoted + '"';
}

std::string csv_cell(const UsageReportRow& row, std::size_t column) {
    if (!row.exact && !row.no_data) {
        return row.lower[column].to_string() + ".." + row.upper[column].to_string();
    }
    return row.exact && row.values[column].has_value() ? row.values[column]->to_string() : "";
}

// The columns of the time before stand behind those of the row.
std::string csv_previous(const UsageReport& report, std::size_t place) {
    const UsageReportRow& before = report.previous->rows[place];
    std::string text = "," + before.period;
    for (std::size_t column = 0; column < report.columns.size(); ++column) {
        text += "," + csv_cell(before, column);
    }
    for (std::size_t column = 0; column < report.columns.size(); ++column) {
        const std::optional<Total> change = change_of(report.rows[place], before, column);
        text += "," + (change.has_value() ? change->to_string() : "");
    }
    return text;
}

std::string csv_header(const UsageReport& report, bool with_subject) {
    std::string text = with_subject ? report.dataset.subject() + "," : "";
    text += to_string(report.period);
    for (const std::string& column : report.columns) {
        text += "," + column;
    }
    if (report.previous.has_value()) {
        text += fmt::format(",previous_{}", to_string(report.period));
        for (const char* prefix : {"previous_", "change_"}) {
            for (const std::string& column : report.columns) {
                text += "," + (prefix + column);
            }
        }
    }
    return text + "\r\n";
}

std::string format_csv(const UsageReport& report) {
    const bool with_subject = names_subjects(report);
    std::string text = csv_header(report, with_subject);
    for (std::size_t place = 0; place < report.rows.size(); ++place) {
        const UsageReportRow& row = report.rows[place];
        if (with_subject) {
            text += csv_field(row.subject) + ",";
        }
        text += row.period;
        for (std::size_t column = 0; column < report.columns.size(); ++column) {
            text += "," + csv_cell(row, column);
        }
        if (report.previous.has_value()) {
            text += csv_previous(report, place);
        }
        text += "\r\n";
    }
    return text;
}

}  // namespace

Result<UsageFormat> parse_usage_format(std::string_view text) {
    constexpr std::string_view names[] = {"table", "json", "csv", "ndjson"};
    for (std::size_t i = 0; i < std::size(names); ++i) {
        if (text == names[i]) {
            return static_cast<UsageFormat>(i);
        }
    }
    return Error{
        ErrorKind::invalid_input,
        fmt::format(
            "format '{}': expected table, json, csv or ndjson{}", text, did_you_mean(text, names))};
}

std::string format_usage(const UsageReport& report, UsageFormat format) {
    switch (format) {
        case UsageFormat::table:
            return format_table(report);
        case UsageFormat::json:
            return usage_json(report);
        case UsageFormat::csv:
            return format_csv(report);
        case UsageFormat::ndjson:
            return usage_ndjson(report);
    }
    return {};
}

}  // namespace tidemark
