// GET /metrics: what the service counted, and how the datasets stand now.

#include <algorithm>
#include <chrono>
#include <utility>

#include "serve/endpoint.h"
#include "serve/metrics.h"
#include "serve/query_reader.h"

namespace tidemark {

namespace {

std::optional<std::chrono::seconds> synced_through_age(const KnownProgress& known,
                                                       const std::string& dataset,
                                                       Timestamp now) {
    if (!known.snapshot.has_value()) {
        return std::nullopt;
    }
    const auto found = known.snapshot->datasets.find(dataset);
    if (found == known.snapshot->datasets.end() || !found->second.synced_through.has_value()) {
        return std::nullopt;
    }
    return std::chrono::floor<std::chrono::seconds>(now) - *found->second.synced_through;
}

// Batches commit nearly in the order of their numbers: the first one above the cursor is the
// oldest.
Result<std::chrono::seconds> fold_lag(Store& store,
                                      const std::string& dataset,
                                      const DatasetState& state,
                                      Timestamp now) {
    if (state.unfolded_count == 0) {
        return std::chrono::seconds(0);
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<BatchReceipt> oldest,
                              store.batches(dataset, state.folded_through, 1));
    return oldest.empty()
               ? std::chrono::seconds(0)
               : std::max(std::chrono::seconds(0),
                          std::chrono::floor<std::chrono::seconds>(now - oldest[0].committed_at));
}

}  // namespace

Result<http::Response> get_metrics(const Call& call) {
    QueryReader reader(call);
    if (const auto fault = reader.finish(); fault.has_value()) {
        return http::to_response(*fault);
    }
    const KnownProgress known = call.backend.read_progress();
    std::vector<DatasetFigures> all;
    for (const Dataset& dataset : call.setting.datasets) {
        DatasetFigures figures{.dataset = dataset.name()};
        figures.synced_through_age =
            synced_through_age(known, dataset.name(), call.setting.clock.now());
        if (dataset.kind() == DatasetKind::counter) {
            TIDEMARK_ASSIGN_OR_RETURN(const DatasetState state,
                                      call.backend.store().dataset_state(dataset.name()));
            figures.unfolded_batches = state.unfolded_count;
            TIDEMARK_ASSIGN_OR_RETURN(
                figures.fold_lag,
                fold_lag(call.backend.store(), dataset.name(), state, call.setting.clock.now()));
        }
        all.push_back(std::move(figures));
    }
    return http::text_response(
        200, "text/plain; version=0.0.4; charset=utf-8", call.metrics.text(all, call.load));
}

}  // namespace tidemark
