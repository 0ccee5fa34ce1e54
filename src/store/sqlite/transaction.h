#pragma once
// Transaction: all of it or nothing; what is not committed when it goes is rolled back.

#include "base/result.h"
#include "store/sqlite/connection.h"

namespace tidemark::sqlite {

class Transaction {
 public:
    // Takes the file's one write lock at once (BEGIN IMMEDIATE), waiting for its turn. A
    // deferred transaction that reads before it writes would fail with SQLITE_BUSY_SNAPSHOT when
    // another one commits in between, and no waiting would help it.
    static Result<Transaction> begin_write(Connection& connection);

    // Everything read until commit() is of one moment: a read transaction in WAL mode is a
    // snapshot, taken at its first read. Blocks nobody and waits for nobody.
    static Result<Transaction> begin_read(Connection& connection);

    Transaction(Transaction&& other) noexcept;
    Transaction& operator=(Transaction&&) = delete;
    ~Transaction();

    // After success what was written survives a crash of the machine. After a failure nothing was.
    Result<void> commit();

 private:
    explicit Transaction(Connection& connection) : connection_(&connection) {}
    Connection* connection_;  // null once committed or moved from
};

}  // namespace tidemark::sqlite
