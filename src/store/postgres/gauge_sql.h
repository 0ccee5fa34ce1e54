#pragma once
// The statements about a gauge's rows, and what their answers say.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "domain/gauge.h"
#include "store/postgres/connection.h"
#include "store/postgres/tables.h"

namespace tidemark::postgres {

// $1 subjects, $2 days, then three arrays a metric (value, instant, mark): one element a row.
Parameters row_parameters(std::span<const GaugeDay* const> rows, std::size_t metric_count);

// What of these rows is stored already: (place from 0, metrics, changed) for each that is there and
// has the row's current reading of some metric as its own (bit 0 of `metrics`: the first metric) or
// would not change by the row. Nothing for the others.
Statement known_statement(const DatasetTables& tables, Parameters rows);

// Adds rows to those that are there: per metric the larger reading and the larger mark.
Statement merge_statement(const DatasetTables& tables, Parameters rows);

// Removes the rows of these keys; $1 subjects, $2 days.
Statement remove_statement(const DatasetTables& tables, Parameters keys);

// The instant of a column as microseconds since 1970.
std::string microseconds_of(const std::string& column);

// Value, instant and mark from three columns; empty when they are null.
std::optional<GaugeLevel> read_level(const Rows& rows, int row, int first_column);

}  // namespace tidemark::postgres
