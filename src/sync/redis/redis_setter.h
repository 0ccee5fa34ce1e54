#pragma once
// Snapshots in Redis, for readers that want one round trip and no database.
//
//   PREFIX:v1:snapshot  the snapshot as publish_text() writes it; it does not expire
//   PREFIX:v1:meta      hash of generation, epoch, seq, checksum, worker, published_at_ms
//   PREFIX:v1:alive     the worker's name; expires after three periods: a dead man's switch
//   PREFIX:v1:log       stream of every change with its reason, the newest 1,000
//   PREFIX:v1:changed   channel: "GENERATION:EPOCH:SEQ", a hint to read again

#include <chrono>
#include <memory>
#include <string>

#include "sync/metadata_setter.h"
#include "sync/redis/redis_connection.h"

namespace tidemark {

struct RedisSettings {
    std::string url;
    std::string prefix = "usage:{sync}";  // the braces keep the keys together on a cluster
    redis::ConnectionOptions connection{};
};

class RedisSetter final : public MetadataSetter {
 public:
    // Fails with invalid_input for a wrong URL. Connects when it is first used, and again after a
    // failure, at first at once and then after pauses that double, up to 30 s.
    static Result<std::unique_ptr<RedisSetter>> make(const RedisSettings& settings);

    [[nodiscard]] std::string name() const override { return address_.to_string(); }
    Result<Publication> publish(const PublishedSnapshot& snapshot,
                                std::span<const SnapshotChange> changes) override;

    // One round trip.
    Result<std::optional<LoadedSnapshot>> load() override;

 private:
    RedisSetter(redis::Address address, RedisSettings settings)
        : address_(std::move(address)), settings_(std::move(settings)) {}

    Result<std::vector<redis::Reply>> exchange(const std::vector<redis::Command>& commands);
    [[nodiscard]] std::string key(std::string_view name) const;

    redis::Address address_;
    RedisSettings settings_;
    std::unique_ptr<redis::Connection> connection_;
    std::chrono::milliseconds pause_{0};
    std::chrono::steady_clock::time_point not_before_{};
};

}  // namespace tidemark
