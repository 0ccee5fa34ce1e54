#include "store/postgres/postgres_key_store.h"

#include <utility>

#include "store/postgres/session.h"

namespace tidemark {

namespace {

using postgres::Connection;
using postgres::Parameters;
using postgres::Rows;
using postgres::Session;
using postgres::Transaction;

std::optional<std::int64_t> optional_at(const Rows& rows, int row, int column) {
    return rows.is_null(row, column) ? std::nullopt : std::optional(rows.integer(row, column));
}

Result<ApiKey> read_key(const Rows& rows, int row) {
    return key_of({.id = std::string(rows.text(row, 0)),
                   .name = std::string(rows.text(row, 1)),
                   .secret_digest = std::string(rows.text(row, 2)),
                   .token_key = std::string(rows.text(row, 3)),
                   .scopes = std::string(rows.text(row, 4)),
                   .datasets = std::string(rows.text(row, 5)),
                   .subjects = std::string(rows.text(row, 6)),
                   .requests_per_minute = rows.integer(row, 7),
                   .created_us = rows.integer(row, 8),
                   .expires_us = optional_at(rows, row, 9),
                   .revoked_us = optional_at(rows, row, 10)});
}

Result<std::vector<ApiKey>> load_keys(Connection& connection) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("SELECT id, name, secret_digest, token_key, scopes, datasets, subjects,"
                         " requests_per_minute, created_us, expires_us, revoked_us"
                         " FROM api_key ORDER BY position"));
    std::vector<ApiKey> keys;
    for (int row = 0; row < rows.size(); ++row) {
        TIDEMARK_ASSIGN_OR_RETURN(ApiKey key, read_key(rows, row));
        keys.push_back(std::move(key));
    }
    return keys;
}

Result<void> insert_key(Connection& connection, const ApiKey& key) {
    const KeyRow row = row_of(key);
    TIDEMARK_RETURN_IF_ERROR(connection.query(
        "INSERT INTO api_key (id, name, secret_digest, token_key, scopes, datasets, subjects,"
        " requests_per_minute, created_us, expires_us, revoked_us)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        Parameters()
            .text(row.id)
            .text(row.name)
            .text(row.secret_digest)
            .text(row.token_key)
            .text(row.scopes)
            .text(row.datasets)
            .text(row.subjects)
            .integer(row.requests_per_minute)
            .integer(row.created_us)
            .integer(row.expires_us)
            .integer(row.revoked_us)));
    return {};
}

Result<void> revoke(Connection& connection, std::string_view id, Timestamp at) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows revoked,
        connection.query("UPDATE api_key SET revoked_us = least(coalesce(revoked_us, $2), $2)"
                         " WHERE id = $1",
                         Parameters().text(id).integer(at.time_since_epoch().count())));
    return revoked.changed() == 1 ? Result<void>() : Result<void>(no_such_key(id));
}

// Begins a transaction beside which nobody else writes keys; the keys that there are.
Result<std::vector<ApiKey>> begin_writing(Connection& connection, Transaction& transaction) {
    TIDEMARK_RETURN_IF_ERROR(transaction.begin());
    TIDEMARK_RETURN_IF_ERROR(connection.query("LOCK TABLE api_key IN SHARE ROW EXCLUSIVE MODE"));
    return load_keys(connection);
}

class PostgresKeyStore final : public KeyStore {
 public:
    explicit PostgresKeyStore(std::unique_ptr<Session> session) : session_(std::move(session)) {}

    Result<void> add_key(const ApiKey& key) override {
        TIDEMARK_ASSIGN_OR_RETURN(Connection * connection, session_->ready());
        Transaction transaction(*connection);
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<ApiKey> known,
                                  begin_writing(*connection, transaction));
        TIDEMARK_RETURN_IF_ERROR(check_new_key(known, key));
        TIDEMARK_RETURN_IF_ERROR(insert_key(*connection, key));
        return transaction.commit();
    }

    Result<void> rotate_key(std::string_view id, const ApiKey& key, Timestamp at) override {
        TIDEMARK_ASSIGN_OR_RETURN(Connection * connection, session_->ready());
        Transaction transaction(*connection);
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<ApiKey> known,
                                  begin_writing(*connection, transaction));
        TIDEMARK_RETURN_IF_ERROR(check_rotation(known, id, key));
        TIDEMARK_RETURN_IF_ERROR(insert_key(*connection, key));
        TIDEMARK_RETURN_IF_ERROR(revoke(*connection, id, at));
        return transaction.commit();
    }

    Result<std::vector<ApiKey>> keys() override {
        TIDEMARK_ASSIGN_OR_RETURN(Connection * connection, session_->ready());
        return load_keys(*connection);
    }

    Result<void> revoke_key(std::string_view id, Timestamp at) override {
        TIDEMARK_ASSIGN_OR_RETURN(Connection * connection, session_->ready());
        return revoke(*connection, id, at);
    }

 private:
    std::unique_ptr<Session> session_;
};

}  // namespace

Result<std::unique_ptr<KeyStore>> open_postgres_key_store(const std::string& url) {
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<Session> session, Session::open(url, {}));
    return std::unique_ptr<KeyStore>(std::make_unique<PostgresKeyStore>(std::move(session)));
}

}  // namespace tidemark
