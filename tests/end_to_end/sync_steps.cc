#include "end_to_end/sync_steps.h"

#include <fmt/format.h>

namespace tidemark::test {

using nlohmann::json;

std::string access_line(const std::string& time, int bytes, const std::string& subject) {
    return fmt::format(
        "1.2.3.4 - - [{} +0000] \"GET /{}/x HTTP/1.1\" 200 {}\n", time, subject, bytes);
}

void SyncSteps::SetUp() {
    if (const std::string reason = reason_to_skip(GetParam()); !reason.empty()) {
        GTEST_SKIP() << reason;
    }
    if (!redis_is_installed()) {
        GTEST_SKIP() << "no redis-server is installed";
    }
    store = std::make_unique<TestStore>(GetParam());
    redis = std::make_unique<ScratchRedis>();
    configure("[sync.cdn]\norigin = \"2024-05-14\"\n[sync.ping]\nrequired = false\n");
}

void SyncSteps::configure(const std::string& rest) const {
    (void)store->folder().write("tidemark.toml",
                                fmt::format("[sync]\nredis = \"{}\"\n{}", redis->url(), rest));
}

void SyncSteps::expect_done(std::vector<std::string> arguments) const {
    const ProcessEnd end = run(std::move(arguments));
    EXPECT_EQ(end.exit_code, 0) << end.to_string();
}

void SyncSteps::cover(const std::string& range,
                      const std::string& lines,
                      const std::string& feed) const {
    static int number = 0;
    const std::string content = lines.empty() ? fmt::format("# nothing {}\n", number) : lines;
    expect_done({"aggregate",
                 "--feed",
                 feed,
                 "--format",
                 "combined",
                 "--subject",
                 "path:1",
                 "--covers",
                 range,
                 store->folder().write(fmt::format("{}.log", ++number), content)});
}

void SyncSteps::sync_at(const std::string& instant) const {
    store->set_clock(instant);
    expect_done({"sync"});
}

json SyncSteps::sources() const {
    const ProcessEnd end = run({"sources", "--json"});
    EXPECT_EQ(end.exit_code, 0) << end.to_string();
    return json::parse(end.output);
}

std::string SyncSteps::synced() const {
    const json value = dataset()["synced_through"];
    return value.is_null() ? "unknown" : value.get<std::string>();
}

json SyncSteps::usage(std::vector<std::string> options) const {
    options.insert(options.begin(), {"usage", "--format", "json"});
    const ProcessEnd end = run(std::move(options));
    EXPECT_EQ(end.exit_code, 0) << end.to_string();
    return json::parse(end.output);
}

bool SyncSteps::leads(const Process& worker) const {
    return redis->run({"HGET", "usage:{sync}:v1:meta", "worker"})
        .ends_with(":" + std::to_string(worker.pid()));
}

}  // namespace tidemark::test
