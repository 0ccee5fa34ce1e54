#pragma once
// A table of somebody else's that shows how far a dataset came.

#include <chrono>
#include <optional>
#include <string>

#include "sync/postgres_tables/local_labels.h"

namespace tidemark {

enum class TableGrain { slot, day };

// Names are quoted wherever they are used. A table of grain `slot` is one feed of the dataset, one
// of grain `day` says which days are complete.
struct TableSource {
    std::string name;  // in the configuration
    std::string url;   // of a PostgreSQL
    std::string dataset;
    std::string schema{};  // empty: as the server searches
    std::string table;
    // timestamp (local time of `time_zone`), timestamptz, date, or text of `time_format`.
    std::string time_column;
    TableGrain grain = TableGrain::slot;
    std::string time_zone = "UTC";
    LocalTimeRules local_times{};
    std::string time_format{};    // as strftime has it; empty: the column is no text
    std::string filter_column{};  // only rows where it equals filter_value; empty: all rows
    std::string filter_value{};
    std::string feed{};  // of grain `slot`; empty: `name`
    // Of grain `day`: a day counts once its end, local time, lies so far back; empty: at once.
    std::optional<std::chrono::seconds> settle{};
};

}  // namespace tidemark
