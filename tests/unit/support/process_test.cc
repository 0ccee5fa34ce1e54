#include "support/process.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <signal.h>

#include "support/temporary_directory.h"

namespace tidemark::test {
namespace {

ProcessStart shell(const std::string& script) {
    return {.command = {"/bin/sh", "-c", script}};
}

TEST(Process, captures_both_outputs_and_the_exit_code) {
    const ProcessEnd end = run_process(shell("echo out; echo err >&2; exit 3"));
    EXPECT_EQ(end.output, "out\n");
    EXPECT_EQ(end.errors, "err\n");
    EXPECT_EQ(end.exit_code, 3);
    EXPECT_FALSE(end.timed_out);
}

TEST(Process, passes_input_environment_and_folder) {
    const TemporaryDirectory folder;
    ProcessStart start = shell("cat; echo $TIDEMARK_X; echo ${HOME-none}; pwd");
    start.input = "in\n";
    start.environment = {{"TIDEMARK_X", "y"}, {"HOME", ""}};
    start.working_directory = folder.path();
    EXPECT_EQ(run_process(start).output, "in\ny\nnone\n" + folder.path().string() + "\n");
}

TEST(Process, ends_by_the_signal_it_is_sent) {
    Process process(shell("sleep 600"));
    EXPECT_FALSE(process.wait(std::chrono::milliseconds(1)));
    process.send_signal(SIGKILL);
    EXPECT_EQ(process.finish().exit_code, 128 + SIGKILL);
}

TEST(Process, is_killed_at_the_deadline) {
    EXPECT_TRUE(Process(shell("sleep 600")).finish(std::chrono::seconds(0)).timed_out);
}

TEST(Process, is_gone_with_its_scope) {
    int pid = 0;
    {
        const Process process(shell("sleep 600"));
        pid = process.pid();
    }
    EXPECT_FALSE(std::filesystem::exists("/proc/" + std::to_string(pid)));
}

}  // namespace
}  // namespace tidemark::test
