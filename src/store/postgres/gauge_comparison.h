#pragma once
// A chunk of events compared with what is stored, and what is to be written of it after that.
//
// First with what the session stored itself, by event; then, of the rows that are open after that,
// with the tables, by row.

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "store/gauge_chunk.h"
#include "store/postgres/connection.h"
#include "store/postgres/gauge_sql.h"

namespace tidemark::postgres {

struct ChunkComparison {
    std::vector<bool> known_events;      // as the chunk's events
    std::vector<std::size_t> open_rows;  // places of the chunk's rows with an event not known
};

ChunkComparison compare_with_known(const GaugeChunk& chunk, std::vector<bool> known_events);

// Those rows; as long as the chunk.
GaugeRowPointers open_rows_of(const GaugeChunk& chunk, const ChunkComparison& comparison);

// What was found out of one row.
struct RowAnswer {
    std::uint64_t known_metrics = 0;  // bit i: the row's current reading of metric i is stored
    bool changed = true;              // storing the row changes the stored one
};

// As the chunk's rows. all_new(): the open ones as if nothing of them were stored. answers_of():
// `differing` answers GaugeStatements::compare() of open_rows_of().
std::vector<RowAnswer> all_new(const GaugeChunk& chunk, const ChunkComparison& comparison);
std::vector<RowAnswer> answers_of(const GaugeChunk& chunk,
                                  const ChunkComparison& comparison,
                                  const Rows& differing);

// Points into the chunk.
struct ChunkWrites {
    GaugeEventPointers new_events;
    std::map<UtcDay, GaugeEventPointers> repeats;
    GaugeRowPointers changed_rows;
};

ChunkWrites writes_after(const GaugeChunk& chunk,
                         const ChunkComparison& comparison,
                         const std::vector<RowAnswer>& answers);

}  // namespace tidemark::postgres
