#include "store/postgres/tables.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "store/postgres/values.h"
#include "store/refusals.h"

namespace tidemark::postgres {

namespace {

Result<Dataset> load_dataset_row(const Rows& rows, int row) {
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetKind kind,
                              parse_dataset_kind(std::string(rows.text(row, 1))));
    std::vector<std::string> metrics;
    for (const std::string_view metric : array_elements(rows.text(row, 3))) {
        metrics.emplace_back(metric);
    }
    return Dataset::declare({.name = std::string(rows.text(row, 0)),
                             .kind = kind,
                             .subject = std::string(rows.text(row, 2)),
                             .metrics = std::move(metrics)});
}

constexpr std::string_view dataset_columns = "SELECT name, kind, subject, metrics FROM dataset";

Result<std::set<std::string, std::less<>>> load_partitions(Connection& connection,
                                                           const DatasetTables& tables) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
                         " WHERE i.inhparent = $1::regclass",
                         Parameters().text(tables.batch)));
    std::set<std::string, std::less<>> names;
    for (int row = 0; row < rows.size(); ++row) {
        names.emplace(rows.text(row, 0));
    }
    return names;
}

// CREATE TABLE ... PARTITION OF would lock the batch table against readers and writers; attaching
// a table made beforehand does not. The index is made by the attaching.
Result<void> make_partition(Connection& connection, const DatasetTables& tables, UtcDay day) {
    const std::string partition = connection.quote(tables.partition(day));
    return connection.execute_script(
        fmt::format("CREATE TABLE {0} (LIKE {1} INCLUDING DEFAULTS);"
                    "ALTER TABLE {1} ATTACH PARTITION {0} FOR VALUES FROM ('{2}') TO ('{3}')",
                    partition,
                    tables.batch,
                    day.to_string(),
                    day_after(day)));
}

}  // namespace

// Batch rows have no primary key: the registry is what makes a batch count once, and an index over
// all columns would cost more than the rows. The index serves reads of single subjects over
// unfolded batches (docs/decisions/0010-batch-index.md).
Result<void> make_tables(Connection& connection, const DatasetTables& tables) {
    TIDEMARK_RETURN_IF_ERROR(connection.execute_script(
        fmt::format("CREATE TABLE {0} (batch_seq bigint NOT NULL, {1} text COLLATE \"C\" NOT NULL,"
                    " date date NOT NULL, slot smallint NOT NULL, {2}) PARTITION BY RANGE (date);"
                    "CREATE INDEX ON {0} (batch_seq, {1})",
                    tables.batch,
                    tables.subject,
                    tables.metric_list("{0} bigint NOT NULL"))));
    return connection.execute_script(
        fmt::format("CREATE TABLE {0} (date date NOT NULL, {1} text COLLATE \"C\" NOT NULL, {2},"
                    " folded_through bigint NOT NULL, PRIMARY KEY (date, {1}))"
                    " WITH (fillfactor = 50)",
                    tables.daily,
                    tables.subject,
                    tables.metric_list("{0} bigint NOT NULL")));
}

std::string DatasetTables::metric_list(std::string_view pattern) const {
    std::string list;
    for (const std::string& metric : metrics) {
        list += list.empty() ? "" : ", ";
        list += fmt::format(fmt::runtime(pattern), metric);
    }
    return list;
}

std::string DatasetTables::partition(UtcDay day) const {
    std::string digits = day.to_string();
    std::erase(digits, '-');
    return fmt::format("{}_batch_{}", dataset.name(), digits);
}

DatasetTables tables_of(const Connection& connection, const Dataset& dataset) {
    DatasetTables tables{.dataset = dataset,
                         .batch = connection.quote(dataset.name() + "_batch"),
                         .daily = connection.quote(dataset.name() + "_daily"),
                         .subject = connection.quote(dataset.subject()),
                         .metrics = {}};
    for (const std::string& metric : dataset.metrics()) {
        tables.metrics.push_back(connection.quote(metric));
    }
    return tables;
}

Result<std::vector<Dataset>> load_datasets(Connection& connection) {
    TIDEMARK_ASSIGN_OR_RETURN(const Rows rows,
                              connection.query(std::string(dataset_columns) + " ORDER BY name"));
    std::vector<Dataset> datasets;
    for (int row = 0; row < rows.size(); ++row) {
        TIDEMARK_ASSIGN_OR_RETURN(Dataset dataset, load_dataset_row(rows, row));
        datasets.push_back(std::move(dataset));
    }
    return datasets;
}

Result<void> prepare_dataset(Connection& connection, const Dataset& dataset) {
    Transaction transaction(connection);
    TIDEMARK_RETURN_IF_ERROR(transaction.begin());
    // A second session that inserts the same name waits here until the first has committed.
    TIDEMARK_ASSIGN_OR_RETURN(const Rows inserted,
                              connection.query("INSERT INTO dataset (name, kind, subject, metrics)"
                                               " VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                                               Parameters()
                                                   .text(dataset.name())
                                                   .text(to_string(dataset.kind()))
                                                   .text(dataset.subject())
                                                   .texts(dataset.metrics())));
    if (inserted.changed() == 0) {
        TIDEMARK_ASSIGN_OR_RETURN(
            const Rows rows,
            connection.query(std::string(dataset_columns) + " WHERE name = $1",
                             Parameters().text(dataset.name())));
        TIDEMARK_ASSIGN_OR_RETURN(const Dataset known, load_dataset_row(rows, 0));
        if (known == dataset) {
            return transaction.commit();
        }
        return dataset_differs(known, dataset);
    }
    if (dataset.kind() == DatasetKind::counter) {
        TIDEMARK_RETURN_IF_ERROR(make_tables(connection, tables_of(connection, dataset)));
    }
    const Parameters name = Parameters().text(dataset.name());
    TIDEMARK_RETURN_IF_ERROR(connection.query("INSERT INTO dataset_seq VALUES ($1, 0)", name));
    TIDEMARK_RETURN_IF_ERROR(connection.query("INSERT INTO dataset_fold VALUES ($1, 0)", name));
    return transaction.commit();
}

Result<void> lock_partitions(Connection& connection, const DatasetTables& tables) {
    // An own class of advisory locks: 0x7469 is "ti".
    TIDEMARK_RETURN_IF_ERROR(connection.query("SELECT pg_advisory_xact_lock(29801, hashtext($1))",
                                              Parameters().text(tables.dataset.name())));
    return {};
}

Result<void> require_not_purged(Connection& connection,
                                const DatasetTables& tables,
                                std::span<const UtcDay> days) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows purged,
        connection.query("SELECT min(date) - DATE '1970-01-01' FROM purged_day"
                         " WHERE dataset = $1 AND date = ANY($2)",
                         Parameters().text(tables.dataset.name()).days(days)));
    if (purged.is_null(0, 0)) {
        return {};
    }
    const auto since_epoch = static_cast<std::int32_t>(purged.integer(0, 0));
    return day_purged(tables.dataset.name(), UtcDay::from_days_since_epoch(since_epoch));
}

Result<void> make_partitions(Connection& connection,
                             const DatasetTables& tables,
                             std::span<const UtcDay> days) {
    Transaction transaction(connection);
    TIDEMARK_RETURN_IF_ERROR(transaction.begin());
    // A statement of its own: what it waited for is visible to those that follow.
    TIDEMARK_RETURN_IF_ERROR(lock_partitions(connection, tables));
    TIDEMARK_RETURN_IF_ERROR(require_not_purged(connection, tables, days));
    TIDEMARK_ASSIGN_OR_RETURN(const auto present, load_partitions(connection, tables));
    for (const UtcDay day : days) {
        if (!present.contains(tables.partition(day))) {
            TIDEMARK_RETURN_IF_ERROR(make_partition(connection, tables, day));
        }
    }
    return transaction.commit();
}

}  // namespace tidemark::postgres
