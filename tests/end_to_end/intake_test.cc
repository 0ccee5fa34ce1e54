// The service takes in by itself what arrives in a folder, and what a library says.

#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <signal.h>

#include "end_to_end/service_process.h"
#include "end_to_end/test_store.h"
#include "support/eventually.h"
#include "support/http_client.h"

namespace tidemark::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* feed =
    "[feed.edge]\ndataset = \"cdn\"\nformat = \"combined\"\nsubject = \"path:1\"\n"
    "watch = \"incoming\"\nwatch_every = \"20ms\"\nwatch_settle = \"400ms\"\n";

std::string lines(int first, int count) {
    std::string text;
    for (int number = first; number < first + count; ++number) {
        text +=
            fmt::format("c - - [01/Nov/2026:10:00:{:02} +0000] \"GET /s{}/x HTTP/1.1\" 200 {}\n",
                        number % 60,
                        number % 3,
                        number);
    }
    return text;
}

class Intake : public testing::TestWithParam<StoreKind> {
 protected:
    void SetUp() override {
        if (const std::string reason = reason_to_skip(GetParam()); !reason.empty()) {
            GTEST_SKIP() << reason;
        }
        store.emplace(GetParam());
        incoming = store->folder().path() / "incoming";
        fs::create_directory(incoming);
    }

    void start(const std::string& configuration) {
        (void)store->folder().write("tidemark.toml", configuration);
        service.emplace(*store);
    }

    void append(const std::string& name, const std::string& text) const {
        std::ofstream(incoming / name, std::ios::app | std::ios::binary) << text;
    }

    [[nodiscard]] json get(const std::string& target) const {
        const HttpAnswer answer = ask_once(service->port(), "GET", target);
        EXPECT_EQ(answer.status, 200) << answer.body;
        return json::parse(answer.body);
    }

    [[nodiscard]] std::int64_t total(const std::string& dataset, const char* metric) const {
        const json rows = get(fmt::format(
            "/v1/usage?dataset={}&by=total&from=2026-11-01&to=2026-11-02", dataset))["rows"];
        return rows.empty() || rows[0].contains("no_data") ? 0 : rows[0][metric].get<int>();
    }

    // The files that were given to the aggregation, by what became of them.
    [[nodiscard]] std::size_t runs(const char* outcome) const {
        std::size_t count = 0;
        const json all = get("/v1/runs?job=aggregate&limit=100")["runs"];
        for (const json& run : all) {
            count += run["outcome"] == outcome ? 1U : 0U;
        }
        return count;
    }

    std::optional<TestStore> store;
    fs::path incoming;
    std::optional<ServiceProcess> service;
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         Intake,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         [](const auto& test) { return std::string(to_string(test.param)); });

TEST_P(Intake, files_that_arrive_count_once_when_they_are_whole) {
    append("before.log", lines(0, 10));
    start(feed);
    // Delivered under another name, bit by bit.
    for (int piece = 0; piece < 10; ++piece) {
        append("large.log.tmp", lines(10 + piece * 10, 10));
    }
    append("broken.log", "\x1f\x8b no gzip");
    EXPECT_TRUE(eventually([&] { return runs("failed") == 1 && total("cdn", "requests") == 10; }))
        << service->process().errors_so_far();
    fs::rename(incoming / "large.log.tmp", incoming / "large.log");
    append("copy.log", lines(0, 10));
    EXPECT_TRUE(eventually([&] { return runs("succeeded") == 3; }))
        << service->process().errors_so_far();
    EXPECT_EQ(total("cdn", "requests"), 110);
    EXPECT_EQ(total("cdn", "bytes_streamed"), 109 * 110 / 2);
    // Killed, it reads what is still there again, and counts nothing of it anew.
    service->process().send_signal(SIGKILL);
    (void)service->process().finish();
    fs::rename(incoming / "before.log", incoming / "renamed.log");
    start(feed);
    append("late.log", lines(110, 1));
    EXPECT_TRUE(eventually([&] { return total("cdn", "requests") == 111; }))
        << service->process().errors_so_far();
    EXPECT_TRUE(eventually([&] { return runs("succeeded") == 7; }))
        << service->process().errors_so_far();
    EXPECT_EQ(total("cdn", "requests"), 111);
    EXPECT_EQ(runs("failed"), 2U);
    EXPECT_EQ(service->stop().exit_code, 0);
}

TEST_P(Intake, a_file_that_was_taken_for_whole_and_grows_is_named_and_not_counted_twice) {
    start(feed);
    append("slow.log", lines(0, 5));
    EXPECT_TRUE(eventually([&] { return total("cdn", "requests") == 5; }))
        << service->process().errors_so_far();
    append("slow.log", lines(5, 5));
    EXPECT_TRUE(eventually([&] { return runs("failed") == 1; }))
        << service->process().errors_so_far();
    const json run = get("/v1/runs?job=aggregate&limit=1")["runs"][0];
    EXPECT_NE(run["error"].get<std::string>().find("slow.log"), std::string::npos) << run;
    EXPECT_EQ(total("cdn", "requests"), 5);
}

TEST_P(Intake, the_media_source_is_polled_in_process) {
    if (!postgres_server().has_value()) {
        GTEST_SKIP() << reason_to_skip(StoreKind::postgres);
    }
    const ScratchDatabase library;
    (void)library.run(
        "CREATE TABLE media (site text, bytes bigint, changed timestamptz);"
        "INSERT INTO media VALUES ('a', 100, '2026-11-01 10:00Z'), ('b', 20, '2026-11-01 11:00Z')");
    start(
        fmt::format("[media.source]\nurl = '{}'\nevery = '50ms'\nquery = 'SELECT site AS subject, "
                    "bytes AS bytes_stored, changed AS observed_at FROM media'\n",
                    library.url()));
    EXPECT_TRUE(eventually([&] { return total("media_storage", "bytes_stored") == 120; }))
        << service->process().errors_so_far();
    (void)library.run(
        "UPDATE media SET bytes = 50, changed = '2026-11-01 12:00Z' WHERE site = 'a'");
    EXPECT_TRUE(eventually([&] { return total("media_storage", "bytes_stored") == 70; }))
        << service->process().errors_so_far();
    EXPECT_EQ(total("media_storage", "max_bytes_stored"), 120);
    EXPECT_EQ(service->stop().exit_code, 0);
}

}  // namespace
}  // namespace tidemark::test
