#pragma once
// What in the schema is behind a figure: indexes, and what statements do to their columns.

#include <string>
#include <string_view>

#include "simulate/report/figures.h"

namespace tidemark::simulate {

// Why the WAL is full of whole pages: an index that spreads the rows which come together, by name,
// where there is one.
std::string cause_of_full_pages(const Figures& figures);

// Why updates of a table leave their page: an index with a column that a writer changes, by name,
// where there is one. `hot_share` is the share that did not.
std::string cause_of_cold_updates(const Figures& figures, std::string_view table, double hot_share);

}  // namespace tidemark::simulate
