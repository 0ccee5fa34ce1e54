// Thresholds of the real service, beside a real receiver.

#include <csignal>
#include <optional>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "end_to_end/service_process.h"
#include "end_to_end/test_store.h"
#include "support/certificate.h"
#include "support/eventually.h"
#include "support/http_client.h"
#include "support/http_receiver.h"

namespace tidemark::test {
namespace {

using nlohmann::json;

class ThresholdsEndToEnd : public testing::TestWithParam<StoreKind> {
 protected:
    void SetUp() override {
        if (const std::string reason = reason_to_skip(GetParam()); !reason.empty()) {
            GTEST_SKIP() << reason;
        }
        store.emplace(GetParam());
    }

    ProcessEnd run(std::vector<std::string> arguments) const {
        return store->run(std::move(arguments));
    }

    // What a threshold over `cdn` tells, from its declaration on; only cdn is waited for.
    void declare(const std::string& url) const {
        (void)store->folder().write("secret", "a secret that both sides know\n");
        (void)store->folder().write("tidemark.toml",
                                    fmt::format(R"(
[sync]
every = "1s"
[sync.cdn]
origin = "2026-10-20"
[sync.ping]
required = false

[[threshold]]
name = "big"
dataset = "cdn"
metric = "bytes_streamed"
window = "day"
at_least = 100
url = "{}"
secret_file = "secret"
)",
                                                url));
    }

    // A day that is complete.
    void store_day(const std::string& key, const std::string& date) const {
        const std::string rows = fmt::format(
            "site_id,slot,bytes_streamed,requests\nbig,{0}T10:00Z,100,1\nsmall,{0}T10:00Z,99,1\n",
            date);
        const ProcessEnd end = run({"batch",
                                    "--dataset",
                                    "cdn",
                                    "--feed",
                                    "edge",
                                    "--key",
                                    key,
                                    "--covers",
                                    date,
                                    store->folder().write(key + ".csv", rows)});
        EXPECT_EQ(end.exit_code, 0) << end.to_string();
    }

    json listed() const {
        const ProcessEnd end = run({"thresholds", "list", "--json"});
        EXPECT_EQ(end.exit_code, 0) << end.to_string();
        return json::parse(end.output);
    }

    std::optional<TestStore> store;
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         ThresholdsEndToEnd,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         [](const auto& test) { return std::string(to_string(test.param)); });

TEST_P(ThresholdsEndToEnd, who_fails_is_told_until_he_hears) {
    HttpReceiver receiver({500, 200});
    declare(receiver.url());
    store_day("one", "2026-10-20");
    ServiceProcess service(*store);
    const std::vector<ReceivedRequest> requests = receiver.await(2);
    const json body = json::parse(requests[0].body);
    EXPECT_EQ(body["subject"], "big");
    EXPECT_EQ(body["period"], "2026-10-20");
    EXPECT_EQ(body["value"], 100);
    for (const ReceivedRequest& request : requests) {
        EXPECT_EQ(request.target, "/hook");
        EXPECT_EQ(json::parse(request.body), body);
        EXPECT_EQ(request.field("tidemark-event"), body["event_id"]);
        EXPECT_TRUE(request.field("tidemark-signature").starts_with("v1="));
    }
    json events;
    ASSERT_TRUE(eventually([&] {
        events = listed()["events"];
        return !events[0]["delivered_at"].is_null();
    }));
    ASSERT_EQ(events.size(), 1U) << "once, though it was judged again and again";
    ASSERT_EQ(events[0]["attempts"].size(), 2U);
    EXPECT_EQ(events[0]["attempts"][0]["outcome"], "answered 500");
    EXPECT_EQ(events[0]["attempts"][1]["status"], 200);
    const std::string figures = ask_once(service.port(), "GET", "/metrics").body;
    for (const char* line : {"tidemark_threshold_fired_total{threshold=\"big\"} 1\n",
                             "{outcome=\"heard\",threshold=\"big\"} 1\n",
                             "{outcome=\"failed\",threshold=\"big\"} 1\n"}) {
        EXPECT_NE(figures.find(line), std::string::npos) << line << figures;
    }
    EXPECT_EQ(service.stop().exit_code, 0);
}

TEST_P(ThresholdsEndToEnd, a_kill_before_the_answer_was_noted_tells_again_under_the_same_id) {
    HttpReceiver receiver({HttpReceiver::silence});
    declare(receiver.url());
    store_day("one", "2026-10-20");
    {
        ServiceProcess killed(*store);
        receiver.await(1);
        killed.process().send_signal(SIGKILL);
        EXPECT_EQ(killed.process().finish().exit_code, 128 + SIGKILL);
    }
    EXPECT_TRUE(listed()["events"][0]["attempts"].empty());
    ServiceProcess service(*store);
    const std::vector<ReceivedRequest> requests = receiver.await(2);
    EXPECT_EQ(requests[1].body, requests[0].body);
    EXPECT_EQ(requests[1].field("tidemark-event"), requests[0].field("tidemark-event"));
    EXPECT_TRUE(eventually([&] { return !listed()["events"][0]["delivered_at"].is_null(); }));
    EXPECT_EQ(listed()["events"].size(), 1U);
    EXPECT_EQ(service.stop().exit_code, 0);
    EXPECT_EQ(receiver.await(2).size(), 2U);
}

TEST_P(ThresholdsEndToEnd, a_test_message_is_signed_and_says_that_it_is_one) {
    HttpReceiver receiver({204, 500});
    declare(receiver.url("/hook?x=1"));
    const ProcessEnd heard = run({"thresholds", "test", "big"});
    EXPECT_EQ(heard.exit_code, 0) << heard.to_string();
    const ReceivedRequest request = receiver.await(1).front();
    EXPECT_EQ(request.target, "/hook?x=1");
    EXPECT_EQ(json::parse(request.body)["test"], true);
    EXPECT_NE(heard.output.find(request.body), std::string::npos);
    EXPECT_EQ(run({"thresholds", "test", "big"}).exit_code, 1) << "answered 500";
    EXPECT_EQ(run({"thresholds", "test", "small"}).exit_code, 2);
}

TEST_P(ThresholdsEndToEnd, a_secret_that_is_none_stops_the_service_at_once) {
    declare("http://127.0.0.1:9/");
    (void)store->folder().write("secret", "short\n");
    const ProcessEnd end = run({"serve", "--listen", "127.0.0.1:0"});
    EXPECT_EQ(end.exit_code, 2) << end.to_string();
    EXPECT_NE(end.errors.find("secret_file"), std::string::npos) << end.errors;
}

// A webhook that answers 404, over TLS: another service.
TEST(ThresholdsTls, a_webhook_has_to_prove_its_name) {
    if (!openssl_is_installed()) {
        GTEST_SKIP() << "openssl is not installed";
    }
    const TestStore store(StoreKind::sqlite);
    const Certificate certificate("IP:127.0.0.1");
    ServiceProcess service(store,
                           {"--answers-only",
                            "--certificate",
                            certificate.certificate_file(),
                            "--key",
                            certificate.key_file()});
    (void)store.folder().write("secret", "a secret that both sides know\n");
    const auto test = [&](const char* host, const std::string& authority_file) {
        const std::string configuration = store.folder().write(
            "hook.toml",
            fmt::format("[[threshold]]\nname = 'big'\ndataset = 'cdn'\nmetric = 'requests'\n"
                        "at_least = 1\nurl = 'https://{}:{}/hook'\nsecret_file = 'secret'\n",
                        host,
                        service.port()));
        ProcessStart start = store.start({"thresholds", "test", "big", "--config", configuration});
        start.environment.emplace_back("SSL_CERT_FILE", authority_file);
        return run_process(start);
    };
    const ProcessEnd trusted = test("127.0.0.1", certificate.authority_file());
    EXPECT_NE(trusted.output.find("answered 404"), std::string::npos) << trusted.to_string();
    const Certificate stranger("IP:127.0.0.1");
    for (const ProcessEnd& refused : {test("127.0.0.1", stranger.authority_file()),
                                      test("localhost", certificate.authority_file())}) {
        EXPECT_EQ(refused.exit_code, 1);
        EXPECT_NE(refused.errors.find("certificate verify failed"), std::string::npos)
            << refused.to_string();
    }
    EXPECT_EQ(service.stop().exit_code, 0);
}

}  // namespace
}  // namespace tidemark::test
