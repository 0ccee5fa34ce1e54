#include "cli/aggregate_report.h"

#include <map>
#include <unordered_set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace tidemark {

namespace {

using Json = nlohmann::ordered_json;

Json to_json(const Total& total) {
    const auto narrow = total.to_int64();
    return narrow.has_value() ? Json(*narrow) : Json(total.to_string());
}

Json metrics_json(const Dataset& dataset, const std::vector<Total>& totals) {
    Json object = Json::object();
    for (std::size_t metric = 0; metric < totals.size(); ++metric) {
        object[dataset.metrics()[metric]] = to_json(totals[metric]);
    }
    return object;
}

template <std::size_t size, typename Reason>
Json reasons_json(const std::array<std::int64_t, size>& counts, Reason /*names*/) {
    Json object = Json::object();
    for (std::size_t reason = 0; reason < size; ++reason) {
        if (counts[reason] > 0) {
            object[std::string(to_string(static_cast<Reason>(reason)))] = counts[reason];
        }
    }
    return object;
}

void add_counts(Json& object, const LineCounts& counts) {
    object["lines"] = counts.lines;
    object["comments"] = counts.comments;
    object["accepted"] = counts.accepted;
    object["rejected"] = counts.rejected;
    object["ignored"] = counts.ignored;
}

struct Sums {
    LineCounts counts;
    std::array<std::int64_t, reject_reason_count> rejected_by_reason{};
    std::array<std::int64_t, ignore_reason_count> ignored_by_reason{};
    std::uint64_t bytes_read = 0;
    std::uint64_t bytes_expanded = 0;

    void add(const Aggregation& aggregation) {
        counts.lines += aggregation.counts.lines;
        counts.comments += aggregation.counts.comments;
        counts.accepted += aggregation.counts.accepted;
        counts.rejected += aggregation.counts.rejected;
        counts.ignored += aggregation.counts.ignored;
        for (std::size_t reason = 0; reason < reject_reason_count; ++reason) {
            rejected_by_reason[reason] += aggregation.rejected_by_reason[reason];
        }
        for (std::size_t reason = 0; reason < ignore_reason_count; ++reason) {
            ignored_by_reason[reason] += aggregation.ignored_by_reason[reason];
        }
        bytes_read += aggregation.bytes_read;
        bytes_expanded += aggregation.bytes_expanded;
    }
};

bool counts_here(const FileOutcome& outcome) {
    return !outcome.error.has_value() && outcome.aggregation.has_value() && !outcome.already_stored;
}

Json file_json(const Dataset& dataset, const FileOutcome& outcome) {
    Json file = {{"file", outcome.file}};
    if (outcome.error.has_value()) {
        file["error"] = outcome.error->message;
    }
    if (outcome.receipt.has_value()) {
        file["batch_seq"] = outcome.receipt->batch_seq;
        file["rows"] = outcome.receipt->row_count;
        if (const auto& adjusted = outcome.receipt->adjusted; adjusted.has_value()) {
            file["adjusted"] = {{"booked", adjusted->booked.to_string()},
                                {"rows", adjusted->row_count},
                                {"totals", metrics_json(dataset, adjusted->totals)}};
        }
    }
    file["already_stored"] = outcome.already_stored;
    if (!outcome.aggregation.has_value()) {
        return file;
    }
    const Aggregation& aggregation = *outcome.aggregation;
    file["content_hash"] = aggregation.content_hash.to_string();
    add_counts(file, aggregation.counts);
    if (aggregation.truncated) {
        file["truncated"] = true;
    }
    Json samples = Json::array();
    for (const RejectedLine& line : aggregation.rejected_samples) {
        samples.push_back(
            {{"line", line.line}, {"reason", to_string(line.reason)}, {"text", line.text}});
    }
    file["rejected_samples"] = std::move(samples);
    return file;
}

void add_to(std::vector<Total>& sums, const std::vector<Total>& added) {
    sums.resize(added.size());
    for (std::size_t metric = 0; metric < added.size(); ++metric) {
        sums[metric] += added[metric];
    }
}

void add_subjects(std::unordered_set<std::string>& subjects, RowSource& rows) {
    rows.rewind();
    while (const UsageRow* row = rows.next()) {
        subjects.emplace(row->subject);
    }
    rows.rewind();
}

void add_slot_totals(Json& document, const Dataset& dataset, const SlotTotals& slot_totals) {
    std::vector<Total> all(dataset.metrics().size());
    std::map<UtcDay, std::vector<Total>> by_day;
    Json by_slot = Json::object();
    for (const auto& [slot, totals] : slot_totals) {
        by_slot[slot.to_string()] = metrics_json(dataset, totals);
        add_to(by_day[slot.day()], totals);
        add_to(all, totals);
    }
    document["totals"] = metrics_json(dataset, all);
    Json& days = document["by_day"] = Json::object();
    for (const auto& [day, totals] : by_day) {
        days[day.to_string()] = metrics_json(dataset, totals);
    }
    document["by_slot"] = std::move(by_slot);
}

std::string reasons_text(const Aggregation& aggregation) {
    std::string text;
    for (std::size_t reason = 0; reason < reject_reason_count; ++reason) {
        if (aggregation.rejected_by_reason[reason] > 0) {
            text += fmt::format("{}{} {}",
                                text.empty() ? "" : ", ",
                                to_string(static_cast<RejectReason>(reason)),
                                aggregation.rejected_by_reason[reason]);
        }
    }
    return text.empty() ? "" : " (" + text + ")";
}

}  // namespace

std::string aggregate_json(const Dataset& dataset, const std::vector<FileOutcome>& outcomes) {
    Sums sums;
    SlotTotals slot_totals;
    std::unordered_set<std::string> subjects;
    std::vector<Total> stored_totals(dataset.metrics().size());
    bool with_rows = true;
    std::size_t subject_count = 0;
    Json files = Json::array();
    const auto counting = std::count_if(outcomes.begin(), outcomes.end(), counts_here);
    for (const FileOutcome& outcome : outcomes) {
        files.push_back(file_json(dataset, outcome));
        if (!counts_here(outcome)) {
            continue;
        }
        sums.add(*outcome.aggregation);
        subject_count = outcome.aggregation->subject_count;
        with_rows = with_rows && outcome.aggregation->rows != nullptr;
        if (outcome.aggregation->rows != nullptr) {
            for (const auto& [slot, totals] : outcome.aggregation->slot_totals) {
                add_to(slot_totals[slot], totals);
            }
            if (counting > 1) {
                add_subjects(subjects, *outcome.aggregation->rows);
            }
        } else if (outcome.receipt.has_value()) {
            for (std::size_t metric = 0; metric < stored_totals.size(); ++metric) {
                stored_totals[metric] += outcome.receipt->totals[metric];
            }
        }
    }
    Json document = {{"dataset", dataset.name()}};
    add_counts(document, sums.counts);
    document["rejected_by_reason"] = reasons_json(sums.rejected_by_reason, RejectReason{});
    document["ignored_by_rule"] = reasons_json(sums.ignored_by_reason, IgnoreReason{});
    document["bytes_read"] = sums.bytes_read;
    document["bytes_expanded"] = sums.bytes_expanded;
    if (with_rows) {
        document["subjects"] = counting > 1 ? subjects.size() : subject_count;
        add_slot_totals(document, dataset, slot_totals);
    } else {
        document["totals"] = metrics_json(dataset, stored_totals);
    }
    document["files"] = std::move(files);
    // File names and samples are bytes; what is not UTF-8 is replaced rather than refused.
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string describe_file(const FileOutcome& outcome) {
    if (outcome.error.has_value()) {
        return outcome.error->message;
    }
    if (outcome.already_stored) {
        return outcome.receipt.has_value()
                   ? fmt::format("{}: already stored as batch {} (first as {}), not counted again",
                                 outcome.file,
                                 outcome.receipt->batch_seq,
                                 outcome.receipt->source)
                   : fmt::format("{}: the same content as an earlier file, not counted again",
                                 outcome.file);
    }
    const LineCounts& counts = outcome.aggregation->counts;
    std::string batch;
    if (outcome.receipt.has_value()) {
        batch = fmt::format(
            "batch {}, {} rows, ", outcome.receipt->batch_seq, outcome.receipt->row_count);
        if (const auto& adjusted = outcome.receipt->adjusted; adjusted.has_value()) {
            batch += fmt::format("{} of frozen days booked in {}, ",
                                 adjusted->row_count,
                                 adjusted->booked.to_string());
        }
    }
    return fmt::format("{}: {}{} lines, {} accepted, {} rejected{}, {} ignored, {} comments",
                       outcome.file,
                       batch,
                       counts.lines,
                       counts.accepted,
                       counts.rejected,
                       reasons_text(*outcome.aggregation),
                       counts.ignored,
                       counts.comments);
}

}  // namespace tidemark
