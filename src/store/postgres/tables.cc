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

std::string listed(const std::vector<std::string>& names, std::string_view pattern) {
    std::string list;
    for (const std::string& name : names) {
        list += list.empty() ? "" : ", ";
        list += fmt::format(fmt::runtime(pattern), name);
    }
    return list;
}

// Value, instant and mark of each metric.
std::string level_declarations(const DatasetTables& tables) {
    std::string columns;
    for (std::size_t column = 0; column < tables.level_columns.size(); ++column) {
        columns += fmt::format("{}{} {}",
                               column == 0 ? "" : ", ",
                               tables.level_columns[column],
                               column % 3 == 1 ? "timestamptz" : "bigint");
    }
    return columns;
}

// Batch rows have no primary key: the registry is what makes a batch count once, and an index over
// all columns would cost more than the rows. The index serves reads of single subjects over
// unfolded batches (docs/decisions/0010-batch-index.md).
Result<void> make_counter_tables(Connection& connection, const DatasetTables& tables) {
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

// The key's order is given by who reads: one subject over days. The fill factor and what the order
// costs: docs/schema.md. Events have no index at all: they are looked up for a void only, which
// reads the days it is about. Repeats are packed by the program already, so they are not again.
Result<void> make_gauge_tables(Connection& connection, const DatasetTables& tables) {
    TIDEMARK_RETURN_IF_ERROR(connection.execute_script(
        fmt::format("CREATE TABLE {0} ({1} text COLLATE \"C\" NOT NULL, date date NOT NULL, {2},"
                    " PRIMARY KEY ({1}, date)) WITH (fillfactor = 70);"
                    "CREATE INDEX ON {0} (date)",
                    tables.daily,
                    tables.subject,
                    level_declarations(tables))));
    TIDEMARK_RETURN_IF_ERROR(connection.execute_script(
        fmt::format("CREATE TABLE {} (batch_seq bigint NOT NULL, value bigint NOT NULL,"
                    " observed_at timestamptz NOT NULL, metric smallint NOT NULL,"
                    " {} text COLLATE \"C\" NOT NULL, event_id text)"
                    " PARTITION BY RANGE (observed_at)",
                    tables.batch,
                    tables.subject)));
    return connection.execute_script(
        fmt::format("CREATE TABLE {0} (date date NOT NULL, batch_seq bigint NOT NULL,"
                    " events bytea NOT NULL, PRIMARY KEY (date, batch_seq));"
                    "ALTER TABLE {0} ALTER COLUMN events SET STORAGE EXTERNAL",
                    tables.repeat));
}

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

Result<void> make_tables(Connection& connection, const DatasetTables& tables) {
    return tables.dataset.kind() == DatasetKind::gauge ? make_gauge_tables(connection, tables)
                                                       : make_counter_tables(connection, tables);
}

std::string DatasetTables::metric_list(std::string_view pattern) const {
    return listed(metrics, pattern);
}

std::string DatasetTables::level_list(std::string_view pattern) const {
    return listed(level_columns, pattern);
}

std::string DatasetTables::partition(UtcDay day) const {
    std::string digits = day.to_string();
    std::erase(digits, '-');
    return fmt::format("{}_{}_{}",
                       dataset.name(),
                       dataset.kind() == DatasetKind::gauge ? "event" : "batch",
                       digits);
}

DatasetTables tables_of(const Connection& connection, const Dataset& dataset) {
    const bool gauge = dataset.kind() == DatasetKind::gauge;
    DatasetTables tables{.dataset = dataset,
                         .batch = connection.quote(dataset.name() + (gauge ? "_event" : "_batch")),
                         .daily = connection.quote(dataset.name() + (gauge ? "" : "_daily")),
                         .repeat = connection.quote(dataset.name() + "_repeat"),
                         .subject = connection.quote(dataset.subject()),
                         .metrics = {},
                         .level_columns = {}};
    for (const std::string& metric : dataset.metrics()) {
        tables.metrics.push_back(connection.quote(metric));
        tables.level_columns.push_back(tables.metrics.back());
        tables.level_columns.push_back(connection.quote(gauge_time_column(metric)));
        tables.level_columns.push_back(connection.quote(gauge_mark_column(metric)));
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
    const DatasetTables tables = tables_of(connection, dataset);
    TIDEMARK_RETURN_IF_ERROR(make_tables(connection, tables));
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

Result<void> hold_numbers(Connection& connection, std::string_view dataset) {
    TIDEMARK_RETURN_IF_ERROR(connection.query(
        "SELECT 1 FROM dataset_seq WHERE dataset = $1 FOR UPDATE", Parameters().text(dataset)));
    return {};
}

Result<std::vector<UtcDay>> load_purged_days(Connection& connection, std::string_view dataset) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("SELECT array_agg(date - DATE '1970-01-01' ORDER BY date) FROM purged_day"
                         " WHERE dataset = $1",
                         Parameters().text(dataset)));
    return parse_days(rows.text(0, 0));
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
