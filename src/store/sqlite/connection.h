#pragma once
// Connection: one open SQLite file, its prepared statements, and what its error codes mean here.

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/statement.h"
#include "store/sqlite/write_turn.h"

struct sqlite3;

namespace tidemark::sqlite {

// One thread at a time.
class Connection {
 public:
    // Opens or makes the file; see open_sqlite_store() for what fails how. The connection is in WAL
    // mode with synchronous=FULL: a commit that returns is on the disk.
    static Result<std::unique_ptr<Connection>> open(const std::string& path,
                                                    const SqliteOptions& options);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    // A statement ready to bind; prepared the first time, taken from the idle ones later.
    Result<Statement> prepare(std::string_view sql);

    // Prepares, binds the values to ?1, ?2 ... and runs a statement that returns no rows.
    template <typename... Values>
    Result<void> run(std::string_view sql, const Values&... values) {
        TIDEMARK_ASSIGN_OR_RETURN(Statement statement, prepare(sql));
        statement.bind(values...);
        return statement.run();
    }

    // The first column of the first row; `absent` when there is no row or it is NULL.
    template <typename... Values>
    Result<std::int64_t> integer(std::string_view sql,
                                 std::int64_t absent,
                                 const Values&... values) {
        TIDEMARK_ASSIGN_OR_RETURN(Statement statement, prepare(sql));
        statement.bind(values...);
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        return found && !statement.is_null(0) ? statement.integer(0) : absent;
    }

    // Runs a script of several statements; none may have parameters.
    Result<void> run_script(std::string_view sql);

    // Rows changed by the statement that ran last.
    [[nodiscard]] std::int64_t changed_count() const;

    // Whether the statement that failed last did so because a value is no int64: STRICT columns
    // refuse the REAL into which SQLite turns an overflowing sum.
    [[nodiscard]] bool failed_on_type() const;

    // Whether it failed because a unique key is there already.
    [[nodiscard]] bool failed_on_key() const;

    // Begins a write transaction in turn (write_turn.h), waiting as long as the options say.
    Result<void> begin_immediate();

    // Begins a read transaction.
    Result<void> begin_deferred();

    [[nodiscard]] bool in_transaction() const;
    [[nodiscard]] const std::string& path() const { return path_; }

    // What the code of a failed call means to the caller.
    [[nodiscard]] Error error(int code) const;

 private:
    friend class Statement;

    Connection(std::string path, const SqliteOptions& options);
    static int wait_while_busy(void* connection, int calls);

    Result<void> configure();
    Result<void> check_owner();
    Result<void> enter_wal_mode();
    Result<void> take_turn();
    void pause() const;
    void keep_pages(int kib);
    void give_back(sqlite3_stmt* statement, const std::string& sql);

    std::string path_;
    std::chrono::milliseconds busy_timeout_;
    std::chrono::steady_clock::time_point busy_since_{};
    sqlite3* database_ = nullptr;
    WriteTurn turn_;
    int kept_kib_ = 0;  // of pages
    // Idle statements by their text. Node-based, so that a text's address is stable.
    std::unordered_map<std::string, std::vector<sqlite3_stmt*>> idle_;
};

}  // namespace tidemark::sqlite
