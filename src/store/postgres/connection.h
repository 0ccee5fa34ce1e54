#pragma once
// One connection to PostgreSQL: statements in, rows out, failures as Errors of the store's kinds.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/postgres/parameters.h"

struct pg_conn;
struct pg_result;

namespace tidemark::postgres {

// What a statement gave back. Columns count from 0; values are in PostgreSQL's text form.
class Rows {
 public:
    explicit Rows(pg_result* result);
    Rows(Rows&& other) noexcept;
    Rows& operator=(Rows&& other) noexcept;
    ~Rows();

    [[nodiscard]] int size() const;
    [[nodiscard]] int column_count() const;
    [[nodiscard]] std::vector<std::string> column_names() const;
    [[nodiscard]] bool empty() const { return size() == 0; }
    [[nodiscard]] bool is_null(int row, int column) const;
    // Empty for NULL; lives as long as the rows do.
    [[nodiscard]] std::string_view text(int row, int column) const;
    // Of a column whose SQL type is an integer; 0 for NULL.
    [[nodiscard]] std::int64_t integer(int row, int column) const;
    [[nodiscard]] bool boolean(int row, int column) const;
    // The rows that INSERT, UPDATE, DELETE, MERGE or COPY changed.
    [[nodiscard]] std::int64_t changed() const;

 private:
    pg_result* result_;
};

// A statement of a pipeline. A prepared one is planned once a connection: for statements that are
// repeated and whose best plan does not depend on their values.
struct Statement {
    std::string sql;
    Parameters parameters{};
    bool prepared = false;
};

// An Error that remembers which SQLSTATE it came from, so that a caller who expects one can tell.
struct SqlError {
    Error error;
    std::string state;       // five characters; empty when the connection was lost
    std::string constraint;  // of a violated constraint, its name
};

// How long a session may wait or stand still before the server gives up on it.
struct SessionLimits {
    int connect_s = 10;
    int idle_in_transaction_s = 60;
    int network_silence_s = 60;  // unacknowledged data: the peer is gone
    bool any_server = false;     // somebody else's: of whatever version and encoding
};

// One thread at a time. After a failure inside a transaction the transaction is rolled back by
// begin() of the next one, by roll_back() or by the destructor.
class Connection {
 public:
    // Fails with invalid_input (a URL that cannot be read), unavailable, or refused (a server
    // older than 15, a database whose encoding is not UTF-8; unless any is good enough).
    static Result<std::unique_ptr<Connection>> open(const std::string& url,
                                                    const SessionLimits& limits = {});
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    // False once it was noticed that the server or the network ended the connection: by a
    // statement, or by notice_end().
    [[nodiscard]] bool alive() const;

    // Takes in what arrived since the last statement: perhaps the connection's end. Never waits;
    // between statements only.
    void notice_end();

    // One statement, its rows held in memory. `run` keeps the failure's SQLSTATE as well.
    Result<Rows> query(const std::string& sql, const Parameters& parameters = {});
    Result<Rows> query_prepared(const std::string& sql, const Parameters& parameters = {});
    tl::expected<Rows, SqlError> run(const std::string& sql, const Parameters& parameters = {});

    // The same without waiting, of a statement without parameters that was prepared before; nothing
    // else is asked of the connection until the answer was taken, nor after a failure.
    Result<void> send_prepared(const std::string& sql);

    // Its rows; nothing as long as they have not come, or where nothing was sent. Never waits.
    Result<std::optional<Rows>> take_sent();

    // Readable when something came. Until the connection is gone.
    [[nodiscard]] int socket() const;

    // Several statements in one round trip, in order; the first failure fails all that follow.
    Result<std::vector<Rows>> query_all(std::span<const Statement> statements);

    // Lends the rows one at a time (row 0 of the Rows given), so that a big answer is never held
    // twice.
    Result<void> query_each(const std::string& sql,
                            const Parameters& parameters,
                            const std::function<Result<void>(const Rows&)>& take);

    // Several statements without parameters, separated by semicolons.
    Result<void> execute_script(const std::string& sql);

    // COPY ... FROM STDIN: `copy_begin`, any number of `copy_send`, then `copy_end`, which gives
    // the rows written. A failure of the server shows in copy_end at the latest.
    Result<void> copy_begin(const std::string& sql);
    Result<void> copy_send(std::string_view piece);
    tl::expected<std::int64_t, SqlError> copy_end();

    // `name` as a quoted SQL identifier.
    [[nodiscard]] std::string quote(std::string_view name) const;

    // Ends whatever transaction is open, without complaint.
    void roll_back();

 private:
    explicit Connection(pg_conn* connection) : connection_(connection) {}
    [[nodiscard]] SqlError error_of(pg_result* result) const;
    Result<void> set_up_session(const SessionLimits& limits);
    Result<std::string> prepare(const std::string& sql, const Parameters& parameters);
    Result<void> send(const Statement& statement, const std::string& prepared_name);
    Result<std::vector<Rows>> receive_all(std::size_t count);

    pg_conn* connection_;
    std::map<std::string, std::string, std::less<>> prepared_;  // SQL to statement name
    bool answer_awaited_ = false;                               // of what was sent
    std::optional<Rows> answer_;                                // as far as it has come
};

// Rolls back at the end of its scope unless it was committed.
class Transaction {
 public:
    explicit Transaction(Connection& connection) : connection_(connection) {}
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    Result<void> begin(const std::string& sql = "BEGIN");
    Result<void> commit();

 private:
    Connection& connection_;
    bool open_ = false;
};

}  // namespace tidemark::postgres
