#include "store/postgres/usage_sql.h"

#include <set>

#include <fmt/format.h>

namespace tidemark::postgres {

namespace {

// The period's first day as days since 1970-01-01, or its slot, counted as class Slot does.
std::string period_sql(const UsageQuery& query, std::string_view date, std::string_view slot) {
    switch (query.period) {
        case UsagePeriod::slot:
            return fmt::format("({} - DATE '1970-01-01') * {} + {}", date, Slot::per_day, slot);
        case UsagePeriod::day:
            return fmt::format("{} - DATE '1970-01-01'", date);
        case UsagePeriod::month:
            return fmt::format("date_trunc('month', {}::timestamp)::date - DATE '1970-01-01'",
                               date);
        case UsagePeriod::total:
            break;
    }
    return std::to_string(query.from.days_since_epoch());
}

// Restricts `subject` to the query's and appends the parameter, if there is one.
std::string subject_sql(const UsageQuery& query,
                        const std::string& subject,
                        Parameters& parameters) {
    if (query.subjects.empty()) {
        return "";
    }
    if (query.subjects.size() == 1) {
        parameters.text(query.subjects.front());
        return fmt::format(" AND {} = ${}", subject, parameters.size());
    }
    parameters.texts(query.subjects);
    return fmt::format(" AND {} = ANY(${})", subject, parameters.size());
}

constexpr const char* in_order = " ORDER BY period, subject";

std::string sums(const UsageQuery& query,
                 const DatasetTables& tables,
                 const std::string& period,
                 const std::string& from) {
    return fmt::format("SELECT {0} AS period, {1} AS subject, {2} FROM {3} GROUP BY 1, 2",
                       period,
                       query.per_subject ? "r." + tables.subject : std::string("''"),
                       tables.metric_list("sum(r.{0})"),
                       from);
}

std::string ordered_sums(const UsageQuery& query,
                         const DatasetTables& tables,
                         const std::string& period,
                         const std::string& from) {
    return sums(query, tables, period, from) + in_order;
}

std::vector<UtcDay> days_of(const UsageQuery& query) {
    std::vector<UtcDay> days;
    for (UtcDay day = query.from; day < query.to; day = day.next()) {
        days.push_back(day);
    }
    return days;
}

// Whether each daily row is a row of the answer.
bool is_by_key(const UsageQuery& query) {
    return query.period == UsagePeriod::day && query.per_subject;
}

// Listing the days lets the primary key (date, subject) be searched once a day; a range of days
// would read the rows of every subject in it.
std::string daily_sql(const DatasetTables& tables,
                      const UsageQuery& query,
                      Parameters& parameters) {
    std::string days;
    if (query.subjects.empty()) {
        parameters.day(query.from).day(query.to);
        days = "r.date >= $1 AND r.date < $2";
    } else {
        parameters.days(days_of(query));
        days = "r.date = ANY($1)";
    }
    const std::string condition = days + subject_sql(query, "r." + tables.subject, parameters);
    if (is_by_key(query)) {
        return fmt::format(
            "SELECT r.date - DATE '1970-01-01' AS period, r.{0} AS subject, {1}"
            " FROM {2} r WHERE {3}",
            tables.subject,
            tables.metric_list("r.{0}"),
            tables.daily,
            condition);
    }
    return sums(query,
                tables,
                period_sql(query, "r.date", "0"),
                fmt::format("{} r WHERE {}", tables.daily, condition));
}

}  // namespace

// The cursor as a subquery of its own bounds the search of the registry's key from below, however
// long the history is.
Statement cursor_statement(const DatasetTables& tables) {
    return {.sql =
                "SELECT f.folded_through, f.partial, r.batch_seq, r.days FROM dataset_fold f"
                " LEFT JOIN batch_registry r ON r.dataset = $1 AND r.state = 'committed'"
                " AND r.batch_seq > (SELECT folded_through FROM dataset_fold WHERE dataset = $1)"
                " WHERE f.dataset = $1",
            .parameters = Parameters().text(tables.dataset.name()),
            .prepared = true};
}

Statement folded_statement(const DatasetTables& tables, const UsageQuery& query) {
    Parameters parameters;
    const std::string daily = daily_sql(tables, query, parameters);
    parameters.text(tables.dataset.name());
    return {.sql = fmt::format(
                "SELECT f.unfolded, u.* FROM (SELECT EXISTS (SELECT FROM batch_registry k"
                " WHERE k.dataset = ${0} AND k.state = 'committed' AND k.batch_seq > (SELECT"
                " folded_through FROM dataset_fold WHERE dataset = ${0}) AND k.days && $1)"
                " AS unfolded) f LEFT JOIN ({1}) u ON true{2}",
                parameters.size(),
                daily,
                in_order),
            .parameters = std::move(parameters),
            .prepared = true};
}

// The key's own order needs no sorting, however many rows there are.
Statement daily_statement(const DatasetTables& tables, const UsageQuery& query) {
    Parameters parameters;
    std::string sql = daily_sql(tables, query, parameters);
    sql += is_by_key(query) ? fmt::format(" ORDER BY r.date, r.{}", tables.subject) : in_order;
    return {.sql = std::move(sql), .parameters = std::move(parameters), .prepared = true};
}

Statement unfolded_statement(const DatasetTables& tables,
                             const UsageQuery& query,
                             const std::vector<UnfoldedPart>& parts,
                             bool partial) {
    std::set<UtcDay> days;
    std::set<std::int64_t> batches;
    for (const UnfoldedPart& part : parts) {
        days.insert(part.day);
        batches.insert(part.batch_seq);
    }
    Parameters parameters;
    parameters.days(std::vector(days.begin(), days.end()))
        .integers(std::vector(batches.begin(), batches.end()));
    const std::string condition = "r.date = ANY($1) AND r.batch_seq = ANY($2)" +
                                  subject_sql(query, "r." + tables.subject, parameters);
    const std::string join =
        partial ? fmt::format(" LEFT JOIN {0} d ON d.date = r.date AND d.{1} = r.{1}",
                              tables.daily,
                              tables.subject)
                : "";
    return {.sql = ordered_sums(
                query,
                tables,
                period_sql(query, "r.date", "r.slot"),
                fmt::format("{} r{} WHERE {}{}",
                            tables.batch,
                            join,
                            condition,
                            partial ? " AND r.batch_seq > coalesce(d.folded_through, 0)" : "")),
            .parameters = std::move(parameters)};
}

// Asked of the partition itself, because that plan can be kept: the plan of the whole table is made
// anew for the days asked for.
Statement unfolded_day_statement(const DatasetTables& tables, const UsageQuery& query, UtcDay day) {
    Parameters parameters;
    parameters.text(tables.dataset.name());
    const std::string subjects = subject_sql(query, "r." + tables.subject, parameters);
    return {.sql = ordered_sums(
                query,
                tables,
                period_sql(query, "r.date", "r.slot"),
                fmt::format("\"{}\" r WHERE r.batch_seq = ANY(ARRAY(SELECT k.batch_seq"
                            " FROM batch_registry k WHERE k.dataset = $1"
                            " AND k.state = 'committed' AND k.batch_seq > (SELECT folded_through"
                            " FROM dataset_fold WHERE dataset = $1))){}",
                            tables.partition(day),
                            subjects)),
            .parameters = std::move(parameters),
            .prepared = true};
}

// One subject is found through the index (batch_seq, subject), for which the batches of each day
// must be named.
Statement slot_statement(const DatasetTables& tables, const UsageQuery& query) {
    Parameters parameters;
    parameters.day(query.from).day(query.to);
    if (query.subjects.empty()) {
        return {.sql = ordered_sums(query,
                                    tables,
                                    period_sql(query, "r.date", "r.slot"),
                                    tables.batch + " r WHERE r.date >= $1 AND r.date < $2"),
                .parameters = std::move(parameters)};
    }
    parameters.text(tables.dataset.name()).days(days_of(query));
    const std::string subjects = subject_sql(query, "r." + tables.subject, parameters);
    return {
        .sql = ordered_sums(query,
                            tables,
                            period_sql(query, "r.date", "r.slot"),
                            fmt::format("batch_registry k CROSS JOIN LATERAL unnest(k.days) listed"
                                        " (day) JOIN {} r ON r.date = listed.day"
                                        " AND r.batch_seq = k.batch_seq AND r.date >= $1"
                                        " AND r.date < $2 WHERE k.dataset = $3 AND k.days && $4"
                                        " AND k.state = 'committed' AND listed.day = ANY($4){}",
                                        tables.batch,
                                        subjects)),
        .parameters = std::move(parameters)};
}

Statement day_grained_statement(const DatasetTables& tables, const UsageQuery& query) {
    Parameters parameters;
    parameters.text(tables.dataset.name()).day(query.from).day(query.to);
    return {.sql =
                "SELECT DISTINCT day - DATE '1970-01-01' FROM batch_registry, unnest(days) AS day"
                " WHERE dataset = $1 AND day_grained AND state = 'committed' AND day >= $2"
                " AND day < $3 AND NOT EXISTS (SELECT FROM purged_day p WHERE p.dataset = $1"
                " AND p.date = day) ORDER BY 1",
            .parameters = std::move(parameters),
            .prepared = true};
}

Statement purged_statement(const DatasetTables& tables, const UsageQuery& query) {
    Parameters parameters;
    parameters.text(tables.dataset.name()).day(query.from).day(query.to);
    return {.sql =
                "SELECT date - DATE '1970-01-01' FROM purged_day WHERE dataset = $1"
                " AND date >= $2 AND date < $3 ORDER BY date",
            .parameters = std::move(parameters),
            .prepared = true};
}

}  // namespace tidemark::postgres
