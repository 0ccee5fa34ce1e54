#include "sync/explanation.h"

#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tidemark {

namespace {

using std::chrono::sys_seconds;

std::string text_of(const TimeRange& range) {
    return fmt::format("{} to {}", instant_text(range.from), instant_text(range.to));
}

// ", due by ... (in 35m)" or ", was due by ... (1h 55m ago)".
std::string due(const DatasetSnapshot& dataset, sys_seconds now) {
    if (!dataset.due_at.has_value()) {
        return "";
    }
    const bool over = *dataset.due_at <= now;
    return fmt::format("{} due by {} ({}{}{})",
                       over ? "was" : "is",
                       instant_text(*dataset.due_at),
                       over ? "" : "in ",
                       spoken_duration(over ? now - *dataset.due_at : *dataset.due_at - now),
                       over ? " ago" : "");
}

std::string waiting_for(const DatasetSnapshot& dataset) {
    if (dataset.kind == DatasetKind::gauge) {
        return "waits for a run after the day has settled, which ";
    }
    if (dataset.waiting_for.empty()) {
        return "waits for data, which ";
    }
    return fmt::format("waits for {}, which ", fmt::join(dataset.waiting_for, ", "));
}

std::string explain_gap(const DatasetSnapshot& dataset, sys_seconds now) {
    const TimeRange& gap = dataset.gaps->front();
    std::string text = fmt::format("held at {} by the gap {}: later data is there, up to {}",
                                   instant_text(*dataset.synced_through),
                                   text_of(gap),
                                   instant_text(dataset.seen_through.value_or(gap.to)));
    if (dataset.gaps->size() > 1) {
        text += fmt::format(", with {} more gaps", dataset.gaps->size() - 1);
    }
    return text + "; " + waiting_for(dataset) + due(dataset, now);
}

std::string explain_progress(const DatasetSnapshot& dataset, sys_seconds now) {
    std::string text = fmt::format("complete through {}", instant_text(*dataset.synced_through));
    if (dataset.status == SyncStatus::late || dataset.status == SyncStatus::stale) {
        text = fmt::format(
            "held at {}, {}", instant_text(*dataset.synced_through), to_string(dataset.status));
    }
    text += "; " + waiting_for(dataset) + due(dataset, now);
    if (dataset.stable_through < dataset.synced_through && !dataset.dirty.empty()) {
        text += fmt::format("; stable only through {}, because {} is to be restated",
                            instant_text(*dataset.stable_through),
                            dataset.dirty.front().to_string());
    }
    return text;
}

std::string explain_status(const DatasetSnapshot& dataset, sys_seconds now) {
    if (dataset.carried) {
        return fmt::format(
            "{}: {}; figures carried from {}",
            to_string(dataset.status),
            dataset.error.empty() ? "not readable" : dataset.error,
            dataset.observed_at.has_value() ? instant_text(*dataset.observed_at) : "nothing");
    }
    if (!dataset.synced_through.has_value()) {
        return "nothing was ever complete; " + waiting_for(dataset) + due(dataset, now);
    }
    return dataset.status == SyncStatus::gap ? explain_gap(dataset, now)
                                             : explain_progress(dataset, now);
}

}  // namespace

std::string explain(const DatasetSnapshot& dataset, sys_seconds now) {
    std::string text = explain_status(dataset, now);
    if (dataset.quarantined.value_or(0) > 0) {
        text += fmt::format("; {} slots from the future are left out", *dataset.quarantined);
    }
    if (dataset.premature_seals.value_or(0) > 0) {
        text +=
            fmt::format("; {} days sealed before their end are left out", *dataset.premature_seals);
    }
    if (dataset.excluded) {
        text += "; excluded by the operator";
    } else if (!dataset.required) {
        text += "; holds nobody back (not required)";
    }
    return text;
}

}  // namespace tidemark
