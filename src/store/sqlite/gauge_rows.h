#pragma once
// The rows of a gauge: one a subject and day.

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "domain/gauge.h"
#include "store/sqlite/dataset_tables.h"
#include "store/sqlite/statement.h"

namespace tidemark::sqlite {

// The levels that a row has from this column on, three columns a metric, one for each of `levels`.
void read_levels(const Statement& row,
                 int first_column,
                 std::vector<std::optional<GaugeLevel>>& levels);

// Inside one write transaction. Writes by rowid what it found by key, which spares a search.
class GaugeRows {
 public:
    static Result<GaugeRows> make(Connection& connection, const DatasetTables& tables);

    // The rowid of the row, whose levels are put into `row`, which has one a metric; nothing when
    // there is no such row.
    Result<std::optional<std::int64_t>> find(std::string_view subject, UtcDay day, GaugeDay& row);

    // Adds what a chunk makes of the row to `stored`, what find() found under `rowid`, and writes
    // it when that changes anything.
    Result<void> merge(std::optional<std::int64_t> rowid, GaugeDay& stored, const GaugeDay& added);

    // Writes the row as it is, whatever was there; removes it when no event of it is left.
    Result<void> replace(const GaugeDay& row);

 private:
    GaugeRows(Statement find, Statement update, Statement insert, Statement remove)
        : find_(std::move(find)),
          update_(std::move(update)),
          insert_(std::move(insert)),
          remove_(std::move(remove)) {}

    Result<void> write(std::optional<std::int64_t> rowid, const GaugeDay& row);

    Statement find_;
    Statement update_;
    Statement insert_;
    Statement remove_;
};

}  // namespace tidemark::sqlite
