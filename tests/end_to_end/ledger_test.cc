// Looking into what happened and correcting it, through the program.

#include <string>
#include <tuple>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "end_to_end/test_store.h"

namespace tidemark::test {
namespace {

using nlohmann::json;

class Ledger : public testing::TestWithParam<StoreKind> {
 protected:
    void SetUp() override {
        if (const std::string reason = reason_to_skip(GetParam()); !reason.empty()) {
            GTEST_SKIP() << reason;
        }
        store = std::make_unique<TestStore>(GetParam());
        std::ignore = store->folder().write(
            "access.log",
            "1.1.1.1 - - [01/Nov/2025:00:10:00 +0000] \"GET /a/x HTTP/1.1\" 200 100\n"
            "1.1.1.1 - - [01/Nov/2025:00:40:00 +0000] \"GET /b/x HTTP/1.1\" 200 7\n"
            "spoilt\n");
        ASSERT_EQ(
            store->run({"aggregate", "--format", "combined", "--subject", "path:1", "access.log"})
                .exit_code,
            0);
    }

    [[nodiscard]] json read(std::vector<std::string> arguments) const {
        arguments.emplace_back("--json");
        const ProcessEnd end = store->run(std::move(arguments));
        EXPECT_EQ(end.exit_code, 0) << end.to_string();
        return json::parse(end.output, nullptr, false);
    }

    [[nodiscard]] std::string usage() const {
        return store
            ->run({"usage", "--from", "2025-11-01", "--to", "2025-11-02", "--format", "csv"})
            .output;
    }

    std::unique_ptr<TestStore> store;
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         Ledger,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         [](const auto& test) { return std::string(to_string(test.param)); });

TEST_P(Ledger, runs_batches_and_rejected_lines_are_listed) {
    const json runs = read({"runs", "--job", "aggregate"})["runs"];
    ASSERT_EQ(runs.size(), 1U);
    EXPECT_EQ(runs[0]["feed"], "combined");
    EXPECT_EQ(runs[0]["outcome"], "succeeded");
    EXPECT_EQ(runs[0]["rows"], 2);
    EXPECT_TRUE(read({"runs", "--job", "nothing"})["runs"].empty());

    const json batches = read({"batches", "--day", "2025-11-01"})["batches"];
    ASSERT_EQ(batches.size(), 1U);
    EXPECT_EQ(batches[0]["batch"], "cdn:1");
    EXPECT_EQ(batches[0]["totals"]["bytes_streamed"], 107);
    EXPECT_EQ(batches[0]["rejected"], 1);
    EXPECT_TRUE(read({"batches", "--day", "2025-11-02"})["batches"].empty());

    const json rejected = read({"rejected", "--batch", "cdn:1"})["batches"];
    ASSERT_EQ(rejected.size(), 1U);
    EXPECT_EQ(rejected[0]["rejected_by_reason"]["malformed"], 1);
    EXPECT_EQ(rejected[0]["samples"][0]["line"], 3);
    EXPECT_EQ(rejected[0]["samples"][0]["text"], "spoilt");
    for (const char* command : {"runs", "batches", "rejected"}) {
        EXPECT_EQ(store->run({command}).exit_code, 0) << command;
    }
}

TEST_P(Ledger, a_batch_is_taken_back_once_with_who_and_why) {
    EXPECT_EQ(usage(), "day,bytes_streamed,requests\r\n2025-11-01,107,2\r\n");
    const json first = read({"void", "cdn:1", "--reason", "counted twice", "--by", "billing"});
    EXPECT_EQ(first["voids"], 1);
    EXPECT_EQ(first["already_stored"], false);
    EXPECT_EQ(first["totals"]["bytes_streamed"], -107);
    EXPECT_EQ(usage(), "day,bytes_streamed,requests\r\n2025-11-01,0,0\r\n");
    const json again = read({"void", "cdn:1", "--reason", "to be sure", "--by", "billing"});
    EXPECT_EQ(again["batch_seq"], first["batch_seq"]);
    EXPECT_EQ(again["already_stored"], true);
    const json batches = read({"batches"})["batches"];
    ASSERT_EQ(batches.size(), 2U);
    EXPECT_EQ(batches[1]["corrections"][0]["reason"], "counted twice");
    EXPECT_EQ(batches[1]["corrections"][0]["by"], "billing");
    ASSERT_EQ(store->run({"void", "cdn:2", "--reason", "it was right"}).exit_code, 0);
    EXPECT_EQ(usage(), "day,bytes_streamed,requests\r\n2025-11-01,107,2\r\n");
}

}  // namespace
}  // namespace tidemark::test
