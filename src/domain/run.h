#pragma once
// Run: one execution of a worker, and what it declares covered.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "domain/coverage.h"

namespace tidemark {

enum class RunOutcome { running, succeeded, failed };

std::string_view to_string(RunOutcome outcome);

struct Run {
    std::int64_t id = 0;
    std::string job;      // "aggregate", "compact"
    std::string dataset;  // empty where the job has none
    std::string feed;     // empty where the job has none
    Timestamp started_at{};
    Timestamp heartbeat_at{};
    std::optional<Timestamp> ended_at;  // empty while it runs, and for ever when it was killed
    RunOutcome outcome = RunOutcome::running;
    Coverage covered;  // counts only when the run succeeded
    std::int64_t rows = 0;
    std::int64_t bytes = 0;
    std::string error;  // why it failed
};

// How a run ended.
struct RunEnd {
    RunOutcome outcome = RunOutcome::succeeded;  // succeeded or failed
    Coverage covered;
    std::int64_t rows = 0;
    std::int64_t bytes = 0;
    std::string error;
};

}  // namespace tidemark
