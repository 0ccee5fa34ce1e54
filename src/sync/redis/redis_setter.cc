#include "sync/redis/redis_setter.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/content_hash.h"

namespace tidemark {

namespace {

using redis::Command;
using redis::Reply;

constexpr std::chrono::milliseconds pause_first{100};
constexpr std::chrono::milliseconds pause_max{30'000};
constexpr int alive_periods = 3;

// All or nothing: Redis does not roll back, so everything that can refuse comes before the first
// write. Numbers are exact up to 2^53.
constexpr const char* publish_script = R"lua(
local log_type = redis.call('TYPE', KEYS[4]).ok
if log_type ~= 'none' and log_type ~= 'stream' then
  return redis.error_reply('ERR ' .. KEYS[4] .. ' is not a stream')
end
local stored = redis.call('HMGET', KEYS[2], 'generation', 'epoch', 'seq', 'checksum')
if stored[1] then
  local generation, epoch, seq = tonumber(stored[1]), tonumber(stored[2]), tonumber(stored[3])
  if tonumber(ARGV[1]) < generation then return 'old_generation' end
  if tonumber(ARGV[1]) == generation then
    if tonumber(ARGV[2]) < epoch then return 'fenced' end
    if tonumber(ARGV[2]) == epoch and tonumber(ARGV[3]) <= seq then
      if tonumber(ARGV[3]) == seq and stored[4] == ARGV[4] then return 'repeated' end
      return 'stale'
    end
  end
end
local time = redis.call('TIME')
redis.call('SET', KEYS[1], ARGV[5])
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[2], 'generation', ARGV[1], 'epoch', ARGV[2], 'seq', ARGV[3],
  'checksum', ARGV[4], 'worker', ARGV[6],
  'published_at_ms', string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000)))
redis.call('SET', KEYS[3], ARGV[6], 'PX', ARGV[7])
for i = 8, #ARGV do
  redis.call('XADD', KEYS[4], 'MAXLEN', '~', '1000', '*', 'fence',
    ARGV[1] .. ':' .. ARGV[2] .. ':' .. ARGV[3], 'change', ARGV[i])
end
redis.call('PUBLISH', KEYS[5], ARGV[1] .. ':' .. ARGV[2] .. ':' .. ARGV[3])
return 'published'
)lua";

std::string json_of(const SnapshotChange& change) {
    return nlohmann::ordered_json{{"dataset", change.dataset},
                                  {"what", change.what},
                                  {"from", change.from},
                                  {"to", change.to},
                                  {"reason", change.reason}}
        .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

Result<Publication> publication_of(const Reply& reply) {
    for (const Publication each : {Publication::published,
                                   Publication::repeated,
                                   Publication::stale,
                                   Publication::fenced,
                                   Publication::old_generation}) {
        if (reply.kind == Reply::Kind::text && reply.text == to_string(each)) {
            return each;
        }
    }
    return Error{ErrorKind::unavailable, fmt::format("redis: publish: {}", reply.text)};
}

}  // namespace

Result<std::unique_ptr<RedisSetter>> RedisSetter::make(const RedisSettings& settings) {
    TIDEMARK_ASSIGN_OR_RETURN(redis::Address address, redis::Address::parse(settings.url));
    return std::unique_ptr<RedisSetter>(new RedisSetter(std::move(address), settings));
}

std::string RedisSetter::key(std::string_view name) const {
    return fmt::format("{}:v1:{}", settings_.prefix, name);
}

Result<Publication> RedisSetter::publish(const PublishedSnapshot& snapshot,
                                         std::span<const SnapshotChange> changes) {
    const std::string text = publish_text(snapshot);
    ContentHasher hasher;
    hasher.update(text);
    // One publication may be all there is for long: then it counts as alive for a day.
    const auto alive = snapshot.period.count() > 0
                           ? snapshot.period * alive_periods
                           : std::chrono::milliseconds(std::chrono::hours(24));
    Command command = {"EVAL",
                       publish_script,
                       "5",
                       key("snapshot"),
                       key("meta"),
                       key("alive"),
                       key("log"),
                       key("changed"),
                       std::to_string(snapshot.fence.generation),
                       std::to_string(snapshot.fence.epoch),
                       std::to_string(snapshot.fence.seq),
                       hasher.finish().to_string(),
                       text,
                       snapshot.worker,
                       std::to_string(alive.count())};
    for (const SnapshotChange& change : changes) {
        command.push_back(json_of(change));
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Reply> replies, exchange({std::move(command)}));
    return publication_of(replies.front());
}

Result<std::optional<LoadedSnapshot>> RedisSetter::load() {
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Reply> replies,
                              exchange({{"GET", key("snapshot")}, {"EXISTS", key("alive")}}));
    for (const Reply& reply : replies) {
        if (reply.kind == Reply::Kind::error) {
            return Error{ErrorKind::unavailable, fmt::format("{}: {}", name(), reply.text)};
        }
    }
    if (replies[0].kind == Reply::Kind::nil) {
        return std::optional<LoadedSnapshot>();
    }
    TIDEMARK_ASSIGN_OR_RETURN(PublishedSnapshot published, parse_published(replies[0].text));
    return std::optional(
        LoadedSnapshot{.published = std::move(published), .alive = replies[1].integer == 1});
}

Result<std::vector<Reply>> RedisSetter::exchange(const std::vector<Command>& commands) {
    const auto now = std::chrono::steady_clock::now();
    if (connection_ == nullptr && now < not_before_) {
        return Error{ErrorKind::unavailable,
                     fmt::format("{}: not reached; tried again later", name())};
    }
    const auto failed = [&](Error error) {
        connection_ = nullptr;
        not_before_ = std::chrono::steady_clock::now() + pause_;
        pause_ = std::clamp(pause_ * 2, pause_first, pause_max);
        return error;
    };
    // A connection that was idle may be gone without a sign: then a new one is worth one try.
    for (bool kept = connection_ != nullptr;; kept = false) {
        if (connection_ == nullptr) {
            auto opened = redis::Connection::open(address_, settings_.connection);
            if (!opened.has_value()) {
                return failed(std::move(opened).error());
            }
            connection_ = *std::move(opened);
        }
        Result<std::vector<Reply>> replies = connection_->exchange(commands);
        if (replies.has_value()) {
            pause_ = std::chrono::milliseconds(0);
            return replies;
        }
        connection_ = nullptr;
        if (!kept) {
            return failed(std::move(replies).error());
        }
    }
}

}  // namespace tidemark
