#include "store/postgres/lease_keeper.h"

#include <memory>
#include <utility>

#include "store/postgres/connection.h"

namespace tidemark::postgres {

LeaseKeeper::LeaseKeeper(std::string url,
                         Options options,
                         std::string dataset,
                         std::int64_t batch_seq)
    : url_(std::move(url)),
      options_(options),
      dataset_(std::move(dataset)),
      batch_seq_(batch_seq),
      thread_([this](const std::stop_token& stop) { keep(stop); }) {}

void LeaseKeeper::keep(const std::stop_token& stop) {
    std::unique_ptr<Connection> connection;
    std::unique_lock lock(mutex_);
    while (true) {
        stopping_.wait_for(lock, stop, options_.lease / 3, [] { return false; });
        if (stop.stop_requested()) {
            return;
        }
        if (connection == nullptr || !connection->alive()) {
            auto opened = Connection::open(url_, options_.limits);
            connection = opened.has_value() ? *std::move(opened) : nullptr;
        }
        if (connection != nullptr) {
            // Waits at most for the batch's own commit, which then leaves nothing to renew.
            (void)connection->query(
                "UPDATE batch_registry"
                " SET lease_until = clock_timestamp() + $3 * interval '1 millisecond'"
                " WHERE dataset = $1 AND batch_seq = $2 AND state = 'running'",
                Parameters().text(dataset_).integer(batch_seq_).integer(options_.lease.count()));
        }
    }
}

}  // namespace tidemark::postgres
