#pragma once
// Statement: a prepared statement, borrowed from its connection and given back when it goes.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

struct sqlite3_stmt;

namespace tidemark::sqlite {

class Connection;

// Must not outlive its connection. One thread at a time.
class Statement {
 public:
    Statement(Statement&& other) noexcept;
    Statement& operator=(Statement&&) = delete;
    ~Statement();

    // Binds ?1, ?2, ... Texts are borrowed: they must live until the statement was run, reset or
    // stepped to its end.
    template <typename... Values>
    void bind(const Values&... values) {
        int place = 0;
        (bind_at(++place, values), ...);
    }
    void bind_at(int place, std::int64_t value);
    void bind_at(int place, std::string_view text);
    void bind_at(int place, std::optional<std::int64_t> value);
    // Borrowed like a text, and stored as a BLOB.
    void bind_bytes_at(int place, std::string_view bytes);
    void bind_null_at(int place);

    // Moves to the next row; false after the last.
    Result<bool> step();

    // Runs a statement to its end and makes it ready to be bound and run again.
    Result<void> run();

    // Ready to be stepped from the start, with the same values bound.
    void reset();

    // Of the row that step() moved to, columns from 0. A text, or the bytes of a BLOB, live until
    // the next step or reset.
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] bool is_null(int column) const;
    [[nodiscard]] bool is_integer(int column) const;
    [[nodiscard]] int column_count() const;

 private:
    friend class Connection;
    Statement(Connection& connection, sqlite3_stmt* statement, const std::string& sql)
        : connection_(&connection), statement_(statement), sql_(&sql) {}

    void keep_first(int code);

    Connection* connection_;
    sqlite3_stmt* statement_;
    const std::string* sql_;  // the connection's
    int bind_code_ = 0;       // of the first bind that failed
};

}  // namespace tidemark::sqlite
