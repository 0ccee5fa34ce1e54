// Days closed by compact and proven by verify, through the program.

#include <string>
#include <tuple>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "end_to_end/test_store.h"

namespace tidemark::test {
namespace {

class Closing : public testing::TestWithParam<StoreKind> {
 protected:
    void SetUp() override {
        if (const std::string reason = reason_to_skip(GetParam()); !reason.empty()) {
            GTEST_SKIP() << reason;
        }
        store = std::make_unique<TestStore>(GetParam());
    }

    [[nodiscard]] ProcessEnd read_log(const std::string& name, const std::string& minute) const {
        std::ignore = store->folder().write(
            name,
            "1.1.1.1 - - [01/Nov/2025:00:" + minute +
                ":00 +0000] \"GET /a/x HTTP/1.1\" 200 100\n"
                "1.1.1.1 - - [01/Nov/2025:00:40:00 +0000] \"GET /b/x HTTP/1.1\" 200 7\n");
        return store->run({"aggregate",
                           "--format",
                           "combined",
                           "--subject",
                           "path:1",
                           "--covers",
                           "2025-11-01",
                           name});
    }

    [[nodiscard]] std::string compacted(const std::string& configuration) const {
        std::ignore = store->folder().write("tidemark.toml", configuration);
        const ProcessEnd end = store->run({"compact"});
        EXPECT_EQ(end.exit_code, 0) << end.to_string();
        return end.output;
    }

    std::unique_ptr<TestStore> store;
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         Closing,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         [](const auto& test) { return std::string(to_string(test.param)); });

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST_P(Closing, a_covered_day_is_sealed_restated_and_frozen) {
    ASSERT_EQ(read_log("one.log", "10").exit_code, 0);
    const std::string first = compacted("");
    EXPECT_TRUE(contains(first, "cdn: 2025-11-01 sealed: 107, 2")) << first;
    ASSERT_EQ(read_log("two.log", "11").exit_code, 0);
    const std::string again = compacted("");
    EXPECT_TRUE(contains(again, "cdn: 2025-11-01 sealed anew, revision 2: 214, 4, before 107, 2"))
        << again;
    const std::string frozen = compacted("[compact]\nfreeze_after = \"1d\"\n");
    EXPECT_TRUE(contains(frozen, "cdn: 2025-11-01 frozen")) << frozen;
    const ProcessEnd late = read_log("three.log", "12");
    EXPECT_EQ(late.exit_code, 3) << late.to_string();
    EXPECT_TRUE(contains(late.to_string(), "2025-11-01 is frozen")) << late.to_string();
    EXPECT_EQ(store->run({"verify"}).exit_code, 0);
}

TEST_P(Closing, rows_of_a_day_frozen_with_adjust_count_today_and_say_so) {
    ASSERT_EQ(read_log("one.log", "10").exit_code, 0);
    std::ignore = compacted("");
    const std::string frozen =
        compacted("[compact]\nfreeze_after = \"1d\"\nfreeze_policy = \"adjust\"\n");
    EXPECT_TRUE(contains(frozen, "cdn: 2025-11-01 frozen")) << frozen;
    const ProcessEnd late = read_log("late.log", "12");
    ASSERT_EQ(late.exit_code, 0) << late.to_string();
    EXPECT_TRUE(contains(late.to_string(), "2 of frozen days booked in 20")) << late.to_string();
    const ProcessEnd again = read_log("late.log", "12");
    EXPECT_TRUE(contains(again.to_string(), "already stored as batch")) << again.to_string();
    const auto total = [&](const std::string& from, const std::string& to) {
        const ProcessEnd end =
            store->run({"usage", "--from", from, "--to", to, "--by", "total", "--format", "json"});
        return nlohmann::json::parse(end.output)["rows"][0]["bytes_streamed"].get<int>();
    };
    EXPECT_EQ(total("2025-11-01", "2025-11-02"), 107);
    EXPECT_EQ(total("2025-11-02", "2099-01-01"), 107);
    const auto batches = nlohmann::json::parse(store->run({"batches", "--json"}).output)["batches"];
    EXPECT_EQ(batches[0]["adjusted"]["rows"], 2);
    EXPECT_EQ(batches[0]["adjusted"]["totals"]["bytes_streamed"], 107);
    EXPECT_TRUE(batches[1]["adjusted"].is_null());
    const std::string batch = batches[0]["batch"];
    const auto links = nlohmann::json::parse(
        store->run({"adjustments", "--batch", batch, "--json"}).output)["adjustments"];
    ASSERT_EQ(links.size(), 2U);
    EXPECT_EQ(links[0]["slot"], "2025-11-01T00:00Z");
    EXPECT_EQ(links[0]["booked"], batches[0]["adjusted"]["booked"]);
    EXPECT_EQ(links[1]["subject"], "b");
    const ProcessEnd table = store->run({"adjustments", "--day", "2025-11-01", "--subject", "b"});
    EXPECT_TRUE(contains(table.output, "2025-11-01T00:30Z")) << table.to_string();
    EXPECT_EQ(store->run({"compact"}).exit_code, 0);
    EXPECT_EQ(store->run({"verify"}).exit_code, 0);
}

TEST_P(Closing, verify_prints_a_summary_or_what_differs) {
    ASSERT_EQ(read_log("one.log", "10").exit_code, 0);
    std::ignore = compacted("");
    const ProcessEnd well = store->run({"verify", "--dataset", "cdn"});
    EXPECT_EQ(well.exit_code, 0) << well.to_string();
    EXPECT_EQ(well.output,
              "cdn: 1 batch, 2 batch rows, 2 daily rows, 1 day recomputed, 1 seal, 1 run: all is "
              "well\n");
    if (GetParam() == StoreKind::postgres) {
        std::ignore =
            store->database().run("UPDATE cdn_daily SET requests = 5 WHERE site_id = 'a'");
        const ProcessEnd wrong = store->run({"verify", "--json"});
        EXPECT_EQ(wrong.exit_code, 1);
        const auto json = nlohmann::json::parse(wrong.output, nullptr, false);
        const auto& difference = json["datasets"][0]["differences"][0];
        EXPECT_EQ(difference["subject"], "a");
        EXPECT_EQ(difference["metric"], "requests");
        EXPECT_EQ(difference["expected"], "1");
        EXPECT_EQ(difference["found"], "5");
    }
}

TEST_P(Closing, verify_refuses_a_day_that_is_none) {
    EXPECT_EQ(store->run({"verify", "--from", "2025-11-31"}).exit_code, 2);
}

}  // namespace
}  // namespace tidemark::test
