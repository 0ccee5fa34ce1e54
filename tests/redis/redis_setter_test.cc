// What is published in a real Redis: in order, whole or not at all, for one round trip a read.

#include "sync/redis/redis_setter.h"

#include <vector>

#include <gtest/gtest.h>

#include "redis/published.h"
#include "sync/snapshot_reader.h"

namespace tidemark::test {
namespace {

class RedisSetterTest : public RedisTest {
 protected:
    void SetUp() override {
        RedisTest::SetUp();
        if (IsSkipped()) {
            return;
        }
        redis = std::make_unique<ScratchRedis>();
        setter = make_setter(redis->url());
    }

    [[nodiscard]] std::string key(const char* name) const {
        return std::string("usage:{sync}:v1:") + name;
    }

    // A figure of INFO.
    [[nodiscard]] std::int64_t figure(const char* section, const std::string& name) const {
        const std::string info = redis->run({"INFO", section});
        const std::size_t at = info.find(name);
        return at == std::string::npos ? 0 : std::stoll(info.substr(at + name.size()));
    }

    // How often Redis had something to read: once a round trip, and once for asking.
    [[nodiscard]] std::int64_t requests() const {
        return figure("stats", "total_reads_processed:");
    }

    std::unique_ptr<ScratchRedis> redis;
    std::unique_ptr<RedisSetter> setter;
};

TEST_F(RedisSetterTest, takes_what_is_newer_by_generation_epoch_and_seq_and_nothing_else) {
    struct Step {
        SyncFence fence;
        const char* worker;
        Publication outcome;
    };
    const std::vector<Step> steps = {{{1, 7, 1}, "a", Publication::published},
                                     {{1, 7, 2}, "a", Publication::published},
                                     {{1, 7, 2}, "a", Publication::repeated},
                                     {{1, 7, 2}, "other words", Publication::stale},
                                     {{1, 7, 1}, "a", Publication::stale},
                                     {{1, 8, 1}, "b", Publication::published},
                                     {{1, 7, 3}, "a", Publication::fenced},
                                     {{2, 1, 1}, "c", Publication::published},
                                     {{1, 9, 1}, "a", Publication::old_generation},
                                     {{2, 1, 2}, "c", Publication::published}};
    EXPECT_FALSE(setter->load()->has_value());
    PublishedSnapshot newest;
    for (const Step& step : steps) {
        const PublishedSnapshot next = published(step.fence, step.worker);
        EXPECT_EQ(setter->publish(next, {}).value(), step.outcome);
        newest = step.outcome == Publication::published ? next : newest;
        const LoadedSnapshot loaded = setter->load().value().value();
        EXPECT_EQ(loaded.published, newest);
        EXPECT_EQ(loaded.alive, true);
        EXPECT_EQ(redis->run({"HGET", key("meta"), "worker"}), newest.worker);
        EXPECT_EQ(redis->run({"GET", key("alive")}), newest.worker);
    }
    EXPECT_EQ(redis->run({"PTTL", key("snapshot")}), "-1") << "it stays until it is replaced";
    EXPECT_EQ(figure("commandstats", "cmdstat_publish:calls="), 5) << "a hint each";
}

TEST_F(RedisSetterTest, writes_nothing_where_it_cannot_write_everything) {
    EXPECT_EQ(setter->publish(published({1, 1, 1}), {}).value(), Publication::published);
    (void)redis->run({"DEL", key("log")});
    (void)redis->run({"SET", key("log"), "no stream"});
    const std::vector<SnapshotChange> changes = {{"cdn", "status", "ok", "late", "waits"}};
    EXPECT_FALSE(setter->publish(published({1, 1, 2}), changes).has_value());
    EXPECT_EQ(setter->load().value()->published, published({1, 1, 1}));
    EXPECT_EQ(redis->run({"HGET", key("meta"), "seq"}), "1");
    (void)redis->run({"DEL", key("log")});
    EXPECT_EQ(setter->publish(published({1, 1, 2}), changes).value(), Publication::published);
}

TEST_F(RedisSetterTest, keeps_the_newest_changes_with_their_reasons) {
    std::vector<SnapshotChange> changes;
    for (int i = 0; i < 400; ++i) {
        changes.push_back({"cdn", "status", "ok", "late", "reason " + std::to_string(i)});
    }
    for (std::int64_t seq = 1; seq <= 5; ++seq) {
        EXPECT_EQ(setter->publish(published({1, 1, seq}), changes).value(), Publication::published);
    }
    const int kept = std::stoi(redis->run({"XLEN", key("log")}));
    EXPECT_GE(kept, 1000);
    EXPECT_LT(kept, 2000) << "the stream is cut where that is cheap";
    const std::string last = redis->run({"XREVRANGE", key("log"), "+", "-", "COUNT", "1"});
    EXPECT_NE(last.find("reason 399"), std::string::npos) << last;
    EXPECT_NE(last.find("1:1:5"), std::string::npos) << last;
}

TEST_F(RedisSetterTest, says_that_the_publisher_is_silent_once_its_sign_of_life_is_gone) {
    EXPECT_EQ(setter->publish(published({1, 1, 1}), {}).value(), Publication::published);
    const std::int64_t left_ms = std::stoll(redis->run({"PTTL", key("alive")}));
    EXPECT_GT(left_ms, 0);
    EXPECT_LE(left_ms, 3 * 3'600'000);
    (void)redis->run({"DEL", key("alive")});
    EXPECT_EQ(setter->load().value()->alive, false);
}

TEST_F(RedisSetterTest, a_reader_costs_one_round_trip_and_none_for_a_period_after_it) {
    EXPECT_EQ(setter->publish(published({1, 1, 1}), {}).value(), Publication::published);
    const auto reader_of = [&] {
        return SnapshotReader(
            {setter.get()},
            [] {
                return Result<Snapshot>(Error{ErrorKind::unavailable, "no ledger"});
            },
            [] { return std::chrono::sys_seconds(); });
    };
    std::int64_t before = requests();
    const std::int64_t asking = requests() - before;
    SnapshotReader reader = reader_of();
    before = requests();
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(reader.read().origin, setter->name());
    }
    EXPECT_EQ(requests() - before - asking, 1) << "the other 99 are answered from memory";
    before = requests();
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(reader_of().read().origin, setter->name());
    }
    EXPECT_EQ(requests() - before - asking, 100);
}

}  // namespace
}  // namespace tidemark::test
