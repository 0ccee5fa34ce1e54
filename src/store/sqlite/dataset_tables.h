#pragma once
// The tables of one dataset, and the SQL that names its columns. Of a counter:
//
//   NAME_batch (batch_seq, date, SUBJECT, slot, METRIC ...)   one row a batch, subject and slot
//   NAME_daily (date, SUBJECT, METRIC ..., folded_through)    one row a subject and day
//
// Both are WITHOUT ROWID: the primary key is the order on the disk. A batch's rows arrive in key
// order, (date, subject, slot), so behind batch_seq that order makes every insert an append; a read
// or a fold goes to the rows of one batch and day (batch_day says which there are), and finds one
// subject by one search or all of them in order. A batch table never needs another index.
//
// Of a gauge (store/gauge_store.h):
//
//   NAME        (SUBJECT, date, for each METRIC: METRIC, METRIC_at, max_METRIC)   one row a subject
//               and day; instants are microseconds since 1970
//   NAME_event  (date, batch_seq, SUBJECT, metric, observed_at, value, event_id)   what batches
//               brought; metric is its place in the dataset's metrics, from 1
//   NAME_repeat (date, batch_seq, events)   what they brought that was there (gauge_repeats.h)
//
// The first has a rowid: its key begins with the subject and a chunk of events is of one day, so
// its inserts are all over the key, where rows behind it are three times slower. The others are
// in the order in which they are written, and a day's rows are together, for voids and purges.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/dataset.h"
#include "store/sqlite/connection.h"

namespace tidemark::sqlite {

// How a dataset stands in the file: its row of `dataset`.
struct DatasetRow {
    std::int64_t id = 0;
    Dataset dataset;
    std::int64_t last_seq = 0;
    std::int64_t folded_through = 0;
    bool partial = false;
};

Result<std::optional<DatasetRow>> find_dataset(Connection& connection, std::string_view name);

// The same; not_found when it is unknown, or not of the kind.
Result<DatasetRow> find_known(Connection& connection, std::string_view name);
Result<DatasetRow> find_counter(Connection& connection, std::string_view name);
Result<DatasetRow> find_gauge(Connection& connection, std::string_view name);

Result<std::vector<Dataset>> load_datasets(Connection& connection);

// Store::prepare_dataset().
Result<void> prepare_dataset(Connection& connection, const Dataset& dataset);

// The dataset's identifiers, quoted, since a metric may be called "order".
class DatasetTables {
 public:
    explicit DatasetTables(const Dataset& dataset);

    [[nodiscard]] const std::string& batch() const { return batch_; }  // a gauge's: its events
    [[nodiscard]] const std::string& daily() const { return daily_; }
    [[nodiscard]] const std::string& repeat() const { return repeat_; }  // a gauge's
    [[nodiscard]] const std::string& subject() const { return subject_; }

    // The metrics, each as `pattern` says with {} for its column, with commas between.
    [[nodiscard]] std::string each_metric(std::string_view pattern) const;

    // The three columns that a gauge has of each metric, likewise, in the order of its table.
    [[nodiscard]] std::string each_level_column(std::string_view pattern) const;

 private:
    std::string batch_;
    std::string daily_;
    std::string repeat_;
    std::string subject_;
    std::vector<std::string> metrics_;
    std::vector<std::string> level_columns_;
};

}  // namespace tidemark::sqlite
