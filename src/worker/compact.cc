#include "worker/compact.h"

#include <algorithm>
#include <map>
#include <thread>
#include <utility>

#include "base/log.h"

namespace tidemark {

namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

Result<std::vector<std::string>> counter_datasets(Store& store) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Dataset> known, store.datasets());
    std::vector<std::string> names;
    for (const Dataset& dataset : known) {
        if (dataset.kind() == DatasetKind::counter) {
            names.push_back(dataset.name());
        }
    }
    return names;
}

Result<std::vector<DatasetFold>> fold_each(Store& store, const std::vector<std::string>& datasets) {
    std::vector<DatasetFold> folds;
    for (const std::string& dataset : datasets) {
        Result<FoldOutcome> outcome = store.fold(dataset, {});
        if (!outcome.has_value()) {
            return with_context("fold " + dataset, std::move(outcome).error());
        }
        folds.push_back({dataset, *outcome});
    }
    return folds;
}

}  // namespace

Result<std::vector<DatasetFold>> fold_datasets(Store& store, std::vector<std::string> datasets) {
    if (datasets.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(datasets, counter_datasets(store));
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t run_id, store.begin_run("compact", "", ""));
    Result<std::vector<DatasetFold>> folds = fold_each(store, datasets);
    RunEnd end{.outcome = RunOutcome::succeeded, .covered = {}, .error = {}};
    if (!folds.has_value()) {
        end.outcome = RunOutcome::failed;
        end.error = folds.error().message;
        // The fold's own error matters more than that its run could not be closed.
        if (const Result<void> ended = store.end_run(run_id, end); !ended.has_value()) {
            log_event(LogLevel::warning, "run.end_failed", {{"error", ended.error().message}});
        }
        return folds;
    }
    for (const DatasetFold& fold : *folds) {
        end.rows += fold.outcome.daily_row_count;
    }
    TIDEMARK_RETURN_IF_ERROR(store.end_run(run_id, end));
    return folds;
}

namespace {

// Folds one dataset if enough waits, or if anything waits and it is time. True when it folded.
Result<bool> fold_if_due(Store& store,
                         const std::string& dataset,
                         const CompactWatch& watch,
                         SteadyTime last_fold,
                         const std::function<void(const DatasetFold&)>& folded) {
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetState state, store.dataset_state(dataset));
    const bool is_time = std::chrono::steady_clock::now() - last_fold >= watch.every;
    if (state.unfolded_count < watch.batches_max && !(is_time && state.unfolded_count > 0)) {
        return false;
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<DatasetFold> folds,
                              fold_datasets(store, {dataset}));
    if (folds.front().outcome.folded_through > folds.front().outcome.folded_from) {
        folded(folds.front());
    }
    return true;
}

}  // namespace

Result<void> watch_and_fold(Store& store,
                            const CompactWatch& watch,
                            const std::atomic<bool>& stop,
                            const std::function<void(const DatasetFold&)>& folded) {
    constexpr std::chrono::milliseconds backoff_max{10000};
    std::map<std::string, SteadyTime> last_folds;
    std::chrono::milliseconds pause = watch.poll;
    const auto look_once = [&]() -> Result<void> {
        std::vector<std::string> datasets = watch.datasets;
        if (datasets.empty()) {
            TIDEMARK_ASSIGN_OR_RETURN(datasets, counter_datasets(store));
        }
        for (const std::string& dataset : datasets) {
            TIDEMARK_ASSIGN_OR_RETURN(
                const bool tried, fold_if_due(store, dataset, watch, last_folds[dataset], folded));
            if (tried) {
                last_folds[dataset] = std::chrono::steady_clock::now();
            }
        }
        return {};
    };
    while (!stop) {
        const Result<void> looked = look_once();
        if (looked.has_value()) {
            pause = watch.poll;
        } else if (looked.error().kind == ErrorKind::unavailable) {
            log_event(
                LogLevel::warning, "compact.unavailable", {{"error", looked.error().message}});
            pause = std::min(pause * 2, backoff_max);
        } else {
            return looked;
        }
        for (auto waited = std::chrono::milliseconds(0); waited < pause && !stop;
             waited += std::chrono::milliseconds(50)) {
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
        }
    }
    return {};
}

}  // namespace tidemark
