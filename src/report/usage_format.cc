#include "report/usage_format.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/nearest_name.h"
#include "report/text_table.h"
#include "store/usage_period.h"

namespace tidemark {

namespace {

bool names_subjects(const UsageReport& report) {
    return std::ranges::any_of(report.rows,
                               [](const UsageReportRow& row) { return !row.subject.empty(); });
}

std::string format_table(const UsageReport& report) {
    const bool with_subject = names_subjects(report);
    std::vector<TextColumn> columns;
    if (with_subject) {
        columns.push_back({report.dataset.subject(), TextAlign::left});
    }
    columns.push_back({std::string(to_string(report.period)), TextAlign::left});
    for (const std::string& metric : report.dataset.metrics()) {
        columns.push_back({metric, TextAlign::right});
    }
    TextTable table(std::move(columns));
    for (const UsageReportRow& row : report.rows) {
        std::vector<std::string> cells;
        if (with_subject) {
            cells.push_back(row.subject);
        }
        cells.push_back(row.period);
        for (std::size_t metric = 0; metric < report.dataset.metrics().size(); ++metric) {
            cells.push_back(row.no_data ? "no data"
                                        : with_thousands(row.values[metric].to_string()));
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
    return text;
}

nlohmann::ordered_json to_json(const Total& total) {
    const auto narrow = total.to_int64();
    return narrow.has_value() ? nlohmann::ordered_json(*narrow)
                              : nlohmann::ordered_json(total.to_string());
}

void add_days(nlohmann::ordered_json& document, const char* name, const std::vector<UtcDay>& days) {
    for (const UtcDay day : days) {
        document[name].push_back(day.to_string());
    }
}

std::string format_json(const UsageReport& report) {
    nlohmann::ordered_json rows = nlohmann::ordered_json::array();
    for (const UsageReportRow& row : report.rows) {
        nlohmann::ordered_json line;
        if (!row.subject.empty()) {
            line["subject"] = row.subject;
        }
        line["period"] = row.period;
        if (row.no_data) {
            line["no_data"] = true;
        }
        for (std::size_t metric = 0; metric < report.dataset.metrics().size(); ++metric) {
            line[report.dataset.metrics()[metric]] =
                row.no_data ? nlohmann::ordered_json() : to_json(row.values[metric]);
        }
        rows.push_back(std::move(line));
    }
    nlohmann::ordered_json document = {{"dataset", report.dataset.name()},
                                       {"from", report.from.to_string()},
                                       {"to", report.to.to_string()},
                                       {"by", to_string(report.period)},
                                       {"rows", std::move(rows)}};
    add_days(document, "purged_days", report.purged_days);
    add_days(document, "day_grained_days", report.day_grained_days);
    // Subjects are bytes; what is not UTF-8 is replaced rather than refused.
    return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
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

std::string format_csv(const UsageReport& report) {
    const bool with_subject = names_subjects(report);
    std::string text = with_subject ? report.dataset.subject() + "," : "";
    text += to_string(report.period);
    for (const std::string& metric : report.dataset.metrics()) {
        text += "," + metric;
    }
    text += "\r\n";
    for (const UsageReportRow& row : report.rows) {
        if (with_subject) {
            text += csv_field(row.subject) + ",";
        }
        text += row.period;
        for (std::size_t metric = 0; metric < report.dataset.metrics().size(); ++metric) {
            text += row.no_data ? "," : "," + row.values[metric].to_string();
        }
        text += "\r\n";
    }
    return text;
}

}  // namespace

Result<UsageFormat> parse_usage_format(std::string_view text) {
    constexpr std::string_view names[] = {"table", "json", "csv"};
    for (std::size_t i = 0; i < std::size(names); ++i) {
        if (text == names[i]) {
            return static_cast<UsageFormat>(i);
        }
    }
    return Error{
        ErrorKind::invalid_input,
        fmt::format("format '{}': expected table, json or csv{}", text, did_you_mean(text, names))};
}

std::string format_usage(const UsageReport& report, UsageFormat format) {
    switch (format) {
        case UsageFormat::table:
            return format_table(report);
        case UsageFormat::json:
            return format_json(report);
        case UsageFormat::csv:
            return format_csv(report);
    }
    return {};
}

}  // namespace tidemark
