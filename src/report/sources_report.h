#pragma once
// How far the datasets are complete, for people and for programs.

#include <string>

#include "sync/snapshot_reader.h"

namespace tidemark {

// A table, a line on all datasets together, and what holds whom; with `colour` the status in the
// colours of a terminal. Ends with a line end.
std::string format_sources(const KnownProgress& known, bool colour);

// The snapshot's fields, and "metadata": {"origin", "generation", "epoch", "seq", "age_s", "stale",
// "warning"}. Without a snapshot "datasets" is empty and "overall" unknown. Ends with a line end.
std::string sources_json(const KnownProgress& known);

}  // namespace tidemark
