#pragma once
// The statements about a gauge's rows and events, and what their answers say.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "domain/gauge.h"
#include "store/postgres/connection.h"
#include "store/postgres/tables.h"

namespace tidemark::postgres {

using GaugeRowPointers = std::vector<const GaugeDay*>;
using GaugeEventPointers = std::vector<const GaugeEvent*>;

// The statements of one chunk. They name the columns of the metrics that the chunk has, and of no
// others: a source brings one metric, and half of the columns need not travel.
//
// A chunk of one day, which most are, is joined with the rows of that day: planned with its values,
// since only then does the planner know that there are 2,000 of them, and can choose between a
// search by key for each and one pass over the day. The pass is 2 to 5 times faster while the day
// has not many more rows than the chunk. Of 100,000 rows it takes 35 ms, the whole chunk by key 22,
// yet the planner takes it for the cheaper way: that choice is the caller's, by search_by_key().
class GaugeStatements {
 public:
    // `tables` must outlive it.
    GaugeStatements(const DatasetTables& tables, std::span<const GaugeDay> rows);

    // The day in question, when all rows are of one and search_by_key() was not called.
    [[nodiscard]] std::optional<UtcDay> joined_day() const { return joined_day_; }

    // How many rows are stored of joined_day(), counted as far as `limit`: (count).
    [[nodiscard]] Statement count_day(std::int64_t limit) const;

    // From now on, searches each row by its key.
    void search_by_key() { joined_day_.reset(); }

    // Compares rows with those that are stored, and answers (place from 0, metrics, changed) for
    // each that differs: bit i of `metrics` is set when the row's current reading of metric i is
    // the stored one's too, `changed` when storing the row would change anything. A row without an
    // answer is wholly known. compare_few() searches each by its key.
    [[nodiscard]] Statement compare(const GaugeRowPointers& rows) const;
    [[nodiscard]] Statement compare_few(const GaugeRowPointers& rows) const;

    // Adds rows to those that are there: of each metric the larger reading and the larger mark.
    // Rows that would not change by it are left alone. Nobody else may write rows of the dataset
    // meanwhile.
    [[nodiscard]] Statement merge(const GaugeRowPointers& rows) const;

    [[nodiscard]] Statement append(std::int64_t batch_seq, const GaugeEventPointers& events) const;

 private:
    [[nodiscard]] Statement merge_day(const GaugeRowPointers& rows) const;
    [[nodiscard]] Statement merge_by_key(const GaugeRowPointers& rows) const;

    // unnest(...) of the parameters as `i`, with a number from 1 as `place`.
    [[nodiscard]] std::string given(bool with_days) const;
    [[nodiscard]] Parameters parameters_of(const GaugeRowPointers& rows, bool with_days) const;
    // `both`: what is given with what is stored, as i and t.
    [[nodiscard]] Statement comparison(const std::string& both, Parameters parameters) const;

    [[nodiscard]] std::string stored_columns() const;

    const DatasetTables& tables_;
    std::vector<std::size_t> metrics_;  // those that any of the rows has
    std::optional<UtcDay> joined_day_;
};

// Removes the rows of these keys; $1 subjects, $2 days.
Statement remove_statement(const DatasetTables& tables, Parameters keys);

// The instant of a column as microseconds since 1970.
std::string microseconds_of(const std::string& column);

// Value, instant and mark from three columns; empty when they are null.
std::optional<GaugeLevel> read_level(const Rows& rows, int row, int first_column);

}  // namespace tidemark::postgres
