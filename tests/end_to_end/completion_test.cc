// Completion, asked as a shell asks: the script is read by a real bash, which then completes.

#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/process.h"

namespace tidemark::test {
namespace {

struct HalfTyped {
    const char* name;
    const char* words;  // in bash's own syntax, after the program's name
    const char* proposed;
};

std::ostream& operator<<(std::ostream& stream, const HalfTyped& line) {
    return stream << line.name;
}

class Completion : public testing::TestWithParam<HalfTyped> {};

TEST_P(Completion, bash_proposes_what_fits) {
    const std::string program = TIDEMARK_BINARY;
    const std::string script = "source <('" + program + "' completion bash); COMP_WORDS=('" +
                               program + "' " + GetParam().words +
                               "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _tidemark; "
                               "printf '%s ' \"${COMPREPLY[@]}\"";
    const ProcessEnd end = run_process({.command = {"/bin/bash", "-c", script}});
    EXPECT_EQ(end.exit_code, 0) << end.to_string();
    EXPECT_EQ(end.output, GetParam().proposed);
}

INSTANTIATE_TEST_SUITE_P(
    Lines,
    Completion,
    testing::Values(HalfTyped{"a_command", "agg", "aggregate "},
                    HalfTyped{"commands_of_a_command", "config ''", "check "},
                    HalfTyped{"an_option", "usage --su", "--subject "},
                    HalfTyped{
                        "an_option_after_a_value", "usage --store compact --su", "--subject "},
                    HalfTyped{"a_value_is_the_shell_s", "usage --store ''", " "},
                    HalfTyped{"nothing_fits", "zzz", " "}),
    [](const testing::TestParamInfo<HalfTyped>& line) { return std::string(line.param.name); });

TEST(CompletionScript, every_named_shell_has_one_and_another_is_an_error) {
    const std::string program = TIDEMARK_BINARY;
    for (const char* shell : {"bash", "zsh", "fish"}) {
        const ProcessEnd end = run_process({.command = {program, "completion", shell}});
        EXPECT_EQ(end.exit_code, 0) << end.to_string();
        EXPECT_NE(end.output.find("completion --words"), std::string::npos) << end.output;
    }
    const ProcessEnd end = run_process({.command = {program, "completion", "csh"}});
    EXPECT_EQ(end.exit_code, 2);
    EXPECT_EQ(end.errors, "tidemark: completion 'csh': expected bash, zsh or fish\n");
}

}  // namespace
}  // namespace tidemark::test
