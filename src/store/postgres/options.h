#pragma once
// How long the PostgreSQL store waits for what.

#include <chrono>

#include "store/postgres/connection.h"

namespace tidemark::postgres {

struct Options {
    // A batch that is being written and whose lease is not renewed for so long is abandoned. Long
    // enough for a pause of the machine, short enough that a dead writer's batch does not hold
    // the folds back for long.
    std::chrono::milliseconds lease{30'000};
    // How long store_batch waits for somebody else who is storing the same batch.
    std::chrono::milliseconds busy_wait{60'000};
    // How long a purge tries to find a moment without readers and writers of the dataset.
    std::chrono::milliseconds purge_wait{2'000};
    SessionLimits limits{};
};

}  // namespace tidemark::postgres
