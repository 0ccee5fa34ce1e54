#pragma once
// The tables of one counter dataset, and the SQL that names its columns.
//
//   NAME_batch (batch_seq, date, SUBJECT, slot, METRIC ...)   one row a batch, subject and slot
//   NAME_daily (date, SUBJECT, METRIC ..., folded_through)    one row a subject and day
//
// Both are WITHOUT ROWID: the primary key is the order on the disk. A batch's rows arrive in key
// order, (date, subject, slot), so behind batch_seq that order makes every insert an append; a read
// or a fold goes to the rows of one batch and day (batch_day says which there are), and finds one
// subject by one search or all of them in order. A batch table never needs another index.

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

// The same of a dataset that has batches; not_found when it is unknown or a gauge.
Result<DatasetRow> find_counter(Connection& connection, std::string_view name);

Result<std::vector<Dataset>> load_datasets(Connection& connection);

// Store::prepare_dataset().
Result<void> prepare_dataset(Connection& connection, const Dataset& dataset);

// The dataset's identifiers, quoted, since a metric may be called "order".
class DatasetTables {
 public:
    explicit DatasetTables(const Dataset& dataset);

    [[nodiscard]] const std::string& batch() const { return batch_; }
    [[nodiscard]] const std::string& daily() const { return daily_; }
    [[nodiscard]] const std::string& subject() const { return subject_; }

    // The metrics, each as `pattern` says with {} for its column, with commas between.
    [[nodiscard]] std::string each_metric(std::string_view pattern) const;

 private:
    std::string batch_;
    std::string daily_;
    std::string subject_;
    std::vector<std::string> metrics_;
};

}  // namespace tidemark::sqlite
