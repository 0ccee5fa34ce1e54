#include "worker/compact.h"

#include <algorithm>
#include <map>
#include <optional>
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

Result<std::vector<std::string>> all_datasets(Store& store) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Dataset> known, store.datasets());
    std::vector<std::string> names;
    for (const Dataset& dataset : known) {
        names.push_back(dataset.name());
    }
    return names;
}

Result<bool> is_gauge(Store& store, std::string_view name) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Dataset> known, store.datasets());
    return std::ranges::any_of(known, [name](const Dataset& dataset) {
        return dataset.name() == name && dataset.kind() == DatasetKind::gauge;
    });
}

Result<DatasetFold> fold_one(Store& store, const std::string& dataset, const FoldPace& pace = {}) {
    Result<FoldOutcome> outcome = store.fold(dataset, {.pace = pace});
    if (!outcome.has_value()) {
        return with_context("fold " + dataset, std::move(outcome).error());
    }
    return DatasetFold{dataset, *outcome};
}

const ClosingRules& rules_of(const ClosingRulesByDataset& rules, const std::string& dataset) {
    static const ClosingRules defaults;
    const auto found = rules.find(dataset);
    return found == rules.end() ? defaults : found->second;
}

Result<DatasetCompaction> compact_one(Store& store,
                                      const std::string& dataset,
                                      const ClosingRulesByDataset& rules,
                                      Timestamp now) {
    TIDEMARK_ASSIGN_OR_RETURN(const bool gauge, is_gauge(store, dataset));
    DatasetCompaction compaction{.dataset = dataset, .fold = {}, .closing = {}};
    if (!gauge) {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetFold fold, fold_one(store, dataset));
        compaction.fold = fold.outcome;
    }
    const ClosingRules& own_rules = rules_of(rules, dataset);
    Result<ClosingOutcome> closing = gauge ? purge_days(store, dataset, own_rules, now)
                                           : close_days(store, dataset, own_rules, now);
    if (!closing.has_value()) {
        return with_context("close days of " + dataset, std::move(closing).error());
    }
    compaction.closing = *std::move(closing);
    return compaction;
}

std::int64_t daily_rows_of(const DatasetFold& fold) {
    return fold.outcome.daily_row_count;
}

std::int64_t daily_rows_of(const DatasetCompaction& compaction) {
    return compaction.fold.has_value() ? compaction.fold->daily_row_count : 0;
}

// Does `one` with each dataset as one run of job "compact".
template <typename T>
Result<std::vector<T>> run_over(Store& store,
                                const std::vector<std::string>& datasets,
                                const std::function<Result<T>(const std::string&)>& one) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t run_id, store.begin_run("compact", "", ""));
    std::vector<T> done;
    RunEnd end{.outcome = RunOutcome::succeeded, .covered = {}, .error = {}};
    for (const std::string& dataset : datasets) {
        Result<T> outcome = one(dataset);
        if (!outcome.has_value()) {
            end.outcome = RunOutcome::failed;
            end.error = outcome.error().message;
            // The first error matters more than that its run could not be closed.
            if (const Result<void> ended = store.end_run(run_id, end); !ended.has_value()) {
                log_event(LogLevel::warning, "run.end_failed", {{"error", ended.error().message}});
            }
            return std::move(outcome).error();
        }
        end.rows += daily_rows_of(*outcome);
        done.push_back(*std::move(outcome));
    }
    TIDEMARK_RETURN_IF_ERROR(store.end_run(run_id, end));
    return done;
}

}  // namespace

Result<std::vector<DatasetFold>> fold_datasets(Store& store,
                                               std::vector<std::string> datasets,
                                               const FoldPace& pace) {
    if (datasets.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(datasets, counter_datasets(store));
    }
    return run_over<DatasetFold>(store, datasets, [&](const std::string& dataset) {
        return fold_one(store, dataset, pace);
    });
}

Result<std::vector<DatasetCompaction>> compact_datasets(Store& store,
                                                        std::vector<std::string> datasets,
                                                        const ClosingRulesByDataset& rules,
                                                        Timestamp now) {
    if (datasets.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(datasets, all_datasets(store));
    }
    return run_over<DatasetCompaction>(store, datasets, [&](const std::string& dataset) {
        return compact_one(store, dataset, rules, now);
    });
}

namespace {

// Nothing before the first time: the steady clock begins anywhere, mostly when the machine does.
using LastTime = std::optional<SteadyTime>;

bool is_due(LastTime last, std::chrono::steady_clock::duration every) {
    return !last.has_value() || std::chrono::steady_clock::now() - *last >= every;
}

// Folds one dataset if enough waits, or if anything waits and it is time. True when it folded.
Result<bool> fold_if_due(Store& store,
                         const std::string& dataset,
                         const CompactWatch& watch,
                         LastTime last_fold,
                         const std::function<void(const DatasetFold&)>& folded) {
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetState state, store.dataset_state(dataset));
    const bool is_time = is_due(last_fold, watch.every);
    if (state.unfolded_count < watch.batches_max && !(is_time && state.unfolded_count > 0)) {
        return false;
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<DatasetFold> folds,
                              fold_datasets(store, {dataset}, watch.pace));
    if (folds.front().outcome.folded_through > folds.front().outcome.folded_from) {
        folded(folds.front());
    }
    return true;
}

}  // namespace

Result<void> watch_and_compact(Store& store,
                               const Clock& clock,
                               const CompactWatch& watch,
                               const std::atomic<bool>& stop,
                               const std::function<void(const DatasetFold&)>& folded) {
    constexpr std::chrono::milliseconds backoff_max{10000};
    std::map<std::string, LastTime> last_folds;
    std::map<std::string, LastTime> last_closings;
    std::chrono::milliseconds pause = watch.poll;
    const auto look_once = [&]() -> Result<void> {
        std::vector<std::string> datasets = watch.datasets;
        if (datasets.empty()) {
            TIDEMARK_ASSIGN_OR_RETURN(datasets, all_datasets(store));
        }
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<std::string> counters, counter_datasets(store));
        for (const std::string& dataset : datasets) {
            const bool counter = std::ranges::find(counters, dataset) != counters.end();
            if (counter) {
                LastTime& last_fold = last_folds[dataset];
                TIDEMARK_ASSIGN_OR_RETURN(const bool tried,
                                          fold_if_due(store, dataset, watch, last_fold, folded));
                last_fold = tried ? std::chrono::steady_clock::now() : last_fold;
            }
            LastTime& last_closing = last_closings[dataset];
            if (is_due(last_closing, watch.close_every)) {
                TIDEMARK_RETURN_IF_ERROR((counter ? close_days : purge_days)(
                    store, dataset, rules_of(watch.rules, dataset), clock.now()));
                last_closing = std::chrono::steady_clock::now();
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
