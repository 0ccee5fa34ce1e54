#include "report/sources_report.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "sync/synchronise.h"

namespace tidemark::test {
namespace {

using std::chrono::sys_seconds;

sys_seconds instant(std::string_view text) {
    return parse_instant(text).value();
}

// cdn waits for a feed, ping is complete, and the gauge was never seen.
KnownProgress known_at_noon() {
    const UtcDay origin = UtcDay::parse("2026-03-08").value();
    SyncConfig config{.datasets = {}};
    Observed observed;
    for (const char* name : {"cdn", "ping"}) {
        config.datasets.emplace(name, DatasetSyncConfig{.origin = origin});
        CounterObservation counter;
        counter.feeds["fastly"] = {{origin.begin(), instant("2026-03-10T12:00:00Z")}};
        counter.sealed = {{origin, origin.plus_days(2)}};
        observed.datasets[name].found = std::move(counter);
    }
    auto& cdn = std::get<CounterObservation>(observed.datasets["cdn"].found);
    cdn.feeds["edgecast"] = {{origin.begin(), instant("2026-03-10T09:00:00Z")}};
    config.datasets.emplace(
        "media",
        DatasetSyncConfig{.kind = DatasetKind::gauge, .origin = origin, .required = false});
    observed.datasets["media"].found = GaugeObservation();
    return {.snapshot = synchronise(observed, nullptr, config, instant("2026-03-10T12:10:00Z")),
            .origin = "redis localhost:6379",
            .age = std::chrono::seconds(4)};
}

std::string line_of(const std::string& text, std::string_view begin) {
    const std::size_t at = text.find("\n" + std::string(begin)) + 1;
    return text.substr(at, text.find('\n', at) - at);
}

TEST(SourcesReport, shows_each_dataset_what_holds_it_and_how_old_that_is) {
    const std::string text = format_sources(known_at_noon(), false);
    EXPECT_EQ(line_of(text, "cdn"),
              "cdn      late     2026-03-10T00:00Z  2026-03-10T09:00Z  2026-03-10T09:00Z"
              "  2026-03-10T12:00Z  2026-03-10T12:00Z  2026-03-10T00:00Z     0")
        << text;
    EXPECT_EQ(line_of(text, "overall"),
              "overall: late, synced through 2026-03-10T09:00Z, stable through 2026-03-10T09:00Z;"
              " held by cdn");
    EXPECT_EQ(line_of(text, "  cdn"),
              "  cdn: held at 2026-03-10T09:00:00Z, late; waits for edgecast, which was due by"
              " 2026-03-10T10:15:00Z (1h 55m ago)");
    EXPECT_NE(text.find("metadata: from redis localhost:6379, 4s old\n"), std::string::npos);
}

TEST(SourcesReport, colours_the_status_and_nothing_else) {
    const KnownProgress known = known_at_noon();
    std::string coloured = format_sources(known, true);
    const std::pair<const char*, const char*> painted[] = {{"\x1b[33mlate\x1b[0m", "late"},
                                                           {"\x1b[32mok\x1b[0m", "ok"},
                                                           {"\x1b[35munknown\x1b[0m", "unknown"}};
    for (const auto& [with, without] : painted) {
        const std::size_t at = coloured.find(with);
        ASSERT_NE(at, std::string::npos) << with;
        coloured.replace(at, std::string_view(with).size(), without);
    }
    EXPECT_EQ(coloured, format_sources(known, false));
}

TEST(SourcesReport, says_that_nothing_is_known_where_nothing_is) {
    const KnownProgress nothing{.warning = "ledger: no database"};
    EXPECT_EQ(format_sources(nothing, false),
              "unknown: no snapshot could be read\nmetadata: from none (ledger: no database)\n");
    const auto json = nlohmann::json::parse(sources_json(nothing));
    EXPECT_EQ(json["overall"]["status"], "unknown");
    EXPECT_EQ(json["overall"]["synced_through"], nlohmann::json());
    EXPECT_EQ(json["datasets"], nlohmann::json::object());
    EXPECT_EQ(json["metadata"]["age_s"], nlohmann::json());
    EXPECT_EQ(json["metadata"]["warning"], "ledger: no database");
}

TEST(SourcesReport, says_that_no_worker_gives_a_sign_of_life) {
    KnownProgress known = known_at_noon();
    known.stale = true;
    EXPECT_NE(format_sources(known, false).find("no sync worker gives a sign of life"),
              std::string::npos);
    EXPECT_TRUE(nlohmann::json::parse(sources_json(known))["metadata"]["stale"].get<bool>());
}

}  // namespace
}  // namespace tidemark::test
