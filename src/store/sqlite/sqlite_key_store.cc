#include "store/sqlite/sqlite_key_store.h"

#include <utility>

#include "store/sqlite/connection.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/transaction.h"

namespace tidemark {

namespace {

using sqlite::Connection;
using sqlite::Statement;
using sqlite::Transaction;

std::optional<std::int64_t> optional_at(const Statement& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(row.integer(column));
}

Result<ApiKey> read_key(const Statement& row) {
    return key_of({.id = std::string(row.text(0)),
                   .name = std::string(row.text(1)),
                   .secret_digest = std::string(row.text(2)),
                   .token_key = std::string(row.text(3)),
                   .scopes = std::string(row.text(4)),
                   .datasets = std::string(row.text(5)),
                   .subjects = std::string(row.text(6)),
                   .requests_per_minute = row.integer(7),
                   .created_us = row.integer(8),
                   .expires_us = optional_at(row, 9),
                   .revoked_us = optional_at(row, 10)});
}

Result<std::vector<ApiKey>> load_keys(Connection& connection) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement rows,
        connection.prepare("SELECT id, name, secret_digest, token_key, scopes, datasets, subjects,"
                           " requests_per_minute, created_us, expires_us, revoked_us"
                           " FROM api_key ORDER BY position"));
    std::vector<ApiKey> keys;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
        if (!found) {
            return keys;
        }
        TIDEMARK_ASSIGN_OR_RETURN(ApiKey key, read_key(rows));
        keys.push_back(std::move(key));
    }
}

Result<void> insert_key(Connection& connection, const ApiKey& key) {
    const KeyRow row = row_of(key);
    return connection.run(
        "INSERT INTO api_key (id, name, secret_digest, token_key, scopes, datasets, subjects,"
        " requests_per_minute, created_us, expires_us, revoked_us)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        std::string_view(row.id),
        std::string_view(row.name),
        std::string_view(row.secret_digest),
        std::string_view(row.token_key),
        std::string_view(row.scopes),
        std::string_view(row.datasets),
        std::string_view(row.subjects),
        row.requests_per_minute,
        row.created_us,
        row.expires_us,
        row.revoked_us);
}

Result<void> revoke(Connection& connection, std::string_view id, Timestamp at) {
    const std::int64_t at_us = at.time_since_epoch().count();
    TIDEMARK_RETURN_IF_ERROR(connection.run(
        "UPDATE api_key SET revoked_us = min(coalesce(revoked_us, ?2), ?2) WHERE id = ?1",
        id,
        at_us));
    return connection.changed_count() == 1 ? Result<void>() : Result<void>(no_such_key(id));
}

class SqliteKeyStore final : public KeyStore {
 public:
    explicit SqliteKeyStore(std::unique_ptr<Connection> connection)
        : connection_(std::move(connection)) {}

    Result<void> add_key(const ApiKey& key) override {
        TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(*connection_));
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<ApiKey> known, load_keys(*connection_));
        TIDEMARK_RETURN_IF_ERROR(check_new_key(known, key));
        TIDEMARK_RETURN_IF_ERROR(insert_key(*connection_, key));
        return transaction.commit();
    }

    Result<void> rotate_key(std::string_view id, const ApiKey& key, Timestamp at) override {
        TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(*connection_));
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<ApiKey> known, load_keys(*connection_));
        TIDEMARK_RETURN_IF_ERROR(check_rotation(known, id, key));
        TIDEMARK_RETURN_IF_ERROR(insert_key(*connection_, key));
        TIDEMARK_RETURN_IF_ERROR(revoke(*connection_, id, at));
        return transaction.commit();
    }

    Result<std::vector<ApiKey>> keys() override { return load_keys(*connection_); }

    Result<void> revoke_key(std::string_view id, Timestamp at) override {
        TIDEMARK_ASSIGN_OR_RETURN(Transaction transaction, Transaction::begin_write(*connection_));
        TIDEMARK_RETURN_IF_ERROR(revoke(*connection_, id, at));
        return transaction.commit();
    }

 private:
    std::unique_ptr<Connection> connection_;
};

}  // namespace

Result<std::unique_ptr<KeyStore>> open_sqlite_key_store(const std::string& path) {
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection, Connection::open(path, {}));
    TIDEMARK_RETURN_IF_ERROR(sqlite::migrate(*connection));
    return std::unique_ptr<KeyStore>(std::make_unique<SqliteKeyStore>(std::move(connection)));
}

}  // namespace tidemark
