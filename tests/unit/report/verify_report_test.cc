#include "report/verify_report.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tidemark {
namespace {

const UtcDay day = UtcDay::from_days_since_epoch(20768);

DatasetVerification clean() {
    return {.dataset = "cdn",
            .summary = {.batches = 1, .batch_rows = 1234, .daily_rows = 45, .days_recomputed = 2},
            .differences = {},
            .difference_count = 0};
}

DatasetVerification wrong() {
    DatasetVerification verification = clean();
    verification.differences = {{.table = "cdn_daily",
                                 .subject = "site",
                                 .day = day,
                                 .field = "requests",
                                 .expected = "5",
                                 .found = "6",
                                 .batch_seq = 7}};
    verification.difference_count = 3;
    return verification;
}

TEST(VerifyReport, is_one_line_where_all_is_well) {
    EXPECT_EQ(format_verification({clean()}),
              "cdn: 1 batch, 1,234 batch rows, 45 daily rows, 2 days recomputed, 0 seals, 0 runs: "
              "all is well\n");
}

TEST(VerifyReport, names_what_differs_and_counts_what_it_does_not_show) {
    const std::string text = format_verification({wrong()});
    EXPECT_NE(text.find(": 3 differences\n"), std::string::npos) << text;
    for (const char* word : {"cdn_daily", "site", "2026-11-11", "requests", "5", "6", "7"}) {
        EXPECT_NE(text.find(word), std::string::npos) << word << "\n" << text;
    }
    EXPECT_NE(text.find("and 2 more\n"), std::string::npos) << text;
}

TEST(VerifyReport, is_json_for_programs) {
    const nlohmann::json json = nlohmann::json::parse(verification_json({wrong()}));
    const nlohmann::json& dataset = json["datasets"][0];
    EXPECT_EQ(dataset["dataset"], "cdn");
    EXPECT_EQ(dataset["batch_rows"], 1234);
    EXPECT_EQ(dataset["difference_count"], 3);
    const nlohmann::json& difference = dataset["differences"][0];
    EXPECT_EQ(difference["subject"], "site");
    EXPECT_EQ(difference["day"], "2026-11-11");
    EXPECT_EQ(difference["expected"], "5");
    EXPECT_EQ(difference["batch"], 7);
    EXPECT_TRUE(difference["run"].is_null());
}

}  // namespace
}  // namespace tidemark
