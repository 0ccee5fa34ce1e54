#pragma once
// synchronise: how far is the data complete? The one place that decides it.
//
// For a counter, B is the set of slots that every feed covers, D the slots of sealed days that are
// over, H those of holes that an operator acknowledged.
//
//   seam            end of the longest prefix of days from the origin that is all in D
//   synced through  the first slot that is in none of the three, or the last slot that is over
//   stable through  the same, but before what may still be restated
//   gap             missing slots that are overdue, though later ones are there
//
// For a gauge D is the days on which it was observed and that had settled at its last commit; there
// is no B. docs/synchronisation.md has the definitions one by one.

#include <chrono>

#include "sync/observed.h"
#include "sync/snapshot.h"
#include "sync/sync_config.h"

namespace tidemark {

// Pure, total and deterministic; the order of lists does not matter.
//
// The clock never steps back: the answer is as of the larger of `now` and the previous snapshot's.
// A dataset that was not read, or was read as the other kind, carries its previous figures with
// status down. Within a generation the seam and synced through never fall: a dataset that would is
// carried with status regressed, until another generation accepts it. `previous` may be null.
Snapshot synchronise(const Observed& observed,
                     const Snapshot* previous,
                     const SyncConfig& config,
                     std::chrono::sys_seconds now);

}  // namespace tidemark
