// Hostile clients of the real service: memory stays bounded and honest clients are served.

#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "end_to_end/service_process.h"
#include "end_to_end/test_store.h"
#include "support/http_client.h"

namespace tidemark::test {
namespace {

using nlohmann::json;

class ServeHostile : public testing::TestWithParam<StoreKind> {
 protected:
    void SetUp() override {
        if (const std::string reason = reason_to_skip(GetParam()); !reason.empty()) {
            GTEST_SKIP() << reason;
        }
        store.emplace(GetParam());
        service.emplace(*store);
        EXPECT_EQ(post("first", row_text, {}).status, 201);
    }

    HttpAnswer post(const std::string& key,
                    const std::string& body,
                    HttpFields fields,
                    const char* media_type = "text/csv") const {
        fields.emplace_back("Content-Type", media_type);
        return ask_once(service->port(),
                        "POST",
                        "/v1/datasets/cdn/batches?feed=f&batch_key=" + key,
                        fields,
                        body);
    }

    // The most memory that the process ever had, in MiB.
    std::int64_t memory_peak_mib() {
        std::ifstream status(fmt::format("/proc/{}/status", service->process().pid()));
        std::string word;
        while (status >> word) {
            if (word == "VmHWM:") {
                std::int64_t kib = 0;
                status >> kib;
                return kib / 1024;
            }
        }
        return 0;
    }

    void expect_served() const {
        const HttpAnswer answer = ask_once(
            service->port(), "GET", "/v1/usage?dataset=cdn&from=2026-10-01&to=2026-10-02&by=total");
        ASSERT_EQ(answer.status, 200);
        EXPECT_EQ(json::parse(answer.body)["rows"][0]["bytes_streamed"], 5);
    }

    // What `command` makes of the text, as gzip and zstd do.
    std::string packed(const std::string& text, const std::vector<std::string>& command) const {
        const ProcessEnd end = run_process({.command = command, .input = text});
        EXPECT_EQ(end.exit_code, 0) << end.errors;
        return end.output;
    }

    static constexpr const char* row_text =
        "site_id,date,bytes_streamed,requests\nsite,2026-10-01,5,1\n";
    std::optional<TestStore> store;
    std::optional<ServiceProcess> service;
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         ServeHostile,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         [](const auto& test) { return std::string(to_string(test.param)); });

TEST_P(ServeHostile, packed_rows_are_taken_and_bombs_are_not) {
    EXPECT_EQ(
        post("first", packed(row_text, {"/usr/bin/gzip", "-c"}), {{"Content-Encoding", "gzip"}})
            .status,
        200);
    EXPECT_EQ(
        post("first", packed(row_text, {"/usr/bin/zstd", "-c"}), {{"Content-Encoding", "zstd"}})
            .status,
        200);
    // 4 GiB of one line's beginning, and 64 MiB of document.
    const std::string zeros(std::size_t{64} << 20U, ' ');
    const std::string once = packed(zeros, {"/usr/bin/zstd", "-c"});
    std::string bomb = packed("site_id,date,bytes_streamed,requests\n", {"/usr/bin/zstd", "-c"});
    for (int copy = 0; copy < 64; ++copy) {
        bomb += once;
    }
    const HttpAnswer exploded = post("bomb", bomb, {{"Content-Encoding", "zstd"}});
    EXPECT_EQ(exploded.status, 400);
    EXPECT_NE(exploded.body.find("expands to more than"), std::string::npos) << exploded.body;
    EXPECT_EQ(post("bomb", once, {{"Content-Encoding", "zstd"}}, "application/json").status, 400);
    EXPECT_EQ(post("bomb", "\x1f\x8b nonsense", {{"Content-Encoding", "gzip"}}).status, 400);
    expect_served();
    EXPECT_LT(memory_peak_mib(), 300);
}

TEST_P(ServeHostile, a_body_that_never_comes_holds_up_nobody) {
    std::vector<HttpConnection> half_open;
    for (int number = 0; number < 200; ++number) {
        half_open.emplace_back(service->port());
        ASSERT_TRUE(half_open.back().send(
            fmt::format("POST /v1/datasets/cdn/batches?feed=f&batch_key=slow{} HTTP/1.1\r\n"
                        "Host: a\r\nContent-Type: text/csv\r\nContent-Length: 60000000\r\n\r\n"
                        "site_id,",
                        number)));
    }
    expect_served();
    EXPECT_EQ(post("first", row_text, {}).status, 200);
    EXPECT_LT(memory_peak_mib(), 300);
    half_open.clear();
    expect_served();
}

TEST_P(ServeHostile, sql_paths_and_line_ends_in_every_parameter_are_values) {
    for (const char* hostile : {"';DROP%20TABLE%20cdn_daily;--",
                                "%22%20OR%201=1--",
                                "..%2F..%2Fetc%2Fpasswd",
                                "%25n%25s",
                                "$1",
                                "\\",
                                "{}",
                                "%E2%80%AE",
                                "-1",
                                "99999999999999999999"}) {
        for (const char* name :
             {"dataset", "subject", "from",    "to",     "by",   "top",      "metric",
              "metrics", "tz",      "synced",  "job",    "feed", "day",      "limit",
              "batch",   "reason",  "samples", "covers", "mode", "batch_key"}) {
            for (const char* path : {"/v1/usage?dataset=cdn&",
                                     "/v1/runs?",
                                     "/v1/batches?dataset=cdn&",
                                     "/v1/rejected?dataset=cdn&"}) {
                const HttpAnswer answer =
                    ask_once(service->port(), "GET", std::string(path) + name + "=" + hostile);
                EXPECT_TRUE(answer.status == 200 || answer.status == 400)
                    << path << name << hostile;
            }
        }
        const HttpAnswer path = ask_once(
            service->port(), "POST", fmt::format("/v1/batches/{}/void", hostile), {}, "{}");
        EXPECT_TRUE(path.status == 400 || path.status == 404) << hostile << path.body;
    }
    const HttpAnswer injected =
        ask_once(service->port(), "GET", "/livez?a=%0d%0aSet-Cookie:%20x", {});
    EXPECT_EQ(injected.status, 400);
    EXPECT_EQ(injected.field("set-cookie"), "");
    expect_served();
}

}  // namespace
}  // namespace tidemark::test
