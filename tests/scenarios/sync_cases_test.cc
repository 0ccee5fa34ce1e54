// Cases of synchronisation as data: each JSON file is {"name", "why", "input", "expected"}. The
// program explains the input, and every field of `expected` must be in what it prints, with that
// value.

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/process.h"
#include "support/source_tree.h"
#include "support/temporary_directory.h"

namespace tidemark::test {
namespace {

using nlohmann::json;

// What of `expected` is not in `printed`, by path; empty where all is.
std::string difference(const json& expected, const json& printed, const std::string& path) {
    if (!expected.is_object()) {
        return expected == printed
                   ? ""
                   : fmt::format(
                         "{}: expected {}, printed {}\n", path, expected.dump(), printed.dump());
    }
    std::string differences;
    for (const auto& [key, value] : expected.items()) {
        const std::string place = path + "/" + key;
        if (!printed.is_object() || !printed.contains(key)) {
            differences += place + ": is missing\n";
        } else {
            differences += difference(value, printed[key], place);
        }
    }
    return differences;
}

void expect_case_holds(const std::filesystem::path& file) {
    std::ifstream stream(file);
    const json scenario = json::parse(stream);
    const ProcessEnd end = run_process(
        {.command = {TIDEMARK_BINARY, "sync", "explain", "-"}, .input = scenario["input"].dump()});
    ASSERT_EQ(end.exit_code, 0) << end.to_string();
    const json printed = json::parse(end.output);
    EXPECT_EQ(difference(scenario["expected"], printed, ""), "")
        << scenario["why"].get<std::string>() << "\n"
        << end.output;

    // What was printed is itself a snapshot that the next look can go on from.
    json next = scenario["input"];
    next["previous"] = printed;
    const ProcessEnd again = run_process(
        {.command = {TIDEMARK_BINARY, "sync", "explain", "--why", "-"}, .input = next.dump()});
    ASSERT_EQ(again.exit_code, 0) << again.to_string();
    const json reprinted = json::parse(again.output);
    for (const auto& [name, dataset] : printed["datasets"].items()) {
        EXPECT_EQ(reprinted["datasets"][name]["synced_through"], dataset["synced_through"]) << name;
        EXPECT_EQ(reprinted["datasets"][name].value("cover", json()),
                  dataset.value("cover", json()))
            << name;
        EXPECT_FALSE(reprinted["datasets"][name]["why"].get<std::string>().empty()) << name;
    }
}

std::vector<std::filesystem::path> cases_in(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".json") {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    return files;
}

TEST(SyncCases, ours_hold) {
    const auto files = cases_in(source_directory() / "tests" / "scenarios" / "sync");
    ASSERT_FALSE(files.empty());
    for (const auto& file : files) {
        SCOPED_TRACE(file.filename().string());
        expect_case_holds(file);
    }
}

TEST(SyncCases, those_beside_the_checkout_hold) {
    if (!shared_sync_cases().has_value()) {
        GTEST_SKIP() << "no cases beside this checkout (../shared/scenarios/sync)";
    }
    for (const auto& file : cases_in(*shared_sync_cases())) {
        SCOPED_TRACE(file.filename().string());
        expect_case_holds(file);
    }
}

struct WrongInput {
    const char* name;
    const char* input;
    const char* message;
};

constexpr WrongInput wrong_inputs[] = {
    {"no_json", "{", "no JSON"},
    {"a_list", "[]", "expected an object"},
    {"no_now", R"({"datasets": {}})", "'now': is missing"},
    {"no_datasets", R"({"now": "2026-03-10T12:10:00Z"})", "'datasets': is missing"},
    {"unknown_field",
     R"({"now": "2026-03-10T12:10:00Z", "datasets": {}, "slots": "30m"})",
     "'slots': unknown field (did you mean 'slot'?)"},
    {"slot_that_divides_no_day",
     R"({"now": "2026-03-10T12:10:00Z", "datasets": {}, "slot": "25m"})",
     "'slot': expected a duration that divides a day"},
    {"local_instant",
     R"({"now": "2026-03-10 12:10", "datasets": {}})",
     "'now': expected an instant"},
    {"unknown_kind",
     R"({"now": "2026-03-10T12:10:00Z",
         "datasets": {"cdn": {"kind": "counters", "origin": "2026-03-01"}}})",
     "'datasets.cdn.kind'"},
    {"no_origin",
     R"({"now": "2026-03-10T12:10:00Z", "datasets": {"cdn": {"kind": "counter"}}})",
     "'datasets.cdn.origin': is missing"},
    {"day_that_does_not_exist",
     R"({"now": "2026-03-10T12:10:00Z",
         "datasets": {"cdn": {"kind": "counter", "origin": "2026-02-29"}}})",
     "'datasets.cdn.origin': expected an existing day"},
    {"observed_but_not_listed",
     R"({"now": "2026-03-10T12:10:00Z",
         "datasets": {"cdn": {"kind": "counter", "origin": "2026-03-01"}},
         "observed": {"cnd": {"state": "failed"}}})",
     "'observed.cnd': unknown field (did you mean 'cdn'?)"},
    {"backward_interval",
     R"({"now": "2026-03-10T12:10:00Z",
         "datasets": {"cdn": {"kind": "counter", "origin": "2026-03-01"}},
         "observed": {"cdn": {"state": "ok", "feeds": {"fastly":
             [["2026-03-10T02:00:00Z", "2026-03-10T01:00:00Z"]]}}}})",
     "'observed.cdn.feeds.fastly[0]': expected two instants in order"},
    {"gauge_with_feeds",
     R"({"now": "2026-03-10T12:10:00Z",
         "datasets": {"media": {"kind": "gauge", "origin": "2026-03-01"}},
         "observed": {"media": {"state": "ok", "feeds": {}}}})",
     "'observed.media.feeds': unknown field"},
    {"wrong_status_of_the_previous",
     R"({"now": "2026-03-10T12:10:00Z", "datasets": {},
         "previous": {"now": "2026-03-10T12:10:00Z", "datasets": {"cdn": {"status": "fine"}}}})",
     "'previous.datasets.cdn.status'"},
};

TEST(SyncExplain, names_what_is_wrong_with_its_input) {
    for (const WrongInput& wrong : wrong_inputs) {
        SCOPED_TRACE(wrong.name);
        const ProcessEnd end = run_process(
            {.command = {TIDEMARK_BINARY, "sync", "explain", "-"}, .input = wrong.input});
        EXPECT_EQ(end.exit_code, 2) << end.to_string();
        EXPECT_NE(end.errors.find(wrong.message), std::string::npos) << end.to_string();
        EXPECT_EQ(end.output, "");
    }
}

TEST(SyncExplain, concludes_what_the_document_s_example_is_meant_to_show) {
    const std::string document = read_file(source_directory() / "docs" / "synchronisation.md");
    const std::string_view mark = "```json\n";
    const std::size_t begin = document.find(mark) + mark.size();
    const std::string example = document.substr(begin, document.find("```", begin) - begin);
    const ProcessEnd end =
        run_process({.command = {TIDEMARK_BINARY, "sync", "explain", "-"}, .input = example});
    ASSERT_EQ(end.exit_code, 0) << end.to_string();
    const json cdn = json::parse(end.output)["datasets"]["cdn"];
    EXPECT_EQ(cdn["status"], "ok");
    EXPECT_EQ(cdn["seam"], "2026-03-10T00:00:00Z");
    EXPECT_EQ(cdn["synced_through"], "2026-03-10T12:00:00Z");
}

TEST(SyncExplain, says_what_holds_a_dataset_and_until_when_it_is_due) {
    const char* input = R"({"now": "2026-03-10T12:10:00Z",
        "datasets": {"cdn": {"kind": "counter", "origin": "2026-03-10"}},
        "observed": {"cdn": {"state": "ok", "feeds": {
            "fastly": [["2026-03-10T00:00:00Z", "2026-03-10T12:00:00Z"]],
            "edgecast": [["2026-03-10T00:00:00Z", "2026-03-10T09:00:00Z"],
                         ["2026-03-10T09:30:00Z", "2026-03-10T12:00:00Z"]]}}}})";
    const ProcessEnd end = run_process(
        {.command = {TIDEMARK_BINARY, "sync", "explain", "--why", "-"}, .input = input});
    ASSERT_EQ(end.exit_code, 0) << end.to_string();
    EXPECT_EQ(json::parse(end.output)["datasets"]["cdn"]["why"],
              "held at 2026-03-10T09:00:00Z by the gap 2026-03-10T09:00:00Z to "
              "2026-03-10T09:30:00Z: later data is there, up to 2026-03-10T12:00:00Z; waits for "
              "edgecast, which was due by 2026-03-10T10:15:00Z (1h 55m ago)");
}

}  // namespace
}  // namespace tidemark::test
