#include "sync/postgres_tables/postgres_tables_getter.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <sstream>
#include <utility>

#include <date/date.h>
#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include "sync/postgres_tables/local_labels.h"

namespace tidemark {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

std::string trimmed(const char* message) {
    std::string text(message);
    std::ranges::replace(text, '\n', ' ');
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

// One connection with one read-only transaction, where every table is read at the same moment, and
// nothing is waited for beyond the deadline, whatever the server does.
class TableReader {
 public:
    static Result<std::unique_ptr<TableReader>> open(const std::string& url,
                                                     steady_clock::time_point deadline);
    TableReader(const TableReader&) = delete;
    TableReader& operator=(const TableReader&) = delete;
    ~TableReader() { PQfinish(connection_); }

    // From here on a statement may take a part of the time that is left: so that a table that is
    // locked does not take the others' time as well.
    Result<void> share_time(std::size_t parts);

    // The first column of every row.
    Result<std::vector<std::string>> column(const std::string& sql,
                                            const std::vector<std::string>& values);

    // As a quoted SQL identifier.
    Result<std::string> quoted(const std::string& name);

 private:
    using Rows = std::unique_ptr<PGresult, void (*)(PGresult*)>;
    TableReader(PGconn* connection, steady_clock::time_point deadline)
        : connection_(connection), deadline_(deadline) {}
    [[nodiscard]] milliseconds left() const {
        return std::chrono::duration_cast<milliseconds>(deadline_ - steady_clock::now());
    }
    Result<Rows> run(const std::string& sql, const std::vector<std::string>& values);
    Result<void> wait_for_answer();

    PGconn* connection_;
    steady_clock::time_point deadline_;
};

Error no_time_left() {
    return {ErrorKind::unavailable, "postgres: it did not answer in time"};
}

Result<std::unique_ptr<TableReader>> TableReader::open(const std::string& url,
                                                       steady_clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    if (left.count() <= 0) {
        return no_time_left();
    }
    // libpq counts whole seconds, and takes 1 for 2.
    const std::string timeout = std::to_string(std::max<std::int64_t>(2, left.count() / 1000));
    const char* const keywords[] = {"dbname", "connect_timeout", "application_name", nullptr};
    const char* const values[] = {url.c_str(), timeout.c_str(), "tidemark sync", nullptr};
    std::unique_ptr<TableReader> reader(
        new TableReader(PQconnectdbParams(keywords, values, 1), deadline));
    if (PQstatus(reader->connection_) != CONNECTION_OK) {
        return Error{ErrorKind::unavailable,
                     fmt::format("postgres: {}", trimmed(PQerrorMessage(reader->connection_)))};
    }
    TIDEMARK_RETURN_IF_ERROR(reader->run("SET default_transaction_read_only = on", {}));
    TIDEMARK_RETURN_IF_ERROR(reader->run("SET TimeZone = 'UTC'", {}));
    TIDEMARK_RETURN_IF_ERROR(reader->run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", {}));
    return reader;
}

Result<void> TableReader::share_time(std::size_t parts) {
    const std::int64_t part_ms =
        std::max<std::int64_t>(1, left().count() / static_cast<std::int64_t>(parts));
    TIDEMARK_RETURN_IF_ERROR(run(fmt::format("SET LOCAL statement_timeout = {}", part_ms), {}));
    return {};
}

Result<void> TableReader::wait_for_answer() {
    while (PQisBusy(connection_) == 1) {
        pollfd readable{.fd = PQsocket(connection_), .events = POLLIN, .revents = 0};
        const auto wait_ms = std::max<std::int64_t>(0, left().count());
        if (poll(&readable, 1, static_cast<int>(wait_ms)) == 0) {
            return no_time_left();
        }
        if (PQconsumeInput(connection_) == 0) {
            return Error{ErrorKind::unavailable,
                         fmt::format("postgres: {}", trimmed(PQerrorMessage(connection_)))};
        }
    }
    return {};
}

Result<TableReader::Rows> TableReader::run(const std::string& sql,
                                           const std::vector<std::string>& values) {
    if (left().count() <= 0) {
        return no_time_left();
    }
    std::vector<const char*> parameters;
    for (const std::string& value : values) {
        parameters.push_back(value.c_str());
    }
    const int sent = PQsendQueryParams(connection_,
                                       sql.c_str(),
                                       static_cast<int>(parameters.size()),
                                       nullptr,
                                       parameters.data(),
                                       nullptr,
                                       nullptr,
                                       0);
    Rows rows(nullptr, &PQclear);
    // The last result of a statement is followed by none.
    for (bool more = sent == 1; more;) {
        TIDEMARK_RETURN_IF_ERROR(wait_for_answer());
        Rows next(PQgetResult(connection_), &PQclear);
        more = next != nullptr;
        rows = more ? std::move(next) : std::move(rows);
    }
    const ExecStatusType status = PQresultStatus(rows.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        return Error{ErrorKind::unavailable,
                     fmt::format("postgres: {}", trimmed(PQerrorMessage(connection_)))};
    }
    return rows;
}

Result<std::vector<std::string>> TableReader::column(const std::string& sql,
                                                     const std::vector<std::string>& values) {
    // A table that cannot be read must not end the transaction in which the others are.
    TIDEMARK_RETURN_IF_ERROR(run("SAVEPOINT table_read", {}));
    Result<Rows> rows = run(sql, values);
    if (!rows.has_value()) {
        TIDEMARK_RETURN_IF_ERROR(run("ROLLBACK TO SAVEPOINT table_read", {}));
        return std::move(rows).error();
    }
    std::vector<std::string> column;
    for (int row = 0; row < PQntuples(rows->get()); ++row) {
        column.emplace_back(PQgetvalue(rows->get(), row, 0));
    }
    return column;
}

Result<std::string> TableReader::quoted(const std::string& name) {
    const std::unique_ptr<char, void (*)(void*)> identifier(
        PQescapeIdentifier(connection_, name.data(), name.size()), &PQfreemem);
    if (identifier == nullptr) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("'{}': no name that PostgreSQL could have", name)};
    }
    return std::string(identifier.get());
}

// What the distinct values of a source's time column are read with.
struct LabelQuery {
    std::string sql;
    std::vector<std::string> values;
};

Result<LabelQuery> label_query(TableReader& reader,
                               const TableSource& source,
                               const std::optional<UtcDay>& origin,
                               bool with_offset) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::string column, reader.quoted(source.time_column));
    TIDEMARK_ASSIGN_OR_RETURN(std::string table, reader.quoted(source.table));
    if (!source.schema.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::string schema, reader.quoted(source.schema));
        table = fmt::format("{}.{}", schema, table);
    }
    LabelQuery query;
    std::vector<std::string> conditions = {fmt::format("{} IS NOT NULL", column)};
    if (!source.filter_column.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::string filter, reader.quoted(source.filter_column));
        query.values.push_back(source.filter_value);
        conditions.push_back(fmt::format("{}::text = ${}", filter, query.values.size()));
    }
    if (origin.has_value() && source.time_format.empty()) {
        // Two days cover every offset that a zone can have; what is too early is left out later.
        query.values.push_back(origin->plus_days(-2).to_string());
        conditions.push_back(fmt::format("{} >= ${}::{}",
                                         column,
                                         query.values.size(),
                                         with_offset ? "timestamptz" : "timestamp"));
    }
    const std::string value = source.time_format.empty()
                                  ? fmt::format("floor(extract(epoch FROM {}))::bigint", column)
                                  : fmt::format("{}::text", column);
    query.sql = fmt::format(
        "SELECT DISTINCT {} FROM {} WHERE {}", value, table, fmt::join(conditions, " AND "));
    return query;
}

// The kind of the time column: whether its values carry their offset.
Result<bool> has_offset(TableReader& reader, const TableSource& source) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::string table, reader.quoted(source.table));
    std::string name = table;
    if (!source.schema.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::string schema, reader.quoted(source.schema));
        name = fmt::format("{}.{}", schema, table);
    }
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::vector<std::string> types,
        reader.column("SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid ="
                      " $1::regclass AND attname = $2 AND attnum > 0 AND NOT attisdropped",
                      {name, source.time_column}));
    if (types.empty()) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("table {} has no column '{}'", name, source.time_column)};
    }
    const std::string& type = types.front();
    const bool known = type == "timestamp with time zone" || type == "date" ||
                       type == "timestamp without time zone";
    if (!known && source.time_format.empty()) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("column '{}' of table {} is of type {}: expected timestamp, "
                                 "timestamptz or date, or say how it is written with time_format",
                                 source.time_column,
                                 name,
                                 type)};
    }
    return type == "timestamp with time zone" && source.time_format.empty();
}

// A value of the time column as seconds since 1970, of local time or UTC.
Result<std::int64_t> label_of(const TableSource& source, const std::string& text) {
    std::int64_t label = 0;
    if (source.time_format.empty()) {
        const char* end = text.data() + text.size();
        if (std::from_chars(text.data(), end, label).ptr == end) {
            return label;
        }
    } else {
        std::istringstream stream(text);
        date::local_seconds local;
        stream >> date::parse(source.time_format, local);
        if (!stream.fail()) {
            return local.time_since_epoch().count();
        }
    }
    return Error{ErrorKind::invalid_input,
                 fmt::format("'{}' in column '{}' is no time written as '{}'",
                             text,
                             source.time_column,
                             source.time_format)};
}

std::int64_t floored(std::int64_t value, std::int64_t grid) {
    const std::int64_t remainder = ((value % grid) + grid) % grid;
    return value - remainder;
}

// Labels floored to the grain, each once, in order.
Result<std::vector<std::int64_t>> read_labels(TableReader& reader,
                                              const TableSource& source,
                                              const std::optional<UtcDay>& origin,
                                              bool with_offset,
                                              std::int64_t grid) {
    TIDEMARK_ASSIGN_OR_RETURN(const LabelQuery query,
                              label_query(reader, source, origin, with_offset));
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<std::string> texts,
                              reader.column(query.sql, query.values));
    std::vector<std::int64_t> labels;
    for (const std::string& text : texts) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t label, label_of(source, text));
        labels.push_back(floored(label, grid));
    }
    std::ranges::sort(labels);
    const auto twice = std::ranges::unique(labels);
    labels.erase(twice.begin(), twice.end());
    return labels;
}

// Leaves the local days (since 1970) that have settled by the server's clock.
Result<void> leave_out_unsettled(TableReader& reader,
                                 std::vector<std::int64_t>& days,
                                 const TableSource& source,
                                 const LocalZone& zone) {
    if (!source.settle.has_value()) {
        return {};
    }
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::vector<std::string> clock,
        reader.column("SELECT floor(extract(epoch FROM clock_timestamp()))::bigint", {}));
    const std::chrono::sys_seconds now(seconds(std::stoll(clock.front())));
    std::erase_if(days,
                  [&](std::int64_t day) { return zone.begin_of(day + 1) + *source.settle > now; });
    return {};
}

Result<void> read_source(TableReader& reader,
                         const TableSource& source,
                         const std::optional<UtcDay>& origin,
                         seconds slot,
                         CounterObservation& counter) {
    TIDEMARK_ASSIGN_OR_RETURN(const bool with_offset, has_offset(reader, source));
    TIDEMARK_ASSIGN_OR_RETURN(const LocalZone zone,
                              LocalZone::find(with_offset ? "UTC" : source.time_zone));
    if (source.grain == TableGrain::slot) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<std::int64_t> labels,
                                  read_labels(reader, source, origin, with_offset, slot.count()));
        TIDEMARK_ASSIGN_OR_RETURN(counter.feeds[source.feed.empty() ? source.name : source.feed],
                                  zone.slots(labels, slot));
        return {};
    }
    TIDEMARK_ASSIGN_OR_RETURN(std::vector<std::int64_t> days,
                              read_labels(reader, source, origin, with_offset, 86400));
    for (std::int64_t& day : days) {
        day = floored(day, 86400) / 86400;
    }
    TIDEMARK_RETURN_IF_ERROR(leave_out_unsettled(reader, days, source, zone));
    const std::vector<DayRange> utc_days = zone.utc_days(days);
    counter.sealed.insert(counter.sealed.end(), utc_days.begin(), utc_days.end());
    return {};
}

}  // namespace

Observed PostgresTablesGetter::read(steady_clock::time_point deadline) {
    Observed observed;
    const Result<std::unique_ptr<TableReader>> reader =
        TableReader::open(sources_.front().url, deadline);
    std::size_t unread = sources_.size();
    for (const TableSource& source : sources_) {
        const std::size_t parts = unread--;
        DatasetObservation& observation =
            observed.datasets
                .try_emplace(source.dataset,
                             DatasetObservation{.found = CounterObservation(), .inferred = true})
                .first->second;
        auto* counter = std::get_if<CounterObservation>(&observation.found);
        if (counter == nullptr) {
            continue;  // another table of the dataset failed: half an answer is none
        }
        const auto configured = origins_.find(source.dataset);
        const auto origin =
            configured == origins_.end() ? std::nullopt : std::optional(configured->second);
        Result<void> read =
            reader.has_value() ? (*reader)->share_time(parts) : Result<void>(reader.error());
        if (read.has_value()) {
            read = read_source(**reader, source, origin, slot_, *counter);
        }
        if (!read.has_value()) {
            observation.found = FailedObservation{
                fmt::format("source '{}': {}", source.name, read.error().message)};
        }
    }
    return observed;
}

Result<void> check_source(const TableSource& source) {
    TIDEMARK_RETURN_IF_ERROR(LocalZone::find(source.time_zone));
    const std::pair<const char*, const std::string*> needed[] = {
        {"url", &source.url},
        {"dataset", &source.dataset},
        {"table", &source.table},
        {"time_column", &source.time_column}};
    for (const auto& [key, value] : needed) {
        if (value->empty()) {
            return Error{ErrorKind::invalid_input, fmt::format("{} is missing", key)};
        }
    }
    return {};
}

}  // namespace tidemark
