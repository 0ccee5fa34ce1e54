// Removing a subject, and bringing a schema up to date, through the program.

#include <string>
#include <tuple>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "end_to_end/test_store.h"

namespace tidemark::test {
namespace {

using nlohmann::json;

class Erase : public testing::TestWithParam<StoreKind> {
 protected:
    void SetUp() override {
        if (const std::string reason = reason_to_skip(GetParam()); !reason.empty()) {
            GTEST_SKIP() << reason;
        }
        store = std::make_unique<TestStore>(GetParam());
    }

    std::unique_ptr<TestStore> store;
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         Erase,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         [](const auto& test) { return std::string(to_string(test.param)); });

TEST_P(Erase, removes_a_subject_from_every_dataset_and_leaves_a_record) {
    std::ignore = store->folder().write("rows.csv",
                                        "site_id,date,bytes_streamed,requests\n"
                                        "gone,2024-02-29,5,1\nkept,2024-02-29,7,2\n");
    ASSERT_EQ(store->run({"batch", "--dataset", "cdn", "--feed", "f", "--key", "k", "rows.csv"})
                  .exit_code,
              0);
    ASSERT_EQ(store->run({"compact"}).exit_code, 0);
    const ProcessEnd end = store->run({"erase", "gone", "--reason", "asked for", "--json"});
    ASSERT_EQ(end.exit_code, 0) << end.to_string();
    EXPECT_EQ(end.output.find("gone"), std::string::npos) << "the record names the subject";
    const json erasures = json::parse(end.output)["erasures"];
    ASSERT_EQ(erasures.size(), 3U);
    EXPECT_EQ(erasures[0]["dataset"], "cdn");
    EXPECT_EQ(erasures[0]["batch_rows"], 1);
    EXPECT_EQ(erasures[0]["daily_rows"], 1);
    EXPECT_EQ(erasures[1]["dataset"], "media_storage");
    EXPECT_EQ(erasures[2]["dataset"], "ping");
    const ProcessEnd usage = store->run(
        {"usage", "--from", "2024-02-29", "--to", "2024-03-01", "--top", "9", "--format", "csv"});
    EXPECT_EQ(usage.output, "site_id,day,bytes_streamed,requests\r\nkept,2024-02-29,7,2\r\n");
    EXPECT_EQ(store->run({"compact"}).exit_code, 0);
}

TEST_P(Erase, migrate_shows_what_is_missing_and_does_it) {
    const ProcessEnd before = store->run({"migrate", "--dry-run"});
    ASSERT_EQ(before.exit_code, 0) << before.to_string();
    EXPECT_EQ(before.output.find("-- migration 1: "), 0U) << before.output;
    EXPECT_NE(before.output.find("CREATE TABLE batch_registry"), std::string::npos);
    EXPECT_EQ(store->run({"migrate", "--dry-run"}).output, before.output) << "it changed something";
    const ProcessEnd applied = store->run({"migrate"});
    ASSERT_EQ(applied.exit_code, 0) << applied.to_string();
    EXPECT_EQ(applied.output.find("applied 1: "), 0U) << applied.output;
    EXPECT_NE(store->run({"migrate", "--dry-run"}).output.find("nothing to do"), std::string::npos);
    EXPECT_NE(store->run({"migrate"}).output.find("nothing to do"), std::string::npos);
}

}  // namespace
}  // namespace tidemark::test
