#include "worker/verify.h"

#include <algorithm>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "base/log.h"

namespace tidemark {

namespace {

constexpr std::int64_t logged_differences_max = 10;

void log_difference(const std::string& dataset, const Difference& difference) {
    log_event(LogLevel::error,
              "verify.difference",
              {{"dataset", dataset},
               {"table", difference.table},
               {"subject", difference.subject},
               {"day", difference.day.has_value() ? difference.day->to_string() : ""},
               {"field", difference.field},
               {"expected", difference.expected},
               {"found", difference.found}});
}

Result<void> verify_dataset(Store& store,
                            const std::string& dataset,
                            UtcDay from,
                            const VerifiedSink& verified) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t run_id, store.begin_run("verify", dataset, ""));
    std::int64_t difference_count = 0;
    const Result<VerifySummary> summary =
        store.verify({.dataset = dataset, .from = from}, [&](const Difference& difference) {
            if (++difference_count <= logged_differences_max) {
                log_difference(dataset, difference);
            }
        });
    RunEnd end{.outcome = RunOutcome::succeeded, .covered = {}, .error = {}};
    if (!summary.has_value() || difference_count > 0) {
        end.outcome = RunOutcome::failed;
        end.error = summary.has_value() ? fmt::format("{} differences; tidemark verify lists them",
                                                      difference_count)
                                        : summary.error().message;
    }
    TIDEMARK_RETURN_IF_ERROR(store.end_run(run_id, end));
    TIDEMARK_RETURN_IF_ERROR(summary);
    verified(dataset, difference_count);
    return {};
}

// Nothing was ever verified, or that is long ago.
Result<bool> is_due(Store& store, const Clock& clock, std::chrono::seconds every) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Run> newest,
                              store.find_runs({.job = "verify", .limit = 1}));
    return newest.empty() || clock.now() - newest.front().started_at >= every;
}

}  // namespace

Result<void> verify_last_days(Store& store,
                              const Clock& clock,
                              std::int32_t days,
                              const VerifiedSink& verified) {
    const UtcDay today = UtcDay::containing(std::chrono::floor<std::chrono::seconds>(clock.now()));
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Dataset> datasets, store.datasets());
    for (const Dataset& dataset : datasets) {
        TIDEMARK_RETURN_IF_ERROR(
            verify_dataset(store, dataset.name(), today.plus_days(1 - days), verified));
    }
    return {};
}

Result<void> watch_and_verify(Store& store,
                              const Clock& clock,
                              const VerifyWatch& watch,
                              const std::atomic<bool>& stop,
                              const VerifiedSink& verified) {
    const auto look_once = [&]() -> Result<void> {
        TIDEMARK_ASSIGN_OR_RETURN(const bool due, is_due(store, clock, watch.every));
        return due ? verify_last_days(store, clock, watch.days, verified) : Result<void>{};
    };
    const auto pause =
        std::min<std::chrono::milliseconds>(std::chrono::minutes(1), watch.every / 4);
    while (!stop) {
        const Result<void> looked = look_once();
        if (!looked.has_value() && looked.error().kind != ErrorKind::unavailable) {
            return looked;
        }
        if (!looked.has_value()) {
            log_event(LogLevel::warning, "verify.unavailable", {{"error", looked.error().message}});
        }
        for (auto waited = std::chrono::milliseconds(0); waited < pause && !stop;
             waited += watch.poll) {
            std::this_thread::sleep_for(watch.poll);
        }
    }
    return {};
}

}  // namespace tidemark
