// What it costs a reader to know how far the data is complete, beside a bare GET of the same value
// through hiredis.
//
//     bench_sync_reader REDIS_URL ROUNDS
//
// A round does each of the four once, one after the other, so that whatever else the machine does
// falls on all of them alike. Prints a line each: name, median and 99th percentile in microseconds.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <hiredis/hiredis.h>

#include "sync/redis/redis_connection.h"
#include "sync/redis/redis_setter.h"
#include "sync/snapshot_reader.h"
#include "sync/synchronise.h"

namespace tidemark {
namespace {

using std::chrono::steady_clock;

constexpr const char* key = "usage:{sync}:v1:snapshot";

// Three datasets as a store has them on an ordinary day: a year sealed, a gap today.
PublishedSnapshot ordinary_day() {
    constexpr UtcDay origin = UtcDay::from_days_since_epoch(20000);
    const UtcDay today = origin.plus_days(365);
    const auto hour = [&](int hours) { return today.begin() + std::chrono::hours(hours); };
    SyncConfig config{.datasets = {}};
    Observed observed;
    for (const char* name : {"cdn", "ping", "media_storage"}) {
        config.datasets.emplace(name, DatasetSyncConfig{.origin = origin});
        CounterObservation counter;
        counter.feeds["fastly"] = {{hour(-48), hour(9)}, {hour(10), hour(12)}};
        counter.feeds["edgecast"] = {{hour(-48), hour(12)}};
        counter.sealed = {{origin, today}};
        observed.datasets[name].found = std::move(counter);
    }
    return {.snapshot = synchronise(observed, nullptr, config, hour(12)),
            .fence = {.generation = 1, .epoch = 1, .seq = 1},
            .worker = "benchmark",
            .period = std::chrono::hours(1)};
}

[[noreturn]] void give_up(const std::string& words) {
    std::fprintf(stderr, "bench_sync_reader: %s\n", words.c_str());
    std::exit(1);
}

class BareRedis {
 public:
    explicit BareRedis(const redis::Address& address)
        : context_(redisConnect(address.host.c_str(), std::stoi(address.port)), &redisFree) {
        if (context_ == nullptr || context_->err != 0) {
            give_up("no connection");
        }
    }

    void get() {
        auto* const reply = static_cast<redisReply*>(redisCommand(context_.get(), "GET %s", key));
        if (reply == nullptr || reply->type != REDIS_REPLY_STRING) {
            give_up("nothing is published");
        }
        freeReplyObject(reply);
    }

 private:
    std::unique_ptr<redisContext, void (*)(redisContext*)> context_;
};

struct Measured {
    const char* name;
    std::function<void()> step;
    std::vector<double> times_us{};
};

void print(Measured& measured) {
    std::ranges::sort(measured.times_us);
    const auto at = [&](double share) {
        return measured.times_us[static_cast<std::size_t>(
            share * static_cast<double>(measured.times_us.size() - 1))];
    };
    std::printf("%s %.1f %.1f\n", measured.name, at(0.5), at(0.99));
}

void run(const std::string& url, int rounds) {
    const auto setter = RedisSetter::make({.url = url}).value();
    if (const auto done = setter->publish(ordinary_day(), {}); !done.has_value()) {
        give_up(done.error().message);
    }
    BareRedis bare(redis::Address::parse(url).value());
    const auto make_reader = [&] {
        return SnapshotReader(
            {setter.get()},
            [] {
                return Result<Snapshot>(Error{ErrorKind::unavailable, "no ledger"});
            },
            [] { return std::chrono::sys_seconds(); });
    };
    const auto read = [](SnapshotReader& reader) {
        if (!reader.read().snapshot.has_value()) {
            give_up("no snapshot was read");
        }
    };
    SnapshotReader remembering = make_reader();
    std::vector<Measured> all = {{"bare_get", [&] { bare.get(); }},
                                 {"read",
                                  [&] {
                                      SnapshotReader reader = make_reader();
                                      read(reader);
                                  }},
                                 {"bare_get_again", [&] { bare.get(); }},
                                 {"read_remembered", [&] { read(remembering); }}};
    for (int round = 0; round < rounds; ++round) {
        for (Measured& measured : all) {
            const auto start = steady_clock::now();
            measured.step();
            measured.times_us.push_back(
                std::chrono::duration<double, std::micro>(steady_clock::now() - start).count());
        }
    }
    for (Measured& measured : all) {
        print(measured);
    }
    std::printf("snapshot_bytes %zu\n", publish_text(ordinary_day()).size());
}

}  // namespace
}  // namespace tidemark

int main(int argc, char** argv) {
    if (argc != 3) {
        tidemark::give_up("usage: bench_sync_reader REDIS_URL ROUNDS");
    }
    tidemark::run(argv[1], std::stoi(argv[2]));
}
