#include "sync/snapshot_changes.h"

#include <optional>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sync/explanation.h"

namespace tidemark {

namespace {

using std::chrono::sys_seconds;

std::string text_of(const std::optional<sys_seconds>& instant) {
    return instant.has_value() ? instant_text(*instant) : "unknown";
}

class ChangeList {
 public:
    void compare(const std::string& dataset,
                 const char* what,
                 std::string from,
                 std::string to,
                 const std::string& reason) {
        if (from != to) {
            changes_.push_back({dataset, what, std::move(from), std::move(to), reason});
        }
    }

    std::vector<SnapshotChange> take() { return std::move(changes_); }

 private:
    std::vector<SnapshotChange> changes_;
};

std::string reason_of(const OverallSnapshot& overall) {
    if (!overall.holding.empty()) {
        return fmt::format("held by {}", fmt::join(overall.holding, ", "));
    }
    return overall.synced_through.has_value() ? "nobody holds" : "no dataset is required";
}

}  // namespace

std::vector<SnapshotChange> changes_between(const Snapshot* previous, const Snapshot& next) {
    const Snapshot nothing;
    const Snapshot& before = previous == nullptr ? nothing : *previous;
    ChangeList list;
    for (const auto& [name, dataset] : next.datasets) {
        const auto found = before.datasets.find(name);
        const DatasetSnapshot earlier =
            found == before.datasets.end() ? DatasetSnapshot() : found->second;
        const std::string reason = explain(dataset, next.now);
        list.compare(name, "seam", text_of(earlier.seam), text_of(dataset.seam), reason);
        list.compare(name,
                     "synced_through",
                     text_of(earlier.synced_through),
                     text_of(dataset.synced_through),
                     reason);
        list.compare(name,
                     "status",
                     std::string(to_string(earlier.status)),
                     std::string(to_string(dataset.status)),
                     reason);
    }
    const std::string reason = reason_of(next.overall);
    list.compare("",
                 "synced_through",
                 text_of(before.overall.synced_through),
                 text_of(next.overall.synced_through),
                 reason);
    list.compare("",
                 "status",
                 std::string(to_string(before.overall.status)),
                 std::string(to_string(next.overall.status)),
                 reason);
    return list.take();
}

}  // namespace tidemark
