#include "store/sqlite/statement.h"

#include <utility>

#include <sqlite3.h>

#include "store/sqlite/connection.h"

namespace tidemark::sqlite {

Statement::Statement(Statement&& other) noexcept
    : connection_(other.connection_),
      statement_(std::exchange(other.statement_, nullptr)),
      sql_(other.sql_),
      bind_code_(other.bind_code_) {}

Statement::~Statement() {
    if (statement_ != nullptr) {
        connection_->give_back(statement_, *sql_);
    }
}

void Statement::keep_first(int code) {
    if (bind_code_ == SQLITE_OK) {
        bind_code_ = code;
    }
}

void Statement::bind_at(int place, std::int64_t value) {
    keep_first(sqlite3_bind_int64(statement_, place, value));
}

void Statement::bind_at(int place, std::string_view text) {
    // An empty view may have a null pointer, which SQLite would take for NULL.
    const char* begin = text.empty() ? "" : text.data();
    keep_first(
        sqlite3_bind_text64(statement_, place, begin, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::bind_at(int place, std::optional<std::int64_t> value) {
    keep_first(value.has_value() ? sqlite3_bind_int64(statement_, place, *value)
                                 : sqlite3_bind_null(statement_, place));
}

void Statement::bind_bytes_at(int place, std::string_view bytes) {
    const char* begin = bytes.empty() ? "" : bytes.data();
    keep_first(sqlite3_bind_blob64(statement_, place, begin, bytes.size(), SQLITE_STATIC));
}

void Statement::bind_null_at(int place) {
    keep_first(sqlite3_bind_null(statement_, place));
}

Result<bool> Statement::step() {
    if (bind_code_ != SQLITE_OK) {
        return connection_->error(std::exchange(bind_code_, SQLITE_OK));
    }
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code == SQLITE_DONE) {
        return false;
    }
    Error error = connection_->error(code);
    sqlite3_reset(statement_);
    return error;
}

Result<void> Statement::run() {
    Result<bool> row = step();
    while (row.has_value() && *row) {
        row = step();
    }
    sqlite3_reset(statement_);
    if (!row.has_value()) {
        return std::move(row).error();
    }
    return {};
}

void Statement::reset() {
    sqlite3_reset(statement_);
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::text(int column) const {
    const auto* begin = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    if (begin == nullptr) {
        return {};
    }
    return {begin, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Statement::is_integer(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_INTEGER;
}

int Statement::column_count() const {
    return sqlite3_column_count(statement_);
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

}  // namespace tidemark::sqlite
