#include "store/postgres/gauge_sql.h"

#include <algorithm>

#include <fmt/format.h>

namespace tidemark::postgres {

namespace {

constexpr std::size_t columns_per_metric = 3;

// What the statements call the three values of a metric that are given, and those stored.
struct LevelNames {
    std::string value;
    std::string instant;
    std::string mark;
};

LevelNames given_names(std::size_t metric) {
    return {fmt::format("i.v{}", metric),
            fmt::format("i.at{}", metric),
            fmt::format("i.max{}", metric)};
}

LevelNames stored_names(const DatasetTables& tables, std::size_t metric) {
    const std::size_t first = metric * columns_per_metric;
    return {tables.level_columns[first],
            tables.level_columns[first + 1],
            tables.level_columns[first + 2]};
}

template <typename Make>
std::string joined(const std::vector<std::size_t>& metrics, std::string_view separator, Make make) {
    std::string text;
    for (const std::size_t metric : metrics) {
        text += text.empty() ? "" : separator;
        text += make(metric);
    }
    return text;
}

// Whether what is given brings anything new to t, for one metric. A comparison with a null in it is
// null: where nothing is stored, whatever is given is new. The usual reason comes first.
std::string change(const LevelNames& given, const LevelNames& stored) {
    return fmt::format(
        "coalesce({1} > t.{4} OR {2} > t.{5} OR ({1} = t.{4} AND {0} > t.{3}), {1} IS NOT NULL)",
        given.value,
        given.instant,
        given.mark,
        stored.value,
        stored.instant,
        stored.mark);
}

// What the metric's columns become. CASE takes a comparison with null for no, and greatest() passes
// over nulls: where nothing was, what comes stays, and where nothing comes, what was.
std::string assignment(const LevelNames& given, const LevelNames& stored) {
    return fmt::format(
        "{3} = CASE WHEN {1} > t.{4} THEN {0} WHEN {1} < t.{4} THEN t.{3}"
        " ELSE greatest(t.{3}, {0}) END,"
        " {4} = greatest(t.{4}, {1}), {5} = greatest(t.{5}, {2})",
        given.value,
        given.instant,
        given.mark,
        stored.value,
        stored.instant,
        stored.mark);
}

}  // namespace

GaugeStatements::GaugeStatements(const DatasetTables& tables, std::span<const GaugeDay> rows)
    : tables_(tables) {
    for (std::size_t metric = 0; metric < tables.metrics.size(); ++metric) {
        if (std::ranges::any_of(
                rows, [metric](const GaugeDay& row) { return row.levels[metric].has_value(); })) {
            metrics_.push_back(metric);
        }
    }
    if (!rows.empty() && std::ranges::all_of(rows, [&rows](const GaugeDay& row) {
            return row.day == rows.front().day;
        })) {
        joined_day_ = rows.front().day;
    }
}

std::string GaugeStatements::given(bool with_days) const {
    std::string places = "$1";
    std::string columns = "subject";
    if (with_days) {
        places += ", $2";
        columns += ", day";
    }
    std::size_t place = 3;
    for (const std::size_t metric : metrics_) {
        places += fmt::format(", ${}, ${}, ${}", place, place + 1, place + 2);
        columns += fmt::format(", v{0}, at{0}, max{0}", metric);
        place += columns_per_metric;
    }
    return fmt::format("unnest({}) WITH ORDINALITY AS i ({}, place)", places, columns);
}

// $1 subjects, $2 their days or the one day, then value, instant and mark of each metric.
Parameters GaugeStatements::parameters_of(const GaugeRowPointers& rows, bool with_days) const {
    std::vector<std::string> subjects;
    subjects.reserve(rows.size());
    for (const GaugeDay* row : rows) {
        subjects.push_back(row->subject);
    }
    Parameters parameters;
    parameters.texts(subjects);
    if (with_days) {
        std::vector<UtcDay> days;
        days.reserve(rows.size());
        for (const GaugeDay* row : rows) {
            days.push_back(row->day);
        }
        parameters.days(days);
    } else {
        parameters.day(rows.front()->day);
    }
    std::vector<std::optional<std::int64_t>> values(rows.size());
    std::vector<std::optional<Timestamp>> instants(rows.size());
    std::vector<std::optional<std::int64_t>> marks(rows.size());
    for (const std::size_t metric : metrics_) {
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

std::string GaugeStatements::stored_columns() const {
    return joined(metrics_, ", ", [this](std::size_t metric) {
        const LevelNames stored = stored_names(tables_, metric);
        return fmt::format("{}, {}, {}", stored.value, stored.instant, stored.mark);
    });
}

Statement GaugeStatements::comparison(const std::string& both, Parameters parameters) const {
    const std::string known = joined(metrics_, " + ", [this](std::size_t metric) {
        const LevelNames stored = stored_names(tables_, metric);
        const LevelNames given = given_names(metric);
        return fmt::format("CASE WHEN {} = t.{} AND {} = t.{} THEN {} ELSE 0 END",
                           given.instant,
                           stored.instant,
                           given.value,
                           stored.value,
                           1U << metric);
    });
    const std::string same = joined(metrics_, " AND ", [this](std::size_t metric) {
        const LevelNames stored = stored_names(tables_, metric);
        const LevelNames given = given_names(metric);
        return fmt::format("({0} IS NULL OR {0} = t.{1} AND {2} = t.{3} AND {4} <= t.{5})",
                           given.instant,
                           stored.instant,
                           given.value,
                           stored.value,
                           given.mark,
                           stored.mark);
    });
    const std::string changed = joined(metrics_, " OR ", [this](std::size_t metric) {
        return change(given_names(metric), stored_names(tables_, metric));
    });
    return {
        .sql = fmt::format(
            "SELECT place - 1, {}, {} FROM {} WHERE ({}) IS NOT TRUE", known, changed, both, same),
        .parameters = std::move(parameters)};
}

Statement GaugeStatements::count_day(std::int64_t limit) const {
    return {.sql = fmt::format(
                "SELECT count(*) FROM (SELECT FROM {} WHERE date = $1 LIMIT $2) AS counted",
                tables_.daily),
            .parameters = Parameters().day(*joined_day_).integer(limit),
            .prepared = true};
}

Statement GaugeStatements::compare(const GaugeRowPointers& rows) const {
    if (!joined_day_.has_value()) {
        return compare_few(rows);
    }
    return comparison(fmt::format("{} LEFT JOIN {} AS t ON t.{} = i.subject AND t.date = $2",
                                  given(false),
                                  tables_.daily,
                                  tables_.subject),
                      parameters_of(rows, false));
}

// OFFSET 0 keeps the planner from anything but a search by key for each row.
Statement GaugeStatements::compare_few(const GaugeRowPointers& rows) const {
    Statement statement = comparison(
        fmt::format("{} LEFT JOIN LATERAL (SELECT {} FROM {} AS s WHERE s.{} = i.subject AND"
                    " s.date = i.day OFFSET 0) AS t ON true",
                    given(true),
                    stored_columns(),
                    tables_.daily,
                    tables_.subject),
        parameters_of(rows, true));
    statement.prepared = true;
    return statement;
}

Statement GaugeStatements::merge(const GaugeRowPointers& rows) const {
    return joined_day_.has_value() ? merge_day(rows) : merge_by_key(rows);
}

// Rows that are there and change; then those that are not there. The second half meets the rows
// that are there and do not change, and leaves them.
Statement GaugeStatements::merge_day(const GaugeRowPointers& rows) const {
    const std::string assignments = joined(metrics_, ", ", [this](std::size_t metric) {
        return assignment(given_names(metric), stored_names(tables_, metric));
    });
    const std::string changed = joined(metrics_, " OR ", [this](std::size_t metric) {
        return change(given_names(metric), stored_names(tables_, metric));
    });
    const std::string values = joined(metrics_, ", ", [](std::size_t metric) {
        const LevelNames names = given_names(metric);
        return fmt::format("{}, {}, {}", names.value, names.instant, names.mark);
    });
    return {.sql = fmt::format(
                "WITH updated AS (UPDATE {0} AS t SET {1} FROM {2} WHERE t.{3} = i.subject AND"
                " t.date = $2 AND ({4}) RETURNING i.place)"
                "INSERT INTO {0} ({3}, date, {5}) SELECT i.subject, $2, {6} FROM {2}"
                " WHERE NOT EXISTS (SELECT FROM updated AS u WHERE u.place = i.place)"
                " ON CONFLICT DO NOTHING",
                tables_.daily,
                assignments,
                given(false),
                tables_.subject,
                changed,
                stored_columns(),
                values),
            .parameters = parameters_of(rows, false)};
}

Statement GaugeStatements::merge_by_key(const GaugeRowPointers& rows) const {
    const auto excluded_names = [](const LevelNames& stored) -> LevelNames {
        return {
            "excluded." + stored.value, "excluded." + stored.instant, "excluded." + stored.mark};
    };
    const std::string assignments = joined(metrics_, ", ", [&](std::size_t metric) {
        const LevelNames stored = stored_names(tables_, metric);
        return assignment(excluded_names(stored), stored);
    });
    const std::string changed = joined(metrics_, " OR ", [&](std::size_t metric) {
        const LevelNames stored = stored_names(tables_, metric);
        return change(excluded_names(stored), stored);
    });
    const std::string values = joined(metrics_, ", ", [](std::size_t metric) {
        const LevelNames names = given_names(metric);
        return fmt::format("{}, {}, {}", names.value, names.instant, names.mark);
    });
    return {.sql = fmt::format("INSERT INTO {0} AS t ({1}, date, {2}) SELECT i.subject, i.day, {3}"
                               " FROM {4} ON CONFLICT ({1}, date) DO UPDATE SET {5} WHERE {6}",
                               tables_.daily,
                               tables_.subject,
                               stored_columns(),
                               values,
                               given(true),
                               assignments,
                               changed),
            .parameters = parameters_of(rows, true),
            .prepared = true};
}

Statement GaugeStatements::append(std::int64_t batch_seq, const GaugeEventPointers& events) const {
    std::vector<std::string> subjects;
    std::vector<std::int64_t> metrics;
    std::vector<std::optional<Timestamp>> instants;
    std::vector<std::int64_t> values;
    std::vector<std::string> ids;
    subjects.reserve(events.size());
    metrics.reserve(events.size());
    instants.reserve(events.size());
    values.reserve(events.size());
    bool any_id = false;
    for (const GaugeEvent* event : events) {
        subjects.push_back(event->subject);
        metrics.push_back(static_cast<std::int64_t>(event->metric) + 1);
        instants.push_back(event->observed_at);
        values.push_back(event->value);
        any_id = any_id || !event->event_id.empty();
    }
    Parameters parameters = std::move(
        Parameters().integer(batch_seq).texts(subjects).nullable_times(instants).integers(values));
    std::string places = "$2, $3, $4";
    std::string columns = "subject, instant, value";
    std::string metric = std::to_string(metrics_.front() + 1);
    if (metrics_.size() > 1) {
        parameters.integers(metrics);
        places += ", $5";
        columns += ", metric";
        metric = "metric";
    }
    if (any_id) {
        for (const GaugeEvent* event : events) {
            ids.push_back(event->event_id);
        }
        parameters.texts(ids);
        places += fmt::format(", ${}", parameters.size());
        columns += ", id";
    }
    return {
        .sql = fmt::format("INSERT INTO {} (batch_seq, value, observed_at, metric, {}{})"
                           " SELECT $1, value, instant, {}, subject{} FROM unnest({}) AS i ({})",
                           tables_.batch,
                           tables_.subject,
                           any_id ? ", event_id" : "",
                           metric,
                           any_id ? ", nullif(id, '')" : "",
                           places,
                           columns),
        .parameters = std::move(parameters),
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
