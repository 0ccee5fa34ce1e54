#include "store/postgres/gauge_sql.h"

#include <fmt/format.h>

namespace tidemark::postgres {

namespace {

constexpr std::size_t columns_per_metric = 3;

// "v0, at0, max0, v1, ...": the names that the given rows' columns have in the statements.
std::string given_columns(const DatasetTables& tables) {
    std::string columns;
    for (std::size_t metric = 0; metric < tables.metrics.size(); ++metric) {
        columns += fmt::format("{0}v{1}, at{1}, max{1}", metric == 0 ? "" : ", ", metric);
    }
    return columns;
}

std::string given_places(const DatasetTables& tables) {
    std::string places = "$1, $2";
    for (std::size_t column = 0; column < tables.metrics.size() * columns_per_metric; ++column) {
        places += fmt::format(", ${}", column + 3);
    }
    return places;
}

struct LevelColumns {
    const std::string& value;
    const std::string& instant;
    const std::string& mark;
};

LevelColumns columns_of(const DatasetTables& tables, std::size_t metric) {
    const std::size_t first = metric * columns_per_metric;
    return {tables.level_columns[first],
            tables.level_columns[first + 1],
            tables.level_columns[first + 2]};
}

}  // namespace

Parameters row_parameters(std::span<const GaugeDay* const> rows, std::size_t metric_count) {
    std::vector<std::string> subjects;
    std::vector<UtcDay> days;
    subjects.reserve(rows.size());
    days.reserve(rows.size());
    for (const GaugeDay* row : rows) {
        subjects.push_back(row->subject);
        days.push_back(row->day);
    }
    Parameters parameters = Parameters().texts(subjects).days(days);
    std::vector<std::optional<std::int64_t>> values(rows.size());
    std::vector<std::optional<Timestamp>> instants(rows.size());
    std::vector<std::optional<std::int64_t>> marks(rows.size());
    for (std::size_t metric = 0; metric < metric_count; ++metric) {
        for (std::size_t row = 0; row < rows.size(); ++row) {
            const std::optional<GaugeLevel>& level = rows[row]->levels[metric];
            const bool there = level.has_value();
            values[row] = there ? std::optional(level->current.value) : std::nullopt;
            instants[row] = there ? std::optional(level->current.observed_at) : std::nullopt;
            marks[row] = there ? std::optional(level->mark) : std::nullopt;
        }
        parameters.nullable_integers(values).nullable_times(instants).nullable_integers(marks);
    }
    return parameters;
}

// OFFSET 0 keeps the planner from joining: a search by key for each row is right whatever it
// believes of the table's size.
Statement known_statement(const DatasetTables& tables, Parameters rows) {
    std::string metrics;
    std::string changed;
    for (std::size_t metric = 0; metric < tables.metrics.size(); ++metric) {
        const LevelColumns columns = columns_of(tables, metric);
        metrics += fmt::format("{}CASE WHEN i.at{} = t.{} AND i.v{} = t.{} THEN {} ELSE 0 END",
                               metric == 0 ? "" : " + ",
                               metric,
                               columns.instant,
                               metric,
                               columns.value,
                               1U << metric);
        changed += fmt::format(
            "{0}coalesce(i.max{1} > t.{4} OR (i.at{1}, i.v{1}) > (t.{3}, t.{2}),"
            " i.at{1} IS NOT NULL)",
            metric == 0 ? "" : " OR ",
            metric,
            columns.value,
            columns.instant,
            columns.mark);
    }
    return {.sql = fmt::format(
                "SELECT place - 1, metrics, changed FROM (SELECT place, {} AS metrics, {} AS"
                " changed FROM unnest({}) WITH ORDINALITY AS i (subject, day, {}, place),"
                " LATERAL (SELECT * FROM {} AS s WHERE s.{} = i.subject AND s.date = i.day"
                " OFFSET 0) AS t) AS found WHERE metrics <> 0 OR NOT changed",
                metrics,
                changed,
                given_places(tables),
                given_columns(tables),
                tables.daily,
                tables.subject),
            .parameters = std::move(rows),
            .prepared = true};
}

// A comparison of rows with a null in them is null, which CASE takes for no: where nothing was, the
// new value comes by the first condition, and where nothing comes, the old one stays.
Statement merge_statement(const DatasetTables& tables, Parameters rows) {
    std::string changes;
    for (std::size_t metric = 0; metric < tables.metrics.size(); ++metric) {
        const LevelColumns columns = columns_of(tables, metric);
        changes += fmt::format(
            "{3}{0} = CASE WHEN t.{1} IS NULL OR (excluded.{1}, excluded.{0}) > (t.{1}, t.{0})"
            " THEN excluded.{0} ELSE t.{0} END, {1} = greatest(t.{1}, excluded.{1}),"
            " {2} = greatest(t.{2}, excluded.{2})",
            columns.value,
            columns.instant,
            columns.mark,
            metric == 0 ? "" : ", ");
    }
    return {.sql = fmt::format("INSERT INTO {0} AS t ({1}, date, {2}) SELECT * FROM unnest({3})"
                               " ON CONFLICT ({1}, date) DO UPDATE SET {4}",
                               tables.daily,
                               tables.subject,
                               tables.level_list("{0}"),
                               given_places(tables),
                               changes),
            .parameters = std::move(rows),
            .prepared = true};
}

Statement remove_statement(const DatasetTables& tables, Parameters keys) {
    return {.sql = fmt::format("DELETE FROM {0} AS t USING unnest($1, $2) AS i (subject, day)"
                               " WHERE t.{1} = i.subject AND t.date = i.day",
                               tables.daily,
                               tables.subject),
            .parameters = std::move(keys)};
}

std::string microseconds_of(const std::string& column) {
    return fmt::format("(extract(epoch FROM {}) * 1000000)::bigint", column);
}

std::optional<GaugeLevel> read_level(const Rows& rows, int row, int first_column) {
    if (rows.is_null(row, first_column)) {
        return std::nullopt;
    }
    return GaugeLevel{
        .current = {.observed_at =
                        Timestamp(std::chrono::microseconds(rows.integer(row, first_column + 1))),
                    .value = rows.integer(row, first_column)},
        .mark = rows.integer(row, first_column + 2)};
}

}  // namespace tidemark::postgres
