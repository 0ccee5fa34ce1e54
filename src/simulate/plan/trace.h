#pragma once
// A real day as a trace: runs with their times and rows, from a CSV of (time, writer, rows), as
// `select batch, count(*) ... group by` gives it.

#include <string_view>
#include <vector>

#include "base/result.h"
#include "simulate/plan/plan.h"

namespace tidemark::simulate {

// The lines of one writer, by time. The first line of the text names the columns, in any order and
// with others beside them; times are "2026-11-02T00:05:00Z", with a blank for the T and without the
// Z as well, UTC. Times count from the midnight before the earliest line of the whole text, so that
// writers of one trace keep their distances. Fails with invalid_input, naming file and line, for
// what cannot be read and for a writer without lines.
Result<std::vector<TracedRun>> parse_trace(std::string_view text,
                                           std::string_view file,
                                           std::string_view writer);

// "2026-11-02T00:05:00Z" (see above).
Result<std::chrono::sys_seconds> parse_instant(std::string_view text);

// The other way round.
std::string instant_text(std::chrono::sys_seconds instant);

}  // namespace tidemark::simulate
