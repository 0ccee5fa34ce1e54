#include "store/sqlite/dataset_tables.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "store/refusals.h"
#include "store/sqlite/transaction.h"

namespace tidemark::sqlite {

namespace {

std::vector<std::string> split_at_commas(std::string_view text) {
    std::vector<std::string> parts;
    while (true) {
        const std::size_t comma = text.find(',');
        parts.emplace_back(text.substr(0, comma));
        if (comma == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(comma + 1);
    }
}

constexpr std::string_view dataset_columns =
    "dataset_id, name, kind, subject, metrics, last_seq, folded_through, partial";

Result<DatasetRow> read_row(const Statement& row) {
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetKind kind, parse_dataset_kind(row.text(2)));
    TIDEMARK_ASSIGN_OR_RETURN(Dataset dataset,
                              Dataset::declare({.name = std::string(row.text(1)),
                                                .kind = kind,
                                                .subject = std::string(row.text(3)),
                                                .metrics = split_at_commas(row.text(4))}));
    return DatasetRow{.id = row.integer(0),
                      .dataset = std::move(dataset),
                      .last_seq = row.integer(5),
                      .folded_through = row.integer(6),
                      .partial = row.integer(7) != 0};
}

// A dataset that cannot be declared is one that was damaged.
Error damaged(const Connection& connection, const Error& error) {
    return Error{ErrorKind::corrupt,
                 fmt::format("sqlite: '{}': {}", connection.path(), error.message)};
}

std::string listed(const std::vector<std::string>& names, std::string_view pattern) {
    std::string list;
    for (const std::string& name : names) {
        list += list.empty() ? "" : ", ";
        list += fmt::format(fmt::runtime(pattern), name);
    }
    return list;
}

Result<void> make_gauge_tables(Connection& connection, const DatasetTables& tables) {
    TIDEMARK_RETURN_IF_ERROR(connection.run_script(
        fmt::format("CREATE TABLE {0} ({1} TEXT NOT NULL, date INTEGER NOT NULL, {2}, "
                    "PRIMARY KEY ({1}, date)) STRICT",
                    tables.daily(),
                    tables.subject(),
                    tables.each_level_column("{} INTEGER"))));
    // "What did everybody have on this day?"
    TIDEMARK_RETURN_IF_ERROR(
        connection.run_script(fmt::format("CREATE INDEX \"{0}_by_date\" ON {1} (date)",
                                          tables.daily().substr(1, tables.daily().size() - 2),
                                          tables.daily())));
    TIDEMARK_RETURN_IF_ERROR(connection.run_script(fmt::format(
        "CREATE TABLE {0} (date INTEGER NOT NULL, batch_seq INTEGER NOT NULL, {1} TEXT NOT NULL, "
        "metric INTEGER NOT NULL, observed_at INTEGER NOT NULL, value INTEGER NOT NULL, "
        "event_id TEXT, PRIMARY KEY (date, batch_seq, {1}, metric, observed_at, value)) "
        "STRICT, WITHOUT ROWID",
        tables.batch(),
        tables.subject())));
    return connection.run_script(
        fmt::format("CREATE TABLE {} (date INTEGER NOT NULL, batch_seq INTEGER NOT NULL, "
                    "events BLOB NOT NULL, PRIMARY KEY (date, batch_seq)) STRICT, WITHOUT ROWID",
                    tables.repeat()));
}

Result<void> check_names_free(Connection& connection,
                              const Dataset& dataset,
                              const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        TIDEMARK_ASSIGN_OR_RETURN(
            const std::int64_t taken,
            connection.integer("SELECT count(*) FROM sqlite_schema WHERE name = ?1", 0, name));
        if (taken > 0) {
            return Error{ErrorKind::refused,
                         fmt::format("dataset '{}': there is a table '{}' already: give the "
                                     "dataset another name",
                                     dataset.name(),
                                     name)};
        }
    }
    return {};
}

Result<void> make_tables(Connection& connection, const Dataset& dataset) {
    const DatasetTables tables(dataset);
    if (dataset.kind() == DatasetKind::gauge) {
        TIDEMARK_RETURN_IF_ERROR(check_names_free(
            connection,
            dataset,
            {dataset.name(), dataset.name() + "_event", dataset.name() + "_repeat"}));
        return make_gauge_tables(connection, tables);
    }
    TIDEMARK_RETURN_IF_ERROR(check_names_free(
        connection, dataset, {dataset.name() + "_batch", dataset.name() + "_daily"}));
    TIDEMARK_RETURN_IF_ERROR(connection.run_script(
        fmt::format("CREATE TABLE {} (batch_seq INTEGER NOT NULL, date INTEGER NOT NULL, "
                    "{} TEXT NOT NULL, slot INTEGER NOT NULL, {}, "
                    "PRIMARY KEY (batch_seq, date, {}, slot)) STRICT, WITHOUT ROWID",
                    tables.batch(),
                    tables.subject(),
                    tables.each_metric("{} INTEGER NOT NULL"),
                    tables.subject())));
    return connection.run_script(
        fmt::format("CREATE TABLE {} (date INTEGER NOT NULL, {} TEXT NOT NULL, {}, "
                    "folded_through INTEGER NOT NULL, "
                    "PRIMARY KEY (date, {})) STRICT, WITHOUT ROWID",
                    tables.daily(),
                    tables.subject(),
                    tables.each_metric("{} INTEGER NOT NULL"),
                    tables.subject()));
}

}  // namespace

Result<std::optional<DatasetRow>> find_dataset(Connection& connection, std::string_view name) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection.prepare(fmt::format("SELECT {} FROM dataset WHERE name = ?1", dataset_columns)));
    statement.bind(name);
    TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
    if (!found) {
        return std::nullopt;
    }
    Result<DatasetRow> row = read_row(statement);
    if (!row.has_value()) {
        return damaged(connection, row.error());
    }
    return std::move(row).value();
}

Result<DatasetRow> find_known(Connection& connection, std::string_view name) {
    TIDEMARK_ASSIGN_OR_RETURN(std::optional<DatasetRow> row, find_dataset(connection, name));
    if (!row.has_value()) {
        return dataset_not_prepared(name);
    }
    return std::move(*row);
}

Result<DatasetRow> find_counter(Connection& connection, std::string_view name) {
    TIDEMARK_ASSIGN_OR_RETURN(DatasetRow row, find_known(connection, name));
    if (row.dataset.kind() == DatasetKind::gauge) {
        return dataset_is_gauge(name);
    }
    return row;
}

Result<DatasetRow> find_gauge(Connection& connection, std::string_view name) {
    TIDEMARK_ASSIGN_OR_RETURN(DatasetRow row, find_known(connection, name));
    if (row.dataset.kind() == DatasetKind::counter) {
        return dataset_is_counter(name);
    }
    return row;
}

Result<std::vector<Dataset>> load_datasets(Connection& connection) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection.prepare(fmt::format("SELECT {} FROM dataset ORDER BY name", dataset_columns)));
    std::vector<Dataset> datasets;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            return datasets;
        }
        Result<DatasetRow> row = read_row(statement);
        if (!row.has_value()) {
            return damaged(connection, row.error());
        }
        datasets.push_back(std::move(row->dataset));
    }
}

Result<void> prepare_dataset(Connection& connection, const Dataset& dataset) {
    // Mostly it is there: no need for the write lock to find that out.
    TIDEMARK_ASSIGN_OR_RETURN(std::optional<DatasetRow> known,
                              find_dataset(connection, dataset.name()));
    if (!known.has_value()) {
        TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(connection));
        TIDEMARK_ASSIGN_OR_RETURN(known, find_dataset(connection, dataset.name()));
        if (!known.has_value()) {
            TIDEMARK_RETURN_IF_ERROR(make_tables(connection, dataset));
            const std::string metrics = fmt::format("{}", fmt::join(dataset.metrics(), ","));
            TIDEMARK_RETURN_IF_ERROR(connection.run(
                "INSERT INTO dataset (name, kind, subject, metrics) VALUES (?1, ?2, ?3, ?4)",
                dataset.name(),
                to_string(dataset.kind()),
                dataset.subject(),
                metrics));
            return transaction.commit();
        }
    }
    if (!(known->dataset == dataset)) {
        return dataset_differs(known->dataset, dataset);
    }
    return {};
}

DatasetTables::DatasetTables(const Dataset& dataset)
    : subject_(fmt::format("\"{}\"", dataset.subject())) {
    const bool gauge = dataset.kind() == DatasetKind::gauge;
    batch_ = fmt::format("\"{}_{}\"", dataset.name(), gauge ? "event" : "batch");
    daily_ = fmt::format("\"{}{}\"", dataset.name(), gauge ? "" : "_daily");
    repeat_ = fmt::format("\"{}_repeat\"", dataset.name());
    for (const std::string& metric : dataset.metrics()) {
        metrics_.push_back(fmt::format("\"{}\"", metric));
        level_columns_.push_back(metrics_.back());
        level_columns_.push_back(fmt::format("\"{}\"", gauge_time_column(metric)));
        level_columns_.push_back(fmt::format("\"{}\"", gauge_mark_column(metric)));
    }
}

std::string DatasetTables::each_metric(std::string_view pattern) const {
    return listed(metrics_, pattern);
}

std::string DatasetTables::each_level_column(std::string_view pattern) const {
    return listed(level_columns_, pattern);
}

}  // namespace tidemark::sqlite
