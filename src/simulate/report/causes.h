#pragma once
// What went on while transactions were late.

#include <string>

#include "simulate/report/figures.h"

namespace tidemark::simulate {

// The thing that a writer's late transactions (slower than `late_us`, or never committed) overlap
// most, compared with all of its transactions: "fault lock on t: 96 % of the late ones overlap it,
// 9 % of all"; or that none stands out. Looked at are faults, checkpoints, autovacuum, waits for
// locks and other writers' batches.
std::string cause_of_lateness(const Figures& figures,
                              const WriterFigures& writer,
                              std::int64_t late_us);

}  // namespace tidemark::simulate
