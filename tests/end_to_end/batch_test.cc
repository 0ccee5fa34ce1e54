// Pre-aggregated rows, replacements and mended rows, through the program.

#include <string>
#include <tuple>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "end_to_end/test_store.h"

namespace tidemark::test {
namespace {

using nlohmann::json;

constexpr const char* header = "site_id,date,bytes_streamed,requests\n";

class BatchFiles : public testing::TestWithParam<StoreKind> {
 protected:
    void SetUp() override {
        if (const std::string reason = reason_to_skip(GetParam()); !reason.empty()) {
            GTEST_SKIP() << reason;
        }
        store = std::make_unique<TestStore>(GetParam());
    }

    void write(const std::string& name, const std::string& rows) const {
        std::ignore = store->folder().write(name, header + rows);
    }

    [[nodiscard]] ProcessEnd batch(const std::string& key,
                                   const std::string& file,
                                   std::vector<std::string> more = {}) const {
        std::vector<std::string> arguments = {
            "batch", "--dataset", "cdn", "--feed", "history", "--key", key, "--json", file};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return store->run(arguments);
    }

    [[nodiscard]] std::string usage(const std::string& by = "day") const {
        return store
            ->run({"usage",
                   "--from",
                   "2024-02-29",
                   "--to",
                   "2024-03-01",
                   "--by",
                   by,
                   "--top",
                   "9",
                   "--format",
                   "csv"})
            .output;
    }

    std::unique_ptr<TestStore> store;
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         BatchFiles,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         [](const auto& test) { return std::string(to_string(test.param)); });

TEST_P(BatchFiles, are_stored_once_and_a_changed_one_is_refused) {
    write("rows.csv", "b,2024-02-29,7,2\na,2024-02-29,5,1\n");
    const ProcessEnd first = batch("k", "rows.csv");
    ASSERT_EQ(first.exit_code, 0) << first.to_string();
    const json receipt = json::parse(first.output);
    EXPECT_EQ(receipt["batch"], "cdn:1");
    EXPECT_EQ(receipt["accepted"], 2);
    EXPECT_EQ(receipt["totals"]["bytes_streamed"], 12);
    EXPECT_EQ(receipt["content_hash"].get<std::string>().size(), 32U);

    // Packed, in another order, with another name: the same content.
    write("other.csv", "a,2024-02-29,5,1\nb,2024-02-29,7,2\n");
    ProcessStart pack{.command = {"/bin/sh", "-ec", "gzip -c other.csv > other.csv.gz"}};
    pack.working_directory = store->folder().path().string();
    ASSERT_EQ(run_process(pack).exit_code, 0);
    const ProcessEnd again = batch("k", "other.csv.gz");
    ASSERT_EQ(again.exit_code, 0) << again.to_string();
    EXPECT_EQ(json::parse(again.output)["already_stored"], true);
    EXPECT_EQ(json::parse(again.output)["batch_seq"], 1);

    write("changed.csv", "b,2024-02-29,7,2\na,2024-02-29,6,1\n");
    EXPECT_EQ(batch("k", "changed.csv").exit_code, 3);
    const std::string expected =
        "site_id,day,bytes_streamed,requests\r\nb,2024-02-29,7,2\r\na,2024-02-29,5,1\r\n";
    EXPECT_EQ(usage(), expected);
    ASSERT_EQ(store->run({"compact"}).exit_code, 0);
    EXPECT_EQ(usage(), expected);
}

TEST_P(BatchFiles, with_rejected_rows_are_refused_unless_let_pass) {
    write("rows.csv", "a,2024-02-29,5,1\nb,2024-02-29,-7,2\n");
    const ProcessEnd strict = batch("k", "rows.csv");
    EXPECT_EQ(strict.exit_code, 3) << strict.to_string();
    EXPECT_NE(strict.errors.find("rows.csv:3: bad_value: b,2024-02-29,-7,2"), std::string::npos)
        << strict.errors;
    EXPECT_NE(strict.errors.find("1 of 2 rows are rejected (bad_value 1)"), std::string::npos)
        << strict.errors;
    EXPECT_EQ(store->run({"batches"}).output, "no such batch\n");

    const ProcessEnd lenient = batch("k", "rows.csv", {"--max-rejected", "50%"});
    ASSERT_EQ(lenient.exit_code, 0) << lenient.to_string();
    EXPECT_EQ(json::parse(lenient.output)["rejected"], 1);
    const json runs = json::parse(store->run({"runs", "--job", "batch", "--json"}).output)["runs"];
    ASSERT_EQ(runs.size(), 2U);
    EXPECT_EQ(runs[0]["outcome"], "succeeded");
    EXPECT_EQ(runs[1]["outcome"], "failed");
}

TEST_P(BatchFiles, whose_rejected_rows_are_mended_are_completed_by_a_linked_batch) {
    write("rows.csv", "a,2024-02-29,5,1\nb,2024-02-29,-7,2\n");
    ASSERT_EQ(batch("k", "rows.csv", {"--max-rejected", "50%"}).exit_code, 0);
    write("mended.csv", "b,2024-02-29,7,2\n");
    const std::vector<std::string> replay = {
        "rejected", "--batch", "cdn:1", "--replay", "mended.csv", "--note", "sign", "--json"};
    const ProcessEnd first = store->run(replay);
    ASSERT_EQ(first.exit_code, 0) << first.to_string();
    EXPECT_EQ(json::parse(first.output)["batch"], "cdn:2");
    EXPECT_EQ(json::parse(first.output)["feed"], "history");
    const ProcessEnd again = store->run(replay);
    ASSERT_EQ(again.exit_code, 0) << again.to_string();
    EXPECT_EQ(json::parse(again.output)["already_stored"], true);
    EXPECT_EQ(usage(),
              "site_id,day,bytes_streamed,requests\r\nb,2024-02-29,7,2\r\na,2024-02-29,5,1\r\n");
    const json batches = json::parse(store->run({"batches", "--json"}).output)["batches"];
    EXPECT_EQ(batches[0]["corrections"][0]["kind"], "replayed");
    EXPECT_EQ(batches[0]["corrections"][0]["batch_seq"], 1);
    EXPECT_EQ(batches[0]["corrections"][0]["reason"], "sign");
}

TEST_P(BatchFiles, are_replaced_in_one_step) {
    write("rows.csv", "a,2024-02-29,5,1\n");
    ASSERT_EQ(batch("k", "rows.csv").exit_code, 0);
    ASSERT_EQ(store->run({"compact"}).exit_code, 0);
    write("right.csv", "a,2024-02-29,6,1\nb,2024-02-29,1,1\n");
    const std::vector<std::string> replace = {
        "replace", "cdn:1", "right.csv", "--reason", "KiB", "--by", "billing", "--json"};
    const ProcessEnd first = store->run(replace);
    ASSERT_EQ(first.exit_code, 0) << first.to_string();
    const json receipts = json::parse(first.output);
    EXPECT_EQ(receipts["voiding"]["voids"], 1);
    EXPECT_EQ(receipts["voiding"]["totals"]["bytes_streamed"], -5);
    EXPECT_EQ(receipts["replacement"]["totals"]["bytes_streamed"], 7);
    const ProcessEnd again = store->run(replace);
    ASSERT_EQ(again.exit_code, 0) << again.to_string();
    EXPECT_EQ(json::parse(again.output)["replacement"]["batch_seq"],
              receipts["replacement"]["batch_seq"]);
    EXPECT_EQ(usage(),
              "site_id,day,bytes_streamed,requests\r\na,2024-02-29,6,1\r\nb,2024-02-29,1,1\r\n");
    write("right.csv", "a,2024-02-29,9,1\n");
    EXPECT_EQ(store->run(replace).exit_code, 3);
}

TEST_P(BatchFiles, replace_a_log_file_by_its_lines) {
    const std::string line =
        "1.1.1.1 - - [29/Feb/2024:00:10:00 +0000] \"GET /a/x HTTP/1.1\" 200 100\n";
    std::ignore = store->folder().write("tidemark.toml",
                                        "[feed.edge]\ndataset = \"cdn\"\nformat = \"combined\"\n"
                                        "subject = \"path:1\"\n");
    std::ignore = store->folder().write("cut.log", line);
    std::ignore = store->folder().write("whole.log", line + line + line);
    ASSERT_EQ(store->run({"aggregate", "--feed", "edge", "cut.log"}).exit_code, 0);
    const ProcessEnd replaced =
        store->run({"replace", "cdn:1", "--lines", "whole.log", "--reason", "it was cut off"});
    ASSERT_EQ(replaced.exit_code, 0) << replaced.to_string();
    EXPECT_EQ(usage(), "site_id,day,bytes_streamed,requests\r\na,2024-02-29,300,3\r\n");
}

TEST_P(BatchFiles, of_days_say_so_where_slots_are_asked_for) {
    write("rows.csv", "a,2024-02-29,5,1\n");
    ASSERT_EQ(batch("k", "rows.csv").exit_code, 0);
    const std::vector<std::string> by_slot = {
        "usage", "--from", "2024-02-29", "--to", "2024-03-02", "--by", "slot"};
    const ProcessEnd table = store->run(by_slot);
    EXPECT_NE(table.output.find("1 of these days have usage that is known by the day alone"),
              std::string::npos)
        << table.output;
    std::vector<std::string> as_json = by_slot;
    as_json.insert(as_json.end(), {"--format", "json"});
    EXPECT_EQ(json::parse(store->run(as_json).output)["day_grained_days"],
              json::array({"2024-02-29"}));
    ASSERT_EQ(store->run({"void", "cdn:1", "--reason", "x"}).exit_code, 0);
    EXPECT_EQ(json::parse(store->run(as_json).output)["day_grained_days"],
              json::array({"2024-02-29"}));
}

}  // namespace
}  // namespace tidemark::test
