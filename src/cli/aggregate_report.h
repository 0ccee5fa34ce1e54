#pragma once
// What `aggregate` says about what it read: JSON for programs, a few lines for people.

#include <string>
#include <vector>

#include "domain/dataset.h"
#include "worker/aggregate.h"

namespace tidemark {

// One document: the sums over the files that count (lines, comments, accepted, rejected, ignored,
// rejected_by_reason, ignored_by_rule, subjects, bytes), `totals` (metric -> sum), and for each
// file what became of it, with its rejected samples. With rows at hand (a dry run) also `by_day`
// and `by_slot` (day or slot's begin -> metric -> sum). Reads the rows through. Ends with a line
// end.
std::string aggregate_json(const Dataset& dataset, const std::vector<FileOutcome>& outcomes);

// One line on a file's outcome: "a.log: batch 3, 10000 lines, 9999 accepted, 1 rejected
// (malformed 1)", "b.log: already stored as batch 3 (first as a.log), not counted again", ...
std::string describe_file(const FileOutcome& outcome);

}  // namespace tidemark
