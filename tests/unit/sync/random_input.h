#pragma once
// Random inputs of synchronisation: mostly regular, with every flaw often enough.

#include <optional>

#include "base/random.h"
#include "sync/observed.h"
#include "sync/snapshot.h"
#include "sync/sync_config.h"

namespace tidemark::test {

struct RandomInput {
    SyncConfig config;
    Observed earlier;  // observed first, at `earlier_now`; what it gives is the previous snapshot
    std::chrono::sys_seconds earlier_now;
    std::int64_t earlier_generation = 1;
    bool has_previous = false;
    Observed observed;
    std::chrono::sys_seconds now;
};

// Up to 12 days between the origin and now.
RandomInput random_sync_input(RandomStream& random);

// The same observations with every list in another order, and some of it said twice.
Observed shuffled(const Observed& observed, RandomStream& random);

}  // namespace tidemark::test
