#pragma once
// Why a dataset stands where it stands, in a sentence.

#include <chrono>
#include <string>

#include "sync/snapshot.h"

namespace tidemark {

// "complete through 2026-03-10T12:00:00Z; ..." or "held at 2026-03-10T09:00:00Z by ..., which was
// due by 10:15:00Z, 1h 55m ago": what holds the dataset, and until when what comes next is due.
// `now` is the snapshot's.
std::string explain(const DatasetSnapshot& dataset, std::chrono::sys_seconds now);

}  // namespace tidemark
