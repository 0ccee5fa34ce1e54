// Real logs through the real program and both stores: what `usage` says equals totals that were
// computed independently, before, between and after folds.

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "domain/utc_day.h"
#include "end_to_end/test_store.h"
#include "support/source_tree.h"

namespace tidemark::test {
namespace {

using nlohmann::json;

struct RealLog {
    const char* file;
    std::vector<std::string> reading;
};

const std::vector<RealLog>& real_logs() {
    static const std::vector<RealLog> logs = {
        {"nasa_http_19950701_10k.tsv.gz", {"--format", "delimited", "--subject", "path:1"}},
        {"combined_elastic_apache_10k.log.gz", {"--format", "combined", "--subject", "path:1"}},
        {"cloudfront_2011_example-174k.log.gz", {"--format", "cloudfront", "--subject", "path:1"}},
        {"nginx_json_thedash_part1.ndjson.gz",
         {"--format", "json", "--subject", "path:1", "--field", "bytes=sent"}},
        {"wikiticker_2015-09-12_part1.ndjson.gz",
         {"--format", "json", "--subject", "field:channel", "--field", "bytes=added"}},
    };
    return logs;
}

class RealLogs : public testing::TestWithParam<StoreKind> {
 protected:
    void SetUp() override {
        if (const std::string reason = reason_to_skip(GetParam()); !reason.empty()) {
            GTEST_SKIP() << reason;
        }
        if (!shared_data().has_value()) {
            GTEST_SKIP() << "no real logs beside this checkout (../shared/data)";
        }
        std::ifstream truth(*shared_data() / "truth.json");
        truth_ = json::parse(truth);
        store_ = std::make_unique<TestStore>(GetParam());
    }

    void aggregate(const RealLog& log) const {
        std::vector<std::string> arguments = {"aggregate", "--missing-subject", "/"};
        arguments.insert(arguments.end(), log.reading.begin(), log.reading.end());
        arguments.push_back((*shared_data() / log.file).string());
        const ProcessEnd end = store_->run(arguments);
        ASSERT_EQ(end.exit_code, 0) << end.to_string();
    }

    void fold() const {
        const ProcessEnd end = store_->run({"compact"});
        ASSERT_EQ(end.exit_code, 0) << end.to_string();
    }

    // Period -> (lines, bytes) of the days [from, to); periods without data are left out.
    [[nodiscard]] std::map<std::string, std::pair<std::int64_t, std::int64_t>> usage(
        const std::string& from, const std::string& to, const std::string& by) const {
        const ProcessEnd end =
            store_->run({"usage", "--from", from, "--to", to, "--by", by, "--format", "json"});
        EXPECT_EQ(end.exit_code, 0) << end.to_string();
        std::map<std::string, std::pair<std::int64_t, std::int64_t>> periods;
        const json answer = json::parse(end.output);
        for (const json& row : answer.at("rows")) {
            if (!row.contains("no_data")) {
                periods[row.at("period")] = {row.at("requests"), row.at("bytes_streamed")};
            }
        }
        return periods;
    }

    // Asks for the days of the file alone, from its first to its last.
    void expect_truth_of(const RealLog& log) const {
        SCOPED_TRACE(log.file);
        const json& truth = truth_.at(log.file);
        const json& days = truth.at("bytes_by_utc_day");
        const std::string from = days.begin().key();
        const std::string to = UtcDay::parse((--days.end()).key())->next().to_string();
        std::map<std::string, std::int64_t> bytes_by_day;
        for (const auto& [day, counted] : usage(from, to, "day")) {
            bytes_by_day[day] = counted.second;
        }
        EXPECT_EQ(json(bytes_by_day), days);
        EXPECT_EQ(json(usage(from, to, "slot")), truth.at("windows_30min"));
    }

    json truth_;
    std::unique_ptr<TestStore> store_;
};

TEST_P(RealLogs, give_the_true_usage_before_between_and_after_folds) {
    std::vector<RealLog> stored;
    for (const RealLog& log : real_logs()) {
        ASSERT_NO_FATAL_FAILURE(aggregate(log));
        stored.push_back(log);
        // After every second file, so that each state of the others is seen: none, some, all
        // folded.
        if (stored.size() % 2 == 0) {
            ASSERT_NO_FATAL_FAILURE(fold());
        }
        for (const RealLog& each : stored) {
            expect_truth_of(each);
        }
    }
    ASSERT_NO_FATAL_FAILURE(fold());
    for (const RealLog& each : stored) {
        expect_truth_of(each);
    }
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         RealLogs,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         [](const auto& test) { return std::string(to_string(test.param)); });

}  // namespace
}  // namespace tidemark::test
