#include "store/sqlite/transaction.h"

#include <utility>

namespace tidemark::sqlite {

Result<Transaction> Transaction::begin_write(Connection& connection) {
    TIDEMARK_RETURN_IF_ERROR(connection.begin_immediate());
    return Transaction(connection);
}

Result<Transaction> Transaction::begin_read(Connection& connection) {
    TIDEMARK_RETURN_IF_ERROR(connection.begin_deferred());
    return Transaction(connection);
}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::exchange(other.connection_, nullptr)) {}

Transaction::~Transaction() {
    // SQLite has rolled back by itself after a full disk or a failed write.
    if (connection_ != nullptr && connection_->in_transaction()) {
        const Result<void> rolled_back = connection_->run("ROLLBACK");
        // A rollback that fails leaves nothing committed either; the next BEGIN says so.
        static_cast<void>(rolled_back);
    }
}

Result<void> Transaction::commit() {
    TIDEMARK_RETURN_IF_ERROR(connection_->run("COMMIT"));
    connection_ = nullptr;
    return {};
}

}  // namespace tidemark::sqlite
