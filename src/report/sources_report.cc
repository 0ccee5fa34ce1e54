#include "report/sources_report.h"

#include <optional>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "report/text_table.h"
#include "sync/explanation.h"
#include "sync/snapshot_json.h"

namespace tidemark {

namespace {

using std::chrono::sys_seconds;

std::string cell(const std::optional<sys_seconds>& instant) {
    if (!instant.has_value()) {
        return "unknown";
    }
    // Most instants are on a minute: then the seconds are noise.
    std::string text = instant_text(*instant);
    return text.ends_with(":00Z") ? text.substr(0, text.size() - 4) + "Z" : text;
}

std::string raw_cell(const std::optional<sys_seconds>& instant) {
    return instant.has_value() ? cell(instant) : "-";
}

const char* colour_of(SyncStatus status) {
    switch (status) {
        case SyncStatus::ok:
            return "\x1b[32m";
        case SyncStatus::late:
        case SyncStatus::gap:
            return "\x1b[33m";
        case SyncStatus::stale:
        case SyncStatus::regressed:
        case SyncStatus::down:
            return "\x1b[31m";
        case SyncStatus::unknown:
            break;
    }
    return "\x1b[35m";
}

// The table knows only plain text, whose width it counts: the colour is put in afterwards, around
// the status, which is the second column.
std::string coloured(const std::string& table, const Snapshot& snapshot) {
    std::size_t name_width = std::string_view("dataset").size();
    for (const auto& [name, dataset] : snapshot.datasets) {
        name_width = std::max(name_width, name.size());
    }
    std::string text = table;
    std::size_t line = text.find('\n', text.find('\n') + 1) + 1;
    for (const auto& [name, dataset] : snapshot.datasets) {
        const std::string status(to_string(dataset.status));
        const std::string painted = fmt::format("{}{}\x1b[0m", colour_of(dataset.status), status);
        text.replace(line + name_width + 2, status.size(), painted);
        line = text.find('\n', line) + 1;
    }
    return text;
}

std::string age_line(const KnownProgress& known) {
    std::string text = fmt::format("metadata: from {}", known.origin);
    if (known.age.has_value()) {
        text += fmt::format(", {} old", spoken_duration(*known.age));
    }
    if (known.stale) {
        text += "; stale: no sync worker gives a sign of life (tidemark sync --watch)";
    }
    if (!known.warning.empty()) {
        text += fmt::format(" ({})", known.warning);
    }
    return text + "\n";
}

}  // namespace

std::string format_sources(const KnownProgress& known, bool colour) {
    if (!known.snapshot.has_value()) {
        return "unknown: no snapshot could be read\n" + age_line(known);
    }
    TextTable table({{"dataset"},
                     {"status"},
                     {"seam"},
                     {"synced"},
                     {"stable"},
                     {"seen"},
                     {"latest batch"},
                     {"latest daily"},
                     {"gaps", TextAlign::right}});
    const Snapshot& snapshot = *known.snapshot;
    std::string reasons;
    for (const auto& [name, dataset] : snapshot.datasets) {
        table.add_row({name,
                       std::string(to_string(dataset.status)),
                       cell(dataset.seam),
                       cell(dataset.synced_through),
                       cell(dataset.stable_through),
                       cell(dataset.seen_through),
                       raw_cell(dataset.batch_latest),
                       raw_cell(dataset.daily_latest),
                       dataset.gaps.has_value() ? std::to_string(dataset.gaps->size()) : "-"});
        reasons += fmt::format("  {}: {}\n", name, explain(dataset, snapshot.now));
    }
    const OverallSnapshot& overall = snapshot.overall;
    std::string text = colour ? coloured(table.to_string(), snapshot) : table.to_string();
    text += fmt::format("\noverall: {}, synced through {}, stable through {}",
                        to_string(overall.status),
                        cell(overall.synced_through),
                        cell(overall.stable_through));
    if (!overall.holding.empty()) {
        text += fmt::format("; held by {}", fmt::join(overall.holding, ", "));
    }
    if (overall.partial) {
        text += fmt::format("; without {}", fmt::join(overall.excluded, ", "));
    }
    return text + "\n" + reasons + age_line(known);
}

std::string sources_json(const KnownProgress& known) {
    using Json = nlohmann::ordered_json;
    const Snapshot nothing;
    Json document = Json::parse(snapshot_json(known.snapshot.value_or(nothing)));
    if (!known.snapshot.has_value()) {
        document["now"] = nullptr;
    }
    document["metadata"] = {{"origin", known.origin},
                            {"generation", known.fence.generation},
                            {"epoch", known.fence.epoch},
                            {"seq", known.fence.seq},
                            {"age_s", known.age.has_value() ? Json(known.age->count()) : Json()},
                            {"stale", known.stale},
                            {"warning", known.warning}};
    return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace tidemark
