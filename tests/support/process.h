#pragma once
// Process: another program, started with its output captured, and never left behind: it is killed
// when its Process goes out of scope, and when the test's own process dies.

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tidemark::test {

struct ProcessStart {
    std::vector<std::string> command;  // the program's path, then its arguments
    // Added to the environment; an empty value takes the variable away.
    std::vector<std::pair<std::string, std::string>> environment{};
    std::string working_directory{};        // empty: the test's
    std::string input{};                    // standard input
    std::optional<unsigned int> user_id{};  // run as this user and group (needs root)
};

struct ProcessEnd {
    int exit_code = 0;  // 128 + the signal's number when a signal ended it
    bool timed_out = false;
    std::string output;  // standard output
    std::string errors;  // standard error

    // All of it, for the message of a failed expectation.
    [[nodiscard]] std::string to_string() const;
};

// One thread at a time.
class Process {
 public:
    explicit Process(const ProcessStart& start);
    Process(Process&& other) noexcept;
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    Process& operator=(Process&&) = delete;
    ~Process();

    // True when it has ended; waits up to `timeout` for that.
    bool wait(std::chrono::microseconds timeout);

    void send_signal(int signal);

    // What it has written to standard output and to standard error until now.
    [[nodiscard]] std::string output_so_far() const;
    [[nodiscard]] std::string errors_so_far() const;

    // Waits for its end, kills it at the deadline, and returns what it was.
    ProcessEnd finish(std::chrono::seconds deadline = std::chrono::seconds(120));

    [[nodiscard]] int pid() const { return pid_; }

 private:
    int pid_ = -1;
    int pid_fd_ = -1;  // tells of the end without a wait that others could steal
    int output_fd_ = -1;
    int errors_fd_ = -1;
    std::optional<int> status_;
};

// Starts it, waits for its end.
ProcessEnd run_process(const ProcessStart& start);

}  // namespace tidemark::test
