#pragma once
// Dataset: a declared set of metrics over one kind of subject. Datasets are data, not code.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tidemark {

enum class DatasetKind {
    counter,  // values add up: a batch table and a daily table
    gauge,    // values replace each other: the current value and the day's high-water mark
};

std::string_view to_string(DatasetKind kind);
Result<DatasetKind> parse_dataset_kind(std::string_view text);

// Beside each metric a gauge's table has when it was observed, and the day's high-water mark:
// "bytes_stored_at", "max_bytes_stored".
std::string gauge_time_column(std::string_view metric);
std::string gauge_mark_column(std::string_view metric);

// What a user writes in [dataset.NAME]; every name becomes a table's or a column's.
struct DatasetDeclaration {
    std::string name;
    DatasetKind kind = DatasetKind::counter;
    std::string subject;               // the subject's column: "site_id"
    std::vector<std::string> metrics;  // the metrics' columns, in order
};

class Dataset {
 public:
    static constexpr std::size_t metrics_max = 8;

    // Names are 1 to 40 of [a-z0-9_], beginning with a letter, and differ from each other and from
    // the columns that Tidemark adds: batch_seq, date, slot, folded_through; for a gauge also
    // metric, value, observed_at, event_id, and METRIC_at and max_METRIC for each metric. Fails
    // with invalid_input, naming the first that is not so.
    static Result<Dataset> declare(DatasetDeclaration declaration);

    [[nodiscard]] const std::string& name() const { return declaration_.name; }
    [[nodiscard]] DatasetKind kind() const { return declaration_.kind; }
    [[nodiscard]] const std::string& subject() const { return declaration_.subject; }
    [[nodiscard]] const std::vector<std::string>& metrics() const { return declaration_.metrics; }

    // The metric's place in metrics().
    [[nodiscard]] std::optional<std::size_t> find_metric(std::string_view metric) const;

    bool operator==(const Dataset& other) const;

 private:
    explicit Dataset(DatasetDeclaration declaration) : declaration_(std::move(declaration)) {}
    DatasetDeclaration declaration_;
};

// `cdn`, `ping` and `media_storage`, in this order.
std::span<const Dataset> built_in_datasets();

}  // namespace tidemark
