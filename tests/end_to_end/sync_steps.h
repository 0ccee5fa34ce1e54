#pragma once
// What tests of synchronisation do with the real program: runs that declare what they cover, a
// cycle of the worker, a look at what it published, on each store with a Redis beside it.

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "end_to_end/test_store.h"
#include "support/eventually.h"
#include "support/scratch_redis.h"

namespace tidemark::test {

// An access log's line of `bytes` for `subject` at "14/May/2024:08:10:00", UTC.
std::string access_line(const std::string& time, int bytes, const std::string& subject = "a");

class SyncSteps : public testing::TestWithParam<StoreKind> {
 protected:
    void SetUp() override;

    // tidemark.toml: publishes in the Redis; what follows are keys of [sync], then further tables.
    void configure(const std::string& rest) const;

    [[nodiscard]] ProcessEnd run(std::vector<std::string> arguments) const {
        return store->run(std::move(arguments));
    }
    void expect_done(std::vector<std::string> arguments) const;

    // A run of the feed that covers the range, with lines or with none.
    void cover(const std::string& range,
               const std::string& lines = "",
               const std::string& feed = "logs") const;

    // The instant's clock, then a cycle.
    void sync_at(const std::string& instant) const;

    [[nodiscard]] nlohmann::json sources() const;
    [[nodiscard]] nlohmann::json dataset(const char* name = "cdn") const {
        return sources()["datasets"][name];
    }
    // Of cdn; "unknown" where it is.
    [[nodiscard]] std::string synced() const;

    // The JSON answer of `usage` with these options.
    [[nodiscard]] nlohmann::json usage(std::vector<std::string> options) const;

    [[nodiscard]] Process watch(const char* every = "300ms") const {
        return Process(store->start({"sync", "--watch", "--every", every}));
    }

    // The worker that published last, by its process.
    [[nodiscard]] bool leads(const Process& worker) const;

    std::unique_ptr<TestStore> store;
    std::unique_ptr<ScratchRedis> redis;
};

inline std::string name_of_store(const testing::TestParamInfo<StoreKind>& test) {
    return std::string(to_string(test.param));
}

}  // namespace tidemark::test
