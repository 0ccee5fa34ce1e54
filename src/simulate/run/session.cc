#include "simulate/run/session.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <libpq-fe.h>

#include "simulate/run/monotonic.h"

namespace tidemark::simulate {

namespace {

constexpr std::int64_t connect_max_s = 10;
constexpr const char* id_query = "select pg_current_xact_id_if_assigned()";

std::string begin_text(const Writer& writer) {
    return fmt::format("begin isolation level {}", to_string(writer.isolation));
}

std::uint64_t number_of(const char* text) {
    std::uint64_t number = 0;
    const std::string_view digits = text;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

bool succeeded(const pg_result* result) {
    switch (PQresultStatus(result)) {
        case PGRES_COMMAND_OK:
        case PGRES_TUPLES_OK:
        case PGRES_EMPTY_QUERY:
        case PGRES_PIPELINE_SYNC:
            return true;
        default:
            return false;
    }
}

}  // namespace

SqlResult<std::unique_ptr<Session>> Session::open(const std::string& url,
                                                  const std::string& name,
                                                  SocketWait& wait) {
    const char* const keywords[] = {
        "dbname", "application_name", "tcp_user_timeout", "client_encoding", nullptr};
    const char* const values[] = {url.c_str(), name.c_str(), "30000", "UTF8", nullptr};
    std::unique_ptr<Session> session(new Session(PQconnectStartParams(keywords, values, 1), wait));
    if (!session->finish_connecting()) {
        return SqlFailure{
            .state = "",
            .message = fmt::format("no answer to the connection within {} s", connect_max_s)};
    }
    if (PQstatus(session->connection_) != CONNECTION_OK) {
        const char* message = PQerrorMessage(session->connection_);
        return SqlFailure{.state = "", .message = message == nullptr ? "out of memory" : message};
    }
    PQsetnonblocking(session->connection_, 1);
    PQsetNoticeProcessor(
        session->connection_, [](void*, const char*) {}, nullptr);
    // A query of the writer's day must not depend on the server's zone.
    const SqlResult<void> set = session->script("set timezone = 'UTC'; set datestyle = 'ISO'");
    if (!set.has_value()) {
        return set.error();
    }
    return session;
}

bool Session::finish_connecting() {
    const std::int64_t until_us = monotonic_us() + connect_max_s * second_us;
    PostgresPollingStatusType next =
        PQstatus(connection_) == CONNECTION_BAD ? PGRES_POLLING_FAILED : PGRES_POLLING_WRITING;
    while (next == PGRES_POLLING_READING || next == PGRES_POLLING_WRITING) {
        const bool to_send = next == PGRES_POLLING_WRITING;
        wait_.forget(PQsocket(connection_));  // another address may have been tried
        if (!wait_.for_socket(PQsocket(connection_), to_send, until_us)) {
            return false;
        }
        next = PQconnectPoll(connection_);
    }
    return true;
}

Session::~Session() {
    wait_.forget(PQsocket(connection_));
    PQfinish(connection_);
}

bool Session::alive() const {
    return PQstatus(connection_) == CONNECTION_OK;
}

// A restart has another start; a crash that the server survives resets its statistics.
SqlResult<std::uint64_t> Session::incarnation() {
    const SqlResult<TextRows> rows = query(
        "select pg_postmaster_start_time()::text || ' ' || coalesce(stats_reset::text, '') "
        "from pg_stat_bgwriter");
    if (!rows.has_value()) {
        return rows.error();
    }
    return std::hash<std::string>()(rows->at(0).at(0).value_or(""));
}

SqlFailure Session::failure_of(pg_result* result) const {
    const char* state = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char* words =
        result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    SqlFailure failure{.state = state == nullptr ? "" : state,
                       .message = words == nullptr ? PQerrorMessage(connection_) : words};
    std::ranges::replace(failure.message, '\n', ' ');
    return failure;
}

SqlResult<TextRows> Session::take(pg_result* result) const {
    const std::unique_ptr<pg_result, decltype(&PQclear)> owned(result, PQclear);
    if (!succeeded(result)) {
        return failure_of(result);
    }
    TextRows rows;
    for (int row = 0; row < PQntuples(result); ++row) {
        TextRow cells;
        for (int column = 0; column < PQnfields(result); ++column) {
            if (PQgetisnull(result, row, column) != 0) {
                cells.emplace_back(std::nullopt);
            } else {
                cells.emplace_back(PQgetvalue(result, row, column));
            }
        }
        rows.push_back(std::move(cells));
    }
    return rows;
}

// Sends what libpq has kept back. A server that waits for its own answer to be taken takes nothing.
bool Session::flush() {
    int left = PQflush(connection_);
    while (left == 1) {
        wait_.for_socket(PQsocket(connection_), true, INT64_MAX);
        if (PQconsumeInput(connection_) == 0) {
            return false;
        }
        left = PQflush(connection_);
    }
    return left == 0;
}

pg_result* Session::next_result() {
    if (flush()) {
        while (PQisBusy(connection_) == 1) {
            wait_.for_socket(PQsocket(connection_), false, INT64_MAX);
            if (PQconsumeInput(connection_) == 0) {
                break;  // PQgetResult says so too
            }
        }
    }
    return PQgetResult(connection_);
}

pg_result* Session::last_result() {
    pg_result* last = nullptr;
    while (pg_result* result = next_result()) {
        PQclear(last);
        last = result;
        if (PQresultStatus(result) == PGRES_COPY_IN || !alive()) {
            break;
        }
    }
    return last;
}

SqlResult<TextRows> Session::take_last(bool sent) {
    if (!sent) {
        return failure_of(nullptr);
    }
    return take(last_result());
}

SqlResult<TextRows> Session::query(const std::string& sql, const std::vector<std::string>& values) {
    std::vector<const char*> texts;
    for (const std::string& value : values) {
        texts.push_back(value.c_str());
    }
    return take_last(PQsendQueryParams(connection_,
                                       sql.c_str(),
                                       static_cast<int>(texts.size()),
                                       nullptr,
                                       texts.data(),
                                       nullptr,
                                       nullptr,
                                       0) == 1);
}

SqlResult<void> Session::script(const std::string& sql) {
    const SqlResult<TextRows> rows = take_last(PQsendQuery(connection_, sql.c_str()) == 1);
    if (!rows.has_value()) {
        return rows.error();
    }
    return {};
}

SqlResult<void> Session::copy(const std::string& sql, std::string_view rows) {
    constexpr std::size_t piece_bytes = 1U << 20U;
    if (PQsendQuery(connection_, sql.c_str()) != 1) {
        return failure_of(nullptr);
    }
    pg_result* begun = last_result();
    const bool ready = PQresultStatus(begun) == PGRES_COPY_IN;
    const SqlFailure refused = ready ? SqlFailure{} : failure_of(begun);
    PQclear(begun);
    if (!ready) {
        return refused;
    }
    bool sent = true;
    while (sent && !rows.empty()) {
        const std::string_view piece = rows.substr(0, piece_bytes);
        sent = PQputCopyData(connection_, piece.data(), static_cast<int>(piece.size())) == 1 &&
               flush();
        rows.remove_prefix(piece.size());
    }
    sent = sent && PQputCopyEnd(connection_, nullptr) == 1;
    SqlResult<void> outcome;
    if (!sent) {
        outcome = failure_of(nullptr);
    }
    while (pg_result* result = next_result()) {
        if (!succeeded(result) && outcome.has_value()) {
            outcome = failure_of(result);
        }
        PQclear(result);
    }
    return outcome;
}

SqlResult<void> Session::prepare(const Writer& writer) {
    names_.clear();
    for (const Statement& statement : writer.statements) {
        names_.push_back(fmt::format("s{}", names_.size()));
        if (statement.copy) {
            continue;
        }
        const std::vector<unsigned> types =
            parameter_types(statement, writer.values, writer.statement_rows == 1);
        const SqlResult<TextRows> prepared = take_last(PQsendPrepare(connection_,
                                                                     names_.back().c_str(),
                                                                     statement.sql.c_str(),
                                                                     static_cast<int>(types.size()),
                                                                     types.data()) == 1);
        if (!prepared.has_value()) {
            SqlFailure failure = prepared.error();
            failure.message =
                fmt::format("{}:{}: {}", writer.sql_file, statement.line, failure.message);
            return failure;
        }
    }
    return {};
}

void Session::set_arguments(const Step& step) {
    arguments_.values.clear();
    arguments_.lengths.clear();
    arguments_.formats.clear();
    for (const SqlParameter& parameter : step.parameters) {
        arguments_.values.push_back(parameter.content.c_str());
        arguments_.lengths.push_back(static_cast<int>(parameter.content.size()));
        arguments_.formats.push_back(parameter.binary ? 1 : 0);
    }
}

bool Session::send_prepared(const Step& step) {
    set_arguments(step);
    return PQsendQueryPrepared(connection_,
                               names_[step.statement].c_str(),
                               static_cast<int>(step.parameters.size()),
                               arguments_.values.data(),
                               arguments_.lengths.data(),
                               arguments_.formats.data(),
                               0) == 1;
}

SqlResult<std::uint64_t> Session::execute(const Writer& writer,
                                          const std::vector<Step>& steps,
                                          const std::function<void()>& replied) {
    const bool copies = std::ranges::any_of(
        writer.statements, [](const Statement& statement) { return statement.copy; });
    SqlResult<std::uint64_t> id = copies ? execute_stepwise(writer, steps, replied)
                                         : execute_pipelined(writer, steps, replied);
    if (!id.has_value()) {
        roll_back();
    }
    return id;
}

SqlResult<std::uint64_t> Session::execute_pipelined(const Writer& writer,
                                                    const std::vector<Step>& steps,
                                                    const std::function<void()>& replied) {
    const auto send = [this](const std::string& sql) {
        return PQsendQueryParams(
                   connection_, sql.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) == 1;
    };
    bool sent = PQenterPipelineMode(connection_) == 1;
    sent = sent && send(begin_text(writer));
    for (const Step& step : steps) {
        sent = sent && send_prepared(step);
    }
    sent = sent && send(id_query) && PQpipelineSync(connection_) == 1 && flush();
    if (!sent) {
        const SqlFailure failure = failure_of(nullptr);
        PQexitPipelineMode(connection_);
        return failure;
    }
    SqlResult<std::uint64_t> id = receive_pipeline(steps.size() + 2, replied);
    PQexitPipelineMode(connection_);
    return id;
}

// Takes one answer for each query sent, BEGIN first and the transaction's id last, and then the
// pipeline's end.
SqlResult<std::uint64_t> Session::receive_pipeline(std::size_t results,
                                                   const std::function<void()>& replied) {
    std::optional<SqlFailure> failure;
    std::uint64_t id = 0;
    for (std::size_t place = 0; place <= results; ++place) {
        pg_result* result = next_result();
        if (place == 1) {
            replied();
        }
        if (result == nullptr ||
            (!succeeded(result) && PQresultStatus(result) != PGRES_PIPELINE_ABORTED && !failure)) {
            failure = failure_of(result);
        }
        if (place + 1 == results && !failure && PQntuples(result) == 1) {
            id = number_of(PQgetvalue(result, 0, 0));
        }
        const bool lost = result == nullptr || PQstatus(connection_) != CONNECTION_OK;
        PQclear(result);
        if (lost) {
            return failure.value_or(failure_of(nullptr));
        }
        if (place < results) {
            PQclear(next_result());  // the mark between two answers
        }
    }
    if (failure) {
        return *failure;
    }
    return id;
}

SqlResult<std::uint64_t> Session::execute_stepwise(const Writer& writer,
                                                   const std::vector<Step>& steps,
                                                   const std::function<void()>& replied) {
    const SqlResult<void> begun = script(begin_text(writer));
    if (!begun.has_value()) {
        return begun.error();
    }
    bool first = true;
    for (const Step& step : steps) {
        const Statement& statement = writer.statements[step.statement];
        std::optional<SqlFailure> failure;
        if (statement.copy) {
            const SqlResult<void> copied = copy(statement.sql, step.copy_text);
            failure = copied.has_value() ? failure : copied.error();
        } else {
            const SqlResult<TextRows> rows = take_last(send_prepared(step));
            failure = rows.has_value() ? failure : rows.error();
        }
        if (first) {
            replied();
            first = false;
        }
        if (failure) {
            return *failure;
        }
    }
    const SqlResult<TextRows> id = query(id_query);
    if (!id.has_value()) {
        return id.error();
    }
    const std::optional<std::string>& text = id->at(0).at(0);
    return text.has_value() ? number_of(text->c_str()) : 0;
}

SqlResult<void> Session::execute_alone(const Step& step, const std::function<void()>& replied) {
    if (!send_prepared(step) || !flush()) {
        return failure_of(nullptr);
    }
    pg_result* result = next_result();
    replied();
    SqlResult<void> outcome;
    if (result == nullptr || !succeeded(result)) {
        outcome = failure_of(result);
    }
    while (result != nullptr) {
        PQclear(result);
        result = next_result();
    }
    return outcome;
}

SqlResult<void> Session::commit() {
    return script("commit");
}

void Session::roll_back() {
    if (alive() && PQtransactionStatus(connection_) != PQTRANS_IDLE) {
        static_cast<void>(script("rollback").has_value());
    }
}

}  // namespace tidemark::simulate
