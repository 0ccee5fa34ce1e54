// The real logs of ../shared/data against truth.json, which a program that shares nothing with
// this one made of them.
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/source_tree.h"
#include "unit/logs/log_text.h"

namespace tidemark {
namespace {

nlohmann::json truth_of(const std::filesystem::path& folder, const std::string& file) {
    return nlohmann::json::parse(std::ifstream(folder / "truth.json")).at(file);
}

TEST(RealLogs, combined_gives_the_counts_days_and_windows_of_the_truth) {
    const auto folder = test::shared_data();
    if (!folder.has_value()) {
        GTEST_SKIP() << "there is no ../shared/data beside this checkout";
    }
    const std::string name = "combined_elastic_apache_10k.log.gz";
    const nlohmann::json truth = truth_of(*folder, name);
    auto result = test::read_file((*folder / name).string(), test::combined_reading());
    ASSERT_TRUE(result.has_value()) << result.error().message;
    EXPECT_EQ(result->counts.lines, truth.at("lines"));
    EXPECT_EQ(result->counts.comments, truth.at("header_or_comment_lines"));
    EXPECT_EQ(result->counts.accepted, truth.at("parseable"));
    EXPECT_EQ(result->counts.rejected, truth.at("malformed"));
    ASSERT_EQ(result->rejected_samples.size(), 1U);
    EXPECT_EQ(result->rejected_samples[0].line, truth.at("first_malformed_line_numbers").at(0));

    std::map<std::string, std::int64_t> bytes_by_day;
    std::map<std::string, std::vector<std::int64_t>> windows;
    std::map<std::string, std::int64_t> bytes_by_subject;
    for (const auto& [key, values] : test::rows_of(*result)) {
        const Slot slot = Slot::from_index(key.second);
        bytes_by_day[slot.day().to_string()] += values[0];
        auto& window = windows[slot.to_string()];
        window.resize(2);
        window[0] += values[1];
        window[1] += values[0];
        bytes_by_subject[key.first] += values[0];
    }
    EXPECT_EQ(nlohmann::json(bytes_by_day), truth.at("bytes_by_utc_day"));
    EXPECT_EQ(nlohmann::json(windows), truth.at("windows_30min"));
    for (const auto& [segment, bytes] :
         truth.at("top5_first_segment_by_bytes")
             .get<std::vector<std::pair<std::string, std::int64_t>>>()) {
        EXPECT_EQ(bytes_by_subject[segment], bytes) << segment;
    }
}

}  // namespace
}  // namespace tidemark
