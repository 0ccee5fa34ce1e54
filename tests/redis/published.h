#pragma once
// What the tests of this folder publish, and where.

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "base/check.h"
#include "support/scratch_redis.h"
#include "sync/redis/redis_setter.h"

namespace tidemark::test {

inline PublishedSnapshot published(const SyncFence& fence, const std::string& worker = "a") {
    Snapshot snapshot;
    snapshot.now = std::chrono::sys_days(std::chrono::days(20'000 + fence.seq));
    snapshot.generation = fence.generation;
    return {
        .snapshot = snapshot, .fence = fence, .worker = worker, .period = std::chrono::hours(1)};
}

inline std::unique_ptr<RedisSetter> make_setter(const std::string& url,
                                                const std::string& authority_file = "") {
    auto made = RedisSetter::make({.url = url, .connection = {.ca_file = authority_file}});
    TIDEMARK_CHECK(made.has_value());
    return *std::move(made);
}

class RedisTest : public testing::Test {
 protected:
    void SetUp() override {
        if (!redis_is_installed()) {
            GTEST_SKIP() << "no redis-server is installed";
        }
    }
};

}  // namespace tidemark::test
