#pragma once
// Session: one connection of the simulator to the database under test.
//
// A transaction travels in two round trips: everything up to its id in one pipeline, then, once its
// intent is in the ledger, the COMMIT. A COPY cannot be pipelined and takes one more each
// statement.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "simulate/plan/plan.h"
#include "simulate/run/row_values.h"
#include "simulate/run/socket_wait.h"
#include "simulate/run/sql_parameter.h"

struct pg_conn;
struct pg_result;

namespace tidemark::simulate {

// What the server said against it. `state` is empty when the connection was lost.
struct SqlFailure {
    std::string state{};
    std::string message{};
};

template <typename T>
class [[nodiscard]] SqlResult : public tl::expected<T, SqlFailure> {
 public:
    using tl::expected<T, SqlFailure>::expected;
    // NOLINTNEXTLINE(google-explicit-constructor): so that functions can say `return SqlFailure{}`
    SqlResult(SqlFailure failure) : tl::expected<T, SqlFailure>(tl::unexpect, std::move(failure)) {}
};

// An answer in text form; NULL is nothing.
using TextRow = std::vector<std::optional<std::string>>;
using TextRows = std::vector<TextRow>;

// One thread at a time.
class Session {
 public:
    // `name` is shown as application_name. All waits of the session, of connecting too, are
    // `wait`'s, which outlives it; looking up the server's name, where it has one, blocks all the
    // same.
    static SqlResult<std::unique_ptr<Session>> open(const std::string& url,
                                                    const std::string& name,
                                                    SocketWait& wait = blocking_wait());
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session();

    [[nodiscard]] bool alive() const;

    // What a server is called from one crash to the next: after one it may give the ids of
    // transactions again of which nothing had reached its disk.
    SqlResult<std::uint64_t> incarnation();

    // A statement with parameters in text form.
    SqlResult<TextRows> query(const std::string& sql, const std::vector<std::string>& values = {});
    // Several statements without parameters.
    SqlResult<void> script(const std::string& sql);
    // COPY ... FROM STDIN with rows as text.
    SqlResult<void> copy(const std::string& sql, std::string_view rows);

    // Prepares a writer's statements under the names that execute() uses.
    SqlResult<void> prepare(const Writer& writer);

    // Runs the steps of a transaction up to its COMMIT, and returns its id; 0 where it wrote
    // nothing. `replied` is called once, when the first answer is there, where it comes so far.
    // After a failure the transaction is rolled back where the connection is still there.
    SqlResult<std::uint64_t> execute(const Writer& writer,
                                     const std::vector<Step>& steps,
                                     const std::function<void()>& replied);
    SqlResult<void> commit();

    // One step that is a transaction by itself: one round trip.
    SqlResult<void> execute_alone(const Step& step, const std::function<void()>& replied);

 private:
    Session(pg_conn* connection, SocketWait& wait) : connection_(connection), wait_(wait) {}
    // False, and the connection is of no use, when the server did not answer in time.
    bool finish_connecting();
    [[nodiscard]] SqlFailure failure_of(pg_result* result) const;
    SqlResult<TextRows> take(pg_result* result) const;
    // What was said when it could not be `sent`; else the last of its answers.
    SqlResult<TextRows> take_last(bool sent);
    // As PQgetResult() and PQexec(), but waiting as this session does.
    pg_result* next_result();
    pg_result* last_result();
    bool flush();
    SqlResult<std::uint64_t> execute_pipelined(const Writer& writer,
                                               const std::vector<Step>& steps,
                                               const std::function<void()>& replied);
    SqlResult<std::uint64_t> execute_stepwise(const Writer& writer,
                                              const std::vector<Step>& steps,
                                              const std::function<void()>& replied);
    void set_arguments(const Step& step);
    bool send_prepared(const Step& step);
    SqlResult<std::uint64_t> receive_pipeline(std::size_t results,
                                              const std::function<void()>& replied);
    void roll_back();

    // What libpq wants of a statement's parameters; kept, so that its memory is found once.
    struct Arguments {
        std::vector<const char*> values;
        std::vector<int> lengths;
        std::vector<int> formats;
    };

    pg_conn* connection_;
    SocketWait& wait_;
    std::vector<std::string> names_;  // of the prepared statements, by their places
    Arguments arguments_;
};

}  // namespace tidemark::simulate
