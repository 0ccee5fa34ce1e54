#pragma once
// A dataset's tables on PostgreSQL: their names, and making them.

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/dataset.h"
#include "domain/utc_day.h"
#include "store/postgres/connection.h"

namespace tidemark::postgres {

// The names as SQL wants them: quoted, except for those of partitions. What a counter keeps by
// batch are its rows, what a gauge keeps are its events; both in partitions by day.
struct DatasetTables {
    Dataset dataset;
    std::string batch;                 // "cdn_batch"; "media_storage_event"
    std::string daily;                 // "cdn_daily"; "media_storage"
    std::string repeat;                // of a gauge: "media_storage_repeat"
    std::string subject;               // "site_id"
    std::vector<std::string> metrics;  // "bytes_streamed", "requests"
    // Of a gauge, in the order of its table: "bytes_stored", "bytes_stored_at", "max_bytes_stored",
    // "media_count", ...
    std::vector<std::string> level_columns;

    // The metrics, each put into `pattern` for {0}, with commas between:
    // metric_list("sum(b.{0})").
    [[nodiscard]] std::string metric_list(std::string_view pattern) const;

    // The level columns likewise.
    [[nodiscard]] std::string level_list(std::string_view pattern) const;

    // The partition that holds a day's batch rows, unquoted: cdn_batch_20261101.
    [[nodiscard]] std::string partition(UtcDay day) const;
};

DatasetTables tables_of(const Connection& connection, const Dataset& dataset);

// Makes the dataset's tables, in the caller's transaction.
Result<void> make_tables(Connection& connection, const DatasetTables& tables);

// Every dataset that was prepared, by name.
Result<std::vector<Dataset>> load_datasets(Connection& connection);

// Registers the dataset and makes its tables in one transaction. A second caller at the same time
// waits for the first. Fails with refused when the dataset is known with another declaration, or
// when a table of that name is somebody else's.
Result<void> prepare_dataset(Connection& connection, const Dataset& dataset);

// Makes the partitions that are missing for the days, in a transaction of its own. Attaching one
// takes SHARE UPDATE EXCLUSIVE on the batch table, which stalls neither readers nor writers. Fails
// with refused when a day was purged.
Result<void> make_partitions(Connection& connection,
                             const DatasetTables& tables,
                             std::span<const UtcDay> days);

// Waits until nobody else makes or drops partitions of the dataset; held to the transaction's end.
Result<void> lock_partitions(Connection& connection, const DatasetTables& tables);

// Waits until nobody else takes a number of the dataset; held to the transaction's end. Of a gauge,
// where whoever stores or voids has a number until he commits, that is to be alone.
Result<void> hold_numbers(Connection& connection, std::string_view dataset);

Result<std::vector<UtcDay>> load_purged_days(Connection& connection, std::string_view dataset);

// Fails with refused, naming the first, when one of the days was purged.
Result<void> require_not_purged(Connection& connection,
                                const DatasetTables& tables,
                                std::span<const UtcDay> days);

}  // namespace tidemark::postgres
