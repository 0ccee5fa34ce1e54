// Generated logs with one line in twenty spoilt, in every format: what `aggregate` finds equals
// what the generator counted from its requests, before any of them became a line.

#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "end_to_end/test_store.h"
#include "support/environment.h"

namespace tidemark::test {
namespace {

using nlohmann::json;

struct FormatCase {
    std::string generated;
    std::string read_as;
    // Formats told apart by blanks cannot say why the second half of a split record is none.
    bool same_reasons = true;
};

class GeneratedLogs : public testing::TestWithParam<FormatCase> {};

TEST_P(GeneratedLogs, are_counted_as_the_generator_counted_them) {
    const FormatCase& format = GetParam();
    const TestStore store(StoreKind::sqlite);
    const std::string seed = std::to_string(announced_seed());
    const ProcessEnd written = run_process({.command = {TIDEMARK_BINARY,
                                                        "generate",
                                                        "--format",
                                                        format.generated,
                                                        "--seed",
                                                        seed,
                                                        "--lines",
                                                        "20000",
                                                        "--malformed",
                                                        "0.05",
                                                        "--truth",
                                                        "truth.json",
                                                        "--output",
                                                        "generated.log"},
                                            .working_directory = store.folder().path()});
    ASSERT_EQ(written.exit_code, 0) << written.to_string();
    std::vector<std::string> arguments = {
        TIDEMARK_BINARY, "aggregate", "--dry-run", "--json", "--format", format.read_as};
    if (format.read_as != "ping") {
        arguments.insert(arguments.end(), {"--subject", "path:1"});
    }
    arguments.emplace_back("generated.log");
    const ProcessEnd read =
        run_process({.command = arguments, .working_directory = store.folder().path()});
    ASSERT_EQ(read.exit_code, 0) << read.to_string();

    std::ifstream truth_file(std::filesystem::path(store.folder().path()) / "truth.json");
    const json truth = json::parse(truth_file);
    const json found = json::parse(read.output);
    EXPECT_GT(found.at("rejected").get<int>(), 0);
    for (const char* key : {"lines",
                            "comments",
                            "accepted",
                            "rejected",
                            "ignored",
                            "ignored_by_rule",
                            "subjects",
                            "totals",
                            "by_day",
                            "by_slot"}) {
        EXPECT_EQ(found.at(key), truth.at(key)) << key;
    }
    if (format.same_reasons) {
        EXPECT_EQ(found.at("rejected_by_reason"), truth.at("rejected_by_reason"));
    }
}

INSTANTIATE_TEST_SUITE_P(Formats,
                         GeneratedLogs,
                         testing::Values(FormatCase{"combined", "combined"},
                                         FormatCase{"fastly", "fastly"},
                                         FormatCase{"fastly_text", "fastly"},
                                         FormatCase{"edgecast", "edgecast", false},
                                         FormatCase{"cloudfront", "cloudfront"},
                                         FormatCase{"w3c", "w3c", false},
                                         FormatCase{"json", "json"},
                                         FormatCase{"delimited", "delimited", false},
                                         FormatCase{"ping", "ping"}),
                         [](const auto& test) { return test.param.generated; });

}  // namespace
}  // namespace tidemark::test
