#include "report/usage_json.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tidemark {
namespace {

using namespace std::chrono_literals;

const UtcDay first = UtcDay::from_days_since_epoch(20757);  // 2026-10-31

Dataset cdn() {
    return built_in_datasets()[0];
}

UsageReport report_of(std::vector<UsageReportRow> rows) {
    return {.dataset = cdn(),
            .from = first,
            .to = first.plus_days(2),
            .columns = cdn().metrics(),
            .rows = std::move(rows),
            .purged_days = {}};
}

UsageReportRow row_of(std::string subject, std::int64_t bytes) {
    return {
        .subject = std::move(subject), .period = "2026-10-31", .values = {Total(bytes), Total(1)}};
}

TEST(UsageJson, is_indented_and_ends_its_line) {
    UsageReport report = report_of({row_of("site \"a\"", -5)});
    EXPECT_EQ(usage_json(report), R"({
  "dataset": "cdn",
  "from": "2026-10-31",
  "to": "2026-11-02",
  "by": "day",
  "rows": [
    {
      "subject": "site \"a\"",
      "period": "2026-10-31",
      "bytes_streamed": -5,
      "requests": 1
    }
  ]
}
)");
}

TEST(UsageJson, has_one_row_a_line_as_ndjson) {
    UsageReport report = report_of({row_of("a", 1), row_of("b", 2)});
    report.rows[1].no_data = true;
    report.rows[1].values = {std::nullopt, std::nullopt};
    EXPECT_EQ(usage_ndjson(report),
              "{\"subject\":\"a\",\"period\":\"2026-10-31\",\"bytes_streamed\":1,\"requests\":1}\n"
              "{\"subject\":\"b\",\"period\":\"2026-10-31\",\"no_data\":true,"
              "\"bytes_streamed\":null,\"requests\":null}\n");
    EXPECT_EQ(usage_ndjson(report_of({})), "");
}

TEST(UsageJson, writes_what_exceeds_64_bits_as_a_text) {
    UsageReport report = report_of({row_of("a", std::numeric_limits<std::int64_t>::max())});
    *report.rows[0].values[0] += 1;
    const auto json = nlohmann::json::parse(usage_json(report));
    EXPECT_EQ(json["rows"][0]["bytes_streamed"], "9223372036854775808");
}

TEST(UsageJson, replaces_what_is_not_utf8) {
    const UsageReport report = report_of({row_of("a\xff\"z", 1)});
    const auto json = nlohmann::json::parse(usage_json(report));
    EXPECT_EQ(json["rows"][0]["subject"], "a\xef\xbf\xbd\"z");
}

TEST(UsageJson, says_bounds_where_it_is_not_exact) {
    UsageReport report = report_of({row_of("a", 0)});
    report.time_zone = "Europe/Berlin";
    report.rows[0].exact = false;
    report.rows[0].values.clear();
    report.rows[0].lower = {Total(1), Total(2)};
    report.rows[0].upper = {Total(3), Total(4)};
    const auto json = nlohmann::json::parse(usage_json(report));
    EXPECT_EQ(json["time_zone"], "Europe/Berlin");
    EXPECT_EQ(json["exact"], false);
    EXPECT_EQ(json["rows"][0],
              nlohmann::json::parse(R"({"subject": "a", "period": "2026-10-31", "exact": false,
                  "bytes_streamed": null, "requests": null,
                  "lower": {"bytes_streamed": 1, "requests": 2},
                  "upper": {"bytes_streamed": 3, "requests": 4}})"));
}

TEST(UsageJson, sets_the_time_before_beside_each_row) {
    UsageReport report = report_of({row_of("a", 7)});
    report.previous =
        PreviousUsage{.from = first.plus_days(-2), .to = first, .rows = {row_of("a", 5)}};
    const auto json = nlohmann::json::parse(usage_json(report));
    EXPECT_EQ(json["previous"],
              nlohmann::json::parse(R"({"from": "2026-10-29", "to": "2026-10-31"})"));
    EXPECT_EQ(json["rows"][0]["previous"]["bytes_streamed"], 5);
    EXPECT_EQ(json["rows"][0]["change"],
              nlohmann::json::parse(R"({"bytes_streamed": 2, "requests": 0})"));
}

TEST(UsageJson, says_how_far_it_is_complete_and_where_it_goes_on) {
    UsageReport report = report_of({});
    report.until = first.begin() + 30min;
    report.page = PageEnd{.more = true, .last_subject = "a", .cursor = "xyz"};
    report.purged_days = {first};
    report.day_grained_days = {first, first.next()};
    report.progress = UsageProgress{.synced_through = first.begin() + 1h,
                                    .overall_synced_through = {},
                                    .days = {{"2026-10-31", Completeness::partial}},
                                    .gaps = {{first.begin(), first.begin() + 30min}},
                                    .holes = {},
                                    .metadata_age = 3s,
                                    .metadata_origin = "store",
                                    .stale = true};
    EXPECT_EQ(nlohmann::json::parse(usage_json(report)), nlohmann::json::parse(R"({
        "dataset": "cdn", "from": "2026-10-31", "to": "2026-11-02", "by": "day", "rows": [],
        "next": "xyz", "until": "2026-10-31T00:30:00Z",
        "synced_through": "2026-10-31T01:00:00Z", "overall_synced_through": null,
        "completeness": {"2026-10-31": "partial"},
        "gaps": [["2026-10-31T00:00:00Z", "2026-10-31T00:30:00Z"]], "holes": [],
        "metadata_age": 3, "metadata": {"origin": "store", "stale": true},
        "purged_days": ["2026-10-31"], "day_grained_days": ["2026-10-31", "2026-11-01"]})"));
}

}  // namespace
}  // namespace tidemark
