// The shipped examples are plans, and so is what `simulate init` writes.

#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/process.h"
#include "support/temporary_directory.h"

namespace tidemark::test {
namespace {

ProcessEnd simulate(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {TIDEMARK_BINARY, "simulate"});
    return run_process({.command = std::move(arguments)});
}

class ExamplePlan : public testing::TestWithParam<const char*> {};

TEST_P(ExamplePlan, is_accepted_and_shown_without_a_database) {
    const auto path = std::filesystem::path(TIDEMARK_SOURCE_DIR) / "examples" /
                      (std::string(GetParam()) + ".toml");
    const ProcessEnd end = simulate({"check", path.string()});
    EXPECT_EQ(end.exit_code, 0) << end.to_string();
    EXPECT_NE(end.output.find(std::string("plan ") + GetParam()), std::string::npos);
    EXPECT_NE(end.output.find("busiest minute"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Cases,
                         ExamplePlan,
                         testing::Values("media_library",
                                         "usage_service",
                                         "usage_service_refresh",
                                         "usage_service_refresh_concurrently",
                                         "worst_case",
                                         "tidemark_schema",
                                         "real_day"),
                         [](const auto& test) { return std::string(test.param); });

TEST(SimulateCheck, shows_the_chosen_services_alone) {
    const auto path = std::filesystem::path(TIDEMARK_SOURCE_DIR) / "examples/usage_service.toml";
    const ProcessEnd end = simulate(
        {"check", path.string(), "--services=aggregations,media_library", "--runs_per_hour=4"});
    EXPECT_EQ(end.exit_code, 0) << end.to_string();
    EXPECT_NE(end.output.find("every 15m"), std::string::npos) << end.output;
    EXPECT_NE(end.output.find("media_bytes_stored"), std::string::npos);
    EXPECT_EQ(end.output.find("site_report"), std::string::npos);
}

TEST(Simulate, without_a_plan_runs_the_services_that_it_carries) {
    const ProcessEnd unknown = simulate({"--services=aggregation"});
    EXPECT_EQ(unknown.exit_code, 2);
    EXPECT_NE(unknown.errors.find("no writer has service 'aggregation' (did you mean "
                                  "'aggregations'?)"),
              std::string::npos)
        << unknown.errors;
    EXPECT_EQ(simulate({}).exit_code, 2);
}

TEST(SimulateInit, writes_a_plan_that_check_accepts_and_never_overwrites) {
    const TemporaryDirectory folder;
    const std::string path = folder.path() / "plan.toml";
    EXPECT_EQ(simulate({"init", path}).exit_code, 0);
    EXPECT_EQ(simulate({"init"}).output, read_file(path));
    EXPECT_EQ(simulate({"check", path}).exit_code, 0);
    const ProcessEnd again = simulate({"init", path});
    EXPECT_EQ(again.exit_code, 3);
    EXPECT_NE(again.errors.find("is there already"), std::string::npos);
}

TEST(SimulateCheck, tells_a_wrong_plan_in_one_line) {
    const TemporaryDirectory folder;
    const std::string path = folder.write("plan.toml", "seed = 1\nwritter = 2\n");
    const ProcessEnd end = simulate({"check", path});
    EXPECT_EQ(end.exit_code, 2);
    EXPECT_EQ(end.errors,
              "tidemark: " + path + ":2: unknown key 'writter' (did you mean 'writer'?)\n");
}

}  // namespace
}  // namespace tidemark::test
