#include "store/postgres/connection.h"

#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "base/check.h"
#include "store/postgres/sql_error.h"

namespace tidemark::postgres {

namespace {

constexpr int server_version_min = 150000;

// The first line, without libpq's trailing blanks: one clear line a failure.
std::string first_line(const char* message) {
    std::string_view text = message == nullptr ? "" : message;
    text = text.substr(0, text.find('\n'));
    while (text.ends_with(' ') || text.ends_with(':')) {
        text.remove_suffix(1);
    }
    return std::string(text);
}

bool succeeded(const PGresult* result) {
    switch (PQresultStatus(result)) {
        case PGRES_COMMAND_OK:
        case PGRES_TUPLES_OK:
        case PGRES_SINGLE_TUPLE:
        case PGRES_COPY_IN:
        case PGRES_PIPELINE_SYNC:
            return true;
        default:
            return false;
    }
}

void say_nothing(void* /*unused*/, const char* /*message*/) {}

}  // namespace

Rows::Rows(pg_result* result) : result_(result) {}

Rows::Rows(Rows&& other) noexcept : result_(std::exchange(other.result_, nullptr)) {}

Rows& Rows::operator=(Rows&& other) noexcept {
    std::swap(result_, other.result_);
    return *this;
}

Rows::~Rows() {
    PQclear(result_);
}

int Rows::size() const {
    return PQntuples(result_);
}

int Rows::column_count() const {
    return PQnfields(result_);
}

std::vector<std::string> Rows::column_names() const {
    std::vector<std::string> names;
    for (int column = 0; column < column_count(); ++column) {
        names.emplace_back(PQfname(result_, column));
    }
    return names;
}

bool Rows::is_null(int row, int column) const {
    return PQgetisnull(result_, row, column) != 0;
}

std::string_view Rows::text(int row, int column) const {
    return {PQgetvalue(result_, row, column),
            static_cast<std::size_t>(PQgetlength(result_, row, column))};
}

std::int64_t Rows::integer(int row, int column) const {
    const std::string_view digits = text(row, column);
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

bool Rows::boolean(int row, int column) const {
    return text(row, column) == "t";
}

std::int64_t Rows::changed() const {
    const std::string_view digits = PQcmdTuples(result_);
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& url,
                                                     const SessionLimits& limits) {
    // libpq's own words about a URL can quote the password in it, so they are not passed on.
    PQconninfoOption* const parsed = PQconninfoParse(url.c_str(), nullptr);
    if (parsed == nullptr) {
        return Error{ErrorKind::invalid_input,
                     "the URL cannot be read; expected "
                     "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"};
    }
    PQconninfoFree(parsed);
    const std::string connect_timeout = std::to_string(limits.connect_s);
    const std::string silence_ms = std::to_string(limits.network_silence_s * 1000);
    // What stands before dbname yields to the URL; what stands after it does not.
    const char* const keywords[] = {"connect_timeout",
                                    "tcp_user_timeout",
                                    "fallback_application_name",
                                    "dbname",
                                    "client_encoding",
                                    nullptr};
    const char* const values[] = {
        connect_timeout.c_str(), silence_ms.c_str(), "tidemark", url.c_str(), "UTF8", nullptr};
    PGconn* const raw = PQconnectdbParams(keywords, values, 1);
    std::unique_ptr<Connection> connection(new Connection(raw));
    if (PQstatus(raw) != CONNECTION_OK) {
        return Error{ErrorKind::unavailable,
                     fmt::format("cannot connect to postgresql: {}; check that the server runs "
                                 "and the URL names it",
                                 first_line(PQerrorMessage(raw)))};
    }
    PQsetNoticeProcessor(raw, say_nothing, nullptr);
    TIDEMARK_RETURN_IF_ERROR(connection->set_up_session(limits));
    return connection;
}

Result<void> Connection::set_up_session(const SessionLimits& limits) {
    if (!limits.any_server && PQserverVersion(connection_) < server_version_min) {
        return Error{ErrorKind::refused,
                     fmt::format("the server is PostgreSQL {}; Tidemark needs 15 or newer",
                                 PQserverVersion(connection_) / 10000)};
    }
    const char* const encoding = PQparameterStatus(connection_, "server_encoding");
    const bool is_utf8 = encoding != nullptr && std::string_view(encoding) == "UTF8";
    if (!limits.any_server && !is_utf8) {
        return Error{ErrorKind::refused,
                     fmt::format("the database's encoding is {}; create one with ENCODING 'UTF8'",
                                 encoding == nullptr ? "unknown" : encoding)};
    }
    // Compiling a query (jit) costs 50 to 300 ms here and saves less: folds and reads are short.
    return execute_script(
        fmt::format("SET TimeZone = 'UTC'; SET DateStyle = 'ISO'; SET jit = off;"
                    "SET idle_in_transaction_session_timeout = '{}s'; SET tcp_user_timeout = '{}s'",
                    limits.idle_in_transaction_s,
                    limits.network_silence_s));
}

Connection::~Connection() {
    PQfinish(connection_);
}

bool Connection::alive() const {
    return PQstatus(connection_) == CONNECTION_OK;
}

void Connection::notice_end() {
    // The first look takes in the server's last words, the second that there is nothing after them.
    for (int look = 0; look < 2 && PQconsumeInput(connection_) == 1; ++look) {
        PQfreemem(PQnotifies(connection_));
    }
}

SqlError Connection::error_of(pg_result* result) const {
    const char* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* const constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
    const char* const primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    // Once the connection is gone that is what matters, whatever its last words were.
    if (state == nullptr || !alive()) {
        const std::string words =
            first_line(primary != nullptr ? primary : PQerrorMessage(connection_));
        return {error_of_state({}, words), {}, {}};
    }
    return {error_of_state(state, primary == nullptr ? "" : primary),
            state,
            constraint == nullptr ? "" : constraint};
}

tl::expected<Rows, SqlError> Connection::run(const std::string& sql, const Parameters& parameters) {
    const Parameters::Arrays bound = parameters.arrays();
    PGresult* const result = PQexecParams(connection_,
                                          sql.c_str(),
                                          parameters.size(),
                                          bound.types.data(),
                                          bound.values.data(),
                                          bound.lengths.data(),
                                          bound.formats.data(),
                                          0);
    Rows rows(result);
    if (!succeeded(result)) {
        return tl::unexpected(error_of(result));
    }
    return rows;
}

Result<Rows> Connection::query(const std::string& sql, const Parameters& parameters) {
    tl::expected<Rows, SqlError> rows = run(sql, parameters);
    if (!rows.has_value()) {
        return std::move(rows).error().error;
    }
    return *std::move(rows);
}

Result<Rows> Connection::query_prepared(const std::string& sql, const Parameters& parameters) {
    const Statement statement{.sql = sql, .parameters = parameters, .prepared = true};
    TIDEMARK_ASSIGN_OR_RETURN(std::vector<Rows> rows, query_all({&statement, 1}));
    return std::move(rows.front());
}

Result<void> Connection::send_prepared(const std::string& sql) {
    const auto known = prepared_.find(sql);
    TIDEMARK_CHECK(known != prepared_.end() && !answer_awaited_);
    PQsetnonblocking(connection_, 1);
    const Result<void> sent = send({.sql = sql, .prepared = true}, known->second);
    TIDEMARK_RETURN_IF_ERROR(sent);
    if (PQflush(connection_) != 0) {
        return Error{ErrorKind::unavailable, "postgresql: the server takes nothing in"};
    }
    PQsetnonblocking(connection_, 0);  // which would wait for what is not sent yet
    answer_awaited_ = true;
    return {};
}

Result<std::optional<Rows>> Connection::take_sent() {
    if (PQconsumeInput(connection_) == 0) {
        return error_of(nullptr).error;
    }
    while (answer_awaited_ && PQisBusy(connection_) == 0) {
        PGresult* const result = PQgetResult(connection_);
        if (result == nullptr) {
            answer_awaited_ = false;
            return std::exchange(answer_, std::nullopt);
        }
        answer_ = Rows(result);
        if (!succeeded(result)) {
            return error_of(result).error;
        }
    }
    return std::optional<Rows>();
}

int Connection::socket() const {
    return PQsocket(connection_);
}

Result<std::string> Connection::prepare(const std::string& sql, const Parameters& parameters) {
    if (const auto known = prepared_.find(sql); known != prepared_.end()) {
        return known->second;
    }
    const std::string name = fmt::format("tidemark_{}", prepared_.size());
    const Parameters::Arrays bound = parameters.arrays();
    PGresult* const result =
        PQprepare(connection_, name.c_str(), sql.c_str(), parameters.size(), bound.types.data());
    const Rows owned(result);
    if (!succeeded(result)) {
        return error_of(result).error;
    }
    prepared_.emplace(sql, name);
    return name;
}

Result<void> Connection::send(const Statement& statement, const std::string& prepared_name) {
    const Parameters::Arrays bound = statement.parameters.arrays();
    const int sent = statement.prepared ? PQsendQueryPrepared(connection_,
                                                              prepared_name.c_str(),
                                                              statement.parameters.size(),
                                                              bound.values.data(),
                                                              bound.lengths.data(),
                                                              bound.formats.data(),
                                                              0)
                                        : PQsendQueryParams(connection_,
                                                            statement.sql.c_str(),
                                                            statement.parameters.size(),
                                                            bound.types.data(),
                                                            bound.values.data(),
                                                            bound.lengths.data(),
                                                            bound.formats.data(),
                                                            0);
    if (sent == 0) {
        return error_of(nullptr).error;
    }
    return {};
}

Result<std::vector<Rows>> Connection::query_all(std::span<const Statement> statements) {
    std::vector<std::string> names;
    for (const Statement& statement : statements) {
        names.emplace_back();
        if (statement.prepared) {
            TIDEMARK_ASSIGN_OR_RETURN(names.back(), prepare(statement.sql, statement.parameters));
        }
    }
    if (PQenterPipelineMode(connection_) == 0) {
        return error_of(nullptr).error;
    }
    for (std::size_t index = 0; index < statements.size(); ++index) {
        TIDEMARK_RETURN_IF_ERROR(send(statements[index], names[index]));
    }
    if (PQpipelineSync(connection_) == 0) {
        return error_of(nullptr).error;
    }
    Result<std::vector<Rows>> answers = receive_all(statements.size());
    PQexitPipelineMode(connection_);
    return answers;
}

// Everything up to the synchronisation point is taken from the connection, failure or not, so that
// it can be used again.
Result<std::vector<Rows>> Connection::receive_all(std::size_t count) {
    std::vector<Rows> answers;
    std::optional<Error> failure;
    while (true) {
        PGresult* const result = PQgetResult(connection_);
        if (result == nullptr) {
            if (!alive()) {
                return failure.value_or(error_of(nullptr).error);
            }
            continue;  // the end of one statement's results
        }
        Rows rows(result);
        const ExecStatusType status = PQresultStatus(result);
        if (status == PGRES_PIPELINE_SYNC) {
            break;
        }
        if (!succeeded(result)) {
            if (!failure.has_value() && status != PGRES_PIPELINE_ABORTED) {
                failure = error_of(result).error;
            }
            continue;
        }
        answers.push_back(std::move(rows));
    }
    if (failure.has_value()) {
        return *failure;
    }
    if (answers.size() != count) {
        return Error{ErrorKind::corrupt, "postgresql: an answer of a pipeline is missing"};
    }
    return answers;
}

Result<void> Connection::query_each(const std::string& sql,
                                    const Parameters& parameters,
                                    const std::function<Result<void>(const Rows&)>& take) {
    const Statement statement{.sql = sql, .parameters = parameters};
    TIDEMARK_RETURN_IF_ERROR(send(statement, {}));
    PQsetSingleRowMode(connection_);
    Result<void> outcome;
    while (PGresult* const result = PQgetResult(connection_)) {
        const Rows row(result);
        if (!outcome.has_value()) {
            continue;  // the rest must be taken all the same
        }
        if (!succeeded(result)) {
            outcome = error_of(result).error;
        } else if (row.size() == 1) {
            outcome = take(row);
        }
    }
    return outcome;
}

Result<void> Connection::execute_script(const std::string& sql) {
    PGresult* const result = PQexec(connection_, sql.c_str());
    const Rows owned(result);
    if (!succeeded(result)) {
        return error_of(result).error;
    }
    return {};
}

Result<void> Connection::copy_begin(const std::string& sql) {
    return execute_script(sql);
}

Result<void> Connection::copy_send(std::string_view piece) {
    if (PQputCopyData(connection_, piece.data(), static_cast<int>(piece.size())) != 1) {
        return error_of(nullptr).error;
    }
    return {};
}

tl::expected<std::int64_t, SqlError> Connection::copy_end() {
    if (PQputCopyEnd(connection_, nullptr) != 1) {
        return tl::unexpected(error_of(nullptr));
    }
    std::optional<SqlError> failure;
    std::int64_t copied = 0;
    while (PGresult* const result = PQgetResult(connection_)) {
        const Rows rows(result);
        if (!succeeded(result) && !failure.has_value()) {
            failure = error_of(result);
        }
        copied = rows.changed();
    }
    if (failure.has_value()) {
        return tl::unexpected(*std::move(failure));
    }
    return copied;
}

std::string Connection::quote(std::string_view name) const {
    char* const quoted = PQescapeIdentifier(connection_, name.data(), name.size());
    std::string text = quoted == nullptr ? std::string() : std::string(quoted);
    PQfreemem(quoted);
    return text;
}

void Connection::roll_back() {
    if (alive() && PQtransactionStatus(connection_) != PQTRANS_IDLE) {
        PQclear(PQexec(connection_, "ROLLBACK"));
    }
}

Transaction::~Transaction() {
    if (open_) {
        connection_.roll_back();
    }
}

Result<void> Transaction::begin(const std::string& sql) {
    connection_.roll_back();
    TIDEMARK_RETURN_IF_ERROR(connection_.execute_script(sql));
    open_ = true;
    return {};
}

// COMMIT of a failed transaction answers ROLLBACK without an error, but every failure inside it
// has been returned by the statement that failed.
Result<void> Transaction::commit() {
    TIDEMARK_RETURN_IF_ERROR(connection_.execute_script("COMMIT"));
    open_ = false;
    return {};
}

}  // namespace tidemark::postgres
