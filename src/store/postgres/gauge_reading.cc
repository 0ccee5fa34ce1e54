#include "store/postgres/gauge_reading.h"

#include <iterator>
#include <string>

#include <fmt/format.h>

#include "store/gauge_repeats.h"
#include "store/postgres/gauge_sql.h"
#include "store/postgres/registry.h"
#include "store/postgres/values.h"
#include "store/refusals.h"

namespace tidemark::postgres {

namespace {

// For each subject, (value, instant) of each metric on the latest day before $1 that has one; a
// search of the key a subject and metric. Every subject: found by jumping from one to the next.
Statement carried_statement(const DatasetTables& tables, const GaugeQuery& query) {
    std::string columns;
    std::string searches;
    for (std::size_t metric = 0; metric < tables.metrics.size(); ++metric) {
        columns += fmt::format(", c{0}.value, c{0}.instant", metric);
        searches += fmt::format(
            " LEFT JOIN LATERAL (SELECT {0} AS value, {1} AS instant FROM {2} AS t"
            " WHERE t.{3} = s.subject AND t.date < $1 AND t.{0} IS NOT NULL"
            " ORDER BY t.date DESC LIMIT 1) AS c{4} ON true",
            tables.metrics[metric],
            microseconds_of(tables.level_columns[metric * 3 + 1]),
            tables.daily,
            tables.subject,
            metric);
    }
    Parameters parameters = Parameters().day(query.from);
    std::string subjects;
    if (query.subjects.empty()) {
        subjects = fmt::format(
            "WITH RECURSIVE s (subject) AS ((SELECT {0} FROM {1} ORDER BY {0} LIMIT 1) UNION ALL"
            " SELECT (SELECT t.{0} FROM {1} AS t WHERE t.{0} > s.subject ORDER BY t.{0} LIMIT 1)"
            " FROM s WHERE s.subject IS NOT NULL)",
            tables.subject,
            tables.daily);
    } else {
        subjects = "WITH s (subject) AS (SELECT DISTINCT unnest($2::text[]) COLLATE \"C\")";
        parameters.texts(query.subjects);
    }
    return {.sql = fmt::format("{} SELECT s.subject{} FROM s{} WHERE s.subject IS NOT NULL"
                               " ORDER BY s.subject",
                               subjects,
                               columns,
                               searches),
            .parameters = std::move(parameters)};
}

Statement days_statement(const DatasetTables& tables, const GaugeQuery& query) {
    std::string columns;
    for (std::size_t column = 0; column < tables.level_columns.size(); ++column) {
        const std::string& name = tables.level_columns[column];
        columns += ", " + (column % 3 == 1 ? microseconds_of(name) : name);
    }
    Parameters parameters = Parameters().day(query.from).day(query.to);
    if (!query.subjects.empty()) {
        parameters.texts(query.subjects);
    }
    return {.sql = fmt::format(
                "SELECT {0}, date - DATE '1970-01-01'{1} FROM {2}"
                " WHERE date >= $1 AND date < $2{3} ORDER BY {0}, date",
                tables.subject,
                columns,
                tables.daily,
                query.subjects.empty() ? "" : fmt::format(" AND {} = ANY($3)", tables.subject)),
            .parameters = std::move(parameters)};
}

GaugeSeries read_carried(const Rows& rows, std::size_t metric_count) {
    GaugeSeries series{.subject = std::string(rows.text(0, 0)), .carried = {}, .days = {}};
    for (std::size_t metric = 0; metric < metric_count; ++metric) {
        const auto column = static_cast<int>(metric * 2 + 1);
        std::optional<GaugeReading> carried;
        if (!rows.is_null(0, column)) {
            carried = GaugeReading{
                .observed_at = Timestamp(std::chrono::microseconds(rows.integer(0, column + 1))),
                .value = rows.integer(0, column)};
        }
        series.carried.push_back(carried);
    }
    return series;
}

GaugeDay read_day(const Rows& rows, std::size_t metric_count) {
    GaugeDay day{
        .subject = std::string(rows.text(0, 0)),
        .day = UtcDay::from_days_since_epoch(static_cast<std::int32_t>(rows.integer(0, 1))),
        .levels = {}};
    for (std::size_t metric = 0; metric < metric_count; ++metric) {
        day.levels.push_back(read_level(rows, 0, static_cast<int>(metric * 3 + 2)));
    }
    return day;
}

// Lends the series in order while the days come in: subjects are in the same order, and a subject
// with days is among those that may have carried something.
class SeriesMerge {
 public:
    SeriesMerge(std::vector<GaugeSeries> series, const GaugeSeriesSink& take)
        : series_(std::move(series)), take_(take) {}

    Result<void> add(GaugeDay day) {
        while (next_ < series_.size() && series_[next_].subject < day.subject) {
            TIDEMARK_RETURN_IF_ERROR(lend());
        }
        if (next_ == series_.size() || series_[next_].subject != day.subject) {
            return Error{ErrorKind::corrupt,
                         fmt::format("postgresql: '{}' has a day but is no subject", day.subject)};
        }
        series_[next_].days.push_back(std::move(day));
        return {};
    }

    Result<void> finish() {
        while (next_ < series_.size()) {
            TIDEMARK_RETURN_IF_ERROR(lend());
        }
        return {};
    }

 private:
    Result<void> lend() {
        const GaugeSeries series = std::move(series_[next_++]);
        bool known = !series.days.empty();
        for (const std::optional<GaugeReading>& carried : series.carried) {
            known = known || carried.has_value();
        }
        return known ? take_(series) : Result<void>{};
    }

    std::vector<GaugeSeries> series_;
    const GaugeSeriesSink& take_;
    std::size_t next_ = 0;
};

}  // namespace

Result<std::vector<GaugeEvent>> load_batch_events(Connection& connection,
                                                  const DatasetTables& tables,
                                                  std::int64_t batch_seq,
                                                  std::span<const UtcDay> days) {
    std::vector<GaugeEvent> events;
    if (days.empty()) {
        return events;
    }
    const std::string rows_sql = fmt::format(
        "SELECT {0}, metric, {1}, value, event_id FROM {2} WHERE batch_seq = $1"
        " AND observed_at >= '{3}' AND observed_at < '{4}'",
        tables.subject,
        microseconds_of("observed_at"),
        tables.batch,
        days.front().to_string(),
        day_after(days.back()));
    TIDEMARK_RETURN_IF_ERROR(connection.query_each(
        rows_sql, Parameters().integer(batch_seq), [&events](const Rows& row) -> Result<void> {
            events.push_back(
                {.subject = std::string(row.text(0, 0)),
                 .metric = static_cast<std::size_t>(row.integer(0, 1) - 1),
                 .value = row.integer(0, 3),
                 .observed_at = Timestamp(std::chrono::microseconds(row.integer(0, 2))),
                 .event_id = std::string(row.text(0, 4))});
            return {};
        }));
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows packed,
        connection.query(fmt::format("SELECT events FROM {} WHERE date = ANY($1) AND"
                                     " batch_seq = $2",
                                     tables.repeat),
                         Parameters().days(days).integer(batch_seq)));
    for (int row = 0; row < packed.size(); ++row) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::string bytes, parse_bytes(packed.text(row, 0)));
        TIDEMARK_ASSIGN_OR_RETURN(std::vector<GaugeEvent> repeats, unpack_repeats(bytes));
        events.insert(events.end(),
                      std::make_move_iterator(repeats.begin()),
                      std::make_move_iterator(repeats.end()));
    }
    sort_events(events);
    return events;
}

Result<std::vector<GaugeEvent>> load_batch_events(Session& session,
                                                  const DatasetTables& tables,
                                                  std::int64_t batch_seq) {
    TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session.ready());
    Transaction snapshot(*connection);
    TIDEMARK_RETURN_IF_ERROR(snapshot.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
    TIDEMARK_ASSIGN_OR_RETURN(const std::optional<BatchReceipt> receipt,
                              find_committed(*connection, tables.dataset.name(), batch_seq));
    if (!receipt.has_value()) {
        return no_such_batch(tables.dataset.name(), batch_seq);
    }
    TIDEMARK_ASSIGN_OR_RETURN(std::vector<GaugeEvent> events,
                              load_batch_events(*connection, tables, batch_seq, receipt->days));
    TIDEMARK_RETURN_IF_ERROR(snapshot.commit());
    return events;
}

Result<void> read_gauge(Session& session,
                        const DatasetTables& tables,
                        const GaugeQuery& query,
                        const GaugeSeriesSink& take) {
    TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session.ready());
    const std::size_t metric_count = tables.metrics.size();
    Transaction snapshot(*connection);
    TIDEMARK_RETURN_IF_ERROR(snapshot.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"));
    std::vector<GaugeSeries> series;
    const Statement carried = carried_statement(tables, query);
    TIDEMARK_RETURN_IF_ERROR(connection->query_each(
        carried.sql, carried.parameters, [&](const Rows& row) -> Result<void> {
            series.push_back(read_carried(row, metric_count));
            return {};
        }));
    SeriesMerge merge(std::move(series), take);
    const Statement days = days_statement(tables, query);
    TIDEMARK_RETURN_IF_ERROR(
        connection->query_each(days.sql, days.parameters, [&](const Rows& row) -> Result<void> {
            return merge.add(read_day(row, metric_count));
        }));
    TIDEMARK_RETURN_IF_ERROR(merge.finish());
    return snapshot.commit();
}

}  // namespace tidemark::postgres
