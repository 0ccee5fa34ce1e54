#include "report/verify_report.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "report/text_table.h"

namespace tidemark {

namespace {

std::string counted(std::int64_t count, std::string_view what) {
    return fmt::format("{} {}{}",
                       with_thousands(std::to_string(count)),
                       what,
                       count == 1            ? ""
                       : what.ends_with("h") ? "es"
                                             : "s");
}

std::string summary_line(const DatasetVerification& verification) {
    const VerifySummary& summary = verification.summary;
    std::string line = fmt::format("{}: {}, {}, {}, {} recomputed",
                                   verification.dataset,
                                   counted(summary.batches, "batch"),
                                   counted(summary.batch_rows, "batch row"),
                                   counted(summary.daily_rows, "daily row"),
                                   counted(summary.days_recomputed, "day"));
    if (summary.days_in_sum > 0) {
        line +=
            fmt::format(", {} held against receipts", counted(summary.days_in_sum, "purged day"));
    }
    line += fmt::format(", {}, {}: {}\n",
                        counted(summary.seals, "seal"),
                        counted(summary.runs, "run"),
                        verification.difference_count == 0
                            ? "all is well"
                            : counted(verification.difference_count, "difference"));
    return line;
}

std::string text_of(const std::optional<std::int64_t>& number) {
    return number.has_value() ? std::to_string(*number) : "";
}

std::string difference_table(const DatasetVerification& verification) {
    TextTable table({{.name = "table"},
                     {.name = "subject"},
                     {.name = "day"},
                     {.name = "metric"},
                     {.name = "expected", .align = TextAlign::right},
                     {.name = "found", .align = TextAlign::right},
                     {.name = "batch", .align = TextAlign::right},
                     {.name = "run", .align = TextAlign::right}});
    for (const Difference& difference : verification.differences) {
        table.add_row({difference.table,
                       difference.subject,
                       difference.day.has_value() ? difference.day->to_string() : "",
                       difference.field,
                       difference.expected,
                       difference.found,
                       text_of(difference.batch_seq),
                       text_of(difference.run_id)});
    }
    const auto shown = static_cast<std::int64_t>(verification.differences.size());
    std::string text = "\n" + table.to_string();
    if (shown < verification.difference_count) {
        text += fmt::format("and {} more\n",
                            with_thousands(std::to_string(verification.difference_count - shown)));
    }
    return text + "\n";
}

template <typename T>
nlohmann::ordered_json json_of(const std::optional<T>& value) {
    return value.has_value() ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
}

nlohmann::ordered_json json_of(const Difference& difference) {
    nlohmann::ordered_json json;
    json["table"] = difference.table;
    json["subject"] = difference.subject.empty() ? nlohmann::ordered_json()
                                                 : nlohmann::ordered_json(difference.subject);
    json["day"] = difference.day.has_value() ? nlohmann::ordered_json(difference.day->to_string())
                                             : nlohmann::ordered_json();
    json["metric"] = difference.field;
    json["expected"] = difference.expected;
    json["found"] = difference.found;
    json["batch"] = json_of(difference.batch_seq);
    json["run"] = json_of(difference.run_id);
    return json;
}

}  // namespace

std::string format_verification(const std::vector<DatasetVerification>& verifications) {
    std::string text;
    for (const DatasetVerification& verification : verifications) {
        text += summary_line(verification);
        if (!verification.differences.empty()) {
            text += difference_table(verification);
        }
    }
    return text;
}

std::string verification_json(const std::vector<DatasetVerification>& verifications) {
    nlohmann::ordered_json datasets = nlohmann::ordered_json::array();
    for (const DatasetVerification& verification : verifications) {
        const VerifySummary& summary = verification.summary;
        nlohmann::ordered_json json = {{"dataset", verification.dataset},
                                       {"batches", summary.batches},
                                       {"batch_rows", summary.batch_rows},
                                       {"daily_rows", summary.daily_rows},
                                       {"days_recomputed", summary.days_recomputed},
                                       {"days_in_sum", summary.days_in_sum},
                                       {"seals", summary.seals},
                                       {"runs", summary.runs},
                                       {"difference_count", verification.difference_count}};
        json["differences"] = nlohmann::ordered_json::array();
        for (const Difference& difference : verification.differences) {
            json["differences"].push_back(json_of(difference));
        }
        datasets.push_back(std::move(json));
    }
    const nlohmann::ordered_json root = {{"datasets", std::move(datasets)}};
    return root.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace tidemark
