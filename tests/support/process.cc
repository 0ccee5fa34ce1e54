#include "support/process.h"

#include <algorithm>
#include <string_view>

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

namespace tidemark::test {

namespace {

constexpr int exit_code_of_failed_start = 127;

// A file in memory: the child may write as much as it likes, and nobody has to read meanwhile.
int memory_file(const char* name, const std::string& content) {
    const int file = ::memfd_create(name, MFD_CLOEXEC);
    TIDEMARK_CHECK(file >= 0);
    TIDEMARK_CHECK(::pwrite(file, content.data(), content.size(), 0) ==
                   static_cast<ssize_t>(content.size()));
    return file;
}

std::string content_of(int file) {
    const off_t size = ::lseek(file, 0, SEEK_END);
    std::string content(static_cast<std::size_t>(std::max<off_t>(size, 0)), '\0');
    const ssize_t count = ::pread(file, content.data(), content.size(), 0);
    content.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    return content;
}

std::vector<std::string> environment_of(const ProcessStart& start) {
    std::vector<std::string> variables;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string_view text = *variable;
        const std::string_view name = text.substr(0, text.find('='));
        const bool replaced = std::ranges::any_of(
            start.environment, [name](const auto& added) { return added.first == name; });
        if (!replaced) {
            variables.emplace_back(text);
        }
    }
    for (const auto& [name, value] : start.environment) {
        if (!value.empty()) {
            variables.push_back(name);
            variables.back().append("=").append(value);
        }
    }
    return variables;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (std::string& text : texts) {
        pointers.push_back(text.data());
    }
    pointers.push_back(nullptr);
    return pointers;
}

// What the child does between fork and exec: only calls that are safe there.
struct ChildPlan {
    char** command;
    char** environment;
    const char* working_directory;
    std::optional<unsigned int> user_id;
    int input, output, errors;
    pid_t parent;
};

[[noreturn]] void become(const ChildPlan& plan) {
    ::dup2(plan.input, STDIN_FILENO);
    ::dup2(plan.output, STDOUT_FILENO);
    ::dup2(plan.errors, STDERR_FILENO);
    bool ready = *plan.working_directory == '\0' || ::chdir(plan.working_directory) == 0;
    if (plan.user_id.has_value()) {
        ready = ready && ::setgroups(0, nullptr) == 0 && ::setgid(*plan.user_id) == 0 &&
                ::setuid(*plan.user_id) == 0;
    }
    // After the change of user, which would take it back.
    ready = ready && ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == plan.parent;
    if (ready) {
        ::execve(plan.command[0], plan.command, plan.environment);
    }
    ::_exit(exit_code_of_failed_start);
}

}  // namespace

std::string ProcessEnd::to_string() const {
    return "exit code " + std::to_string(exit_code) +
           (timed_out ? ", killed at the deadline" : "") + "\n--- standard output\n" + output +
           "--- standard error\n" + errors;
}

Process::Process(const ProcessStart& start)
    : output_fd_(memory_file("output", "")), errors_fd_(memory_file("errors", "")) {
    std::vector<std::string> command = start.command;
    std::vector<std::string> environment = environment_of(start);
    const std::vector<char*> command_pointers = pointers_to(command);
    const std::vector<char*> environment_pointers = pointers_to(environment);
    const int input = memory_file("input", start.input);
    TIDEMARK_CHECK(::lseek(input, 0, SEEK_SET) == 0);
    const ChildPlan plan{.command = const_cast<char**>(command_pointers.data()),
                         .environment = const_cast<char**>(environment_pointers.data()),
                         .working_directory = start.working_directory.c_str(),
                         .user_id = start.user_id,
                         .input = input,
                         .output = output_fd_,
                         .errors = errors_fd_,
                         .parent = ::getpid()};
    pid_ = ::fork();
    TIDEMARK_CHECK(pid_ >= 0);
    if (pid_ == 0) {
        become(plan);
    }
    ::close(input);
    // By number: the header of glibc 2.36 declares pidfd_open for C alone.
    pid_fd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    TIDEMARK_CHECK(pid_fd_ >= 0);
}

Process::Process(Process&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pid_fd_(std::exchange(other.pid_fd_, -1)),
      output_fd_(std::exchange(other.output_fd_, -1)),
      errors_fd_(std::exchange(other.errors_fd_, -1)),
      status_(other.status_) {}

Process::~Process() {
    if (pid_ >= 0 && !status_.has_value()) {
        send_signal(SIGKILL);
        int status = 0;
        ::waitpid(pid_, &status, 0);
    }
    for (const int file : {pid_fd_, output_fd_, errors_fd_}) {
        if (file >= 0) {
            ::close(file);
        }
    }
}

bool Process::wait(std::chrono::microseconds timeout) {
    if (status_.has_value()) {
        return true;
    }
    pollfd ended{.fd = pid_fd_, .events = POLLIN, .revents = 0};
    const auto nanoseconds = std::chrono::nanoseconds(timeout).count();
    const timespec limit{.tv_sec = nanoseconds / 1'000'000'000,
                         .tv_nsec = nanoseconds % 1'000'000'000};
    if (::ppoll(&ended, 1, &limit, nullptr) != 1) {
        return false;
    }
    int status = 0;
    TIDEMARK_CHECK(::waitpid(pid_, &status, 0) == pid_);
    status_ = status;
    return true;
}

void Process::send_signal(int signal) {
    if (!status_.has_value()) {
        ::kill(pid_, signal);  // not waited for yet, so the number is still its own
    }
}

std::string Process::output_so_far() const {
    return content_of(output_fd_);
}

std::string Process::errors_so_far() const {
    return content_of(errors_fd_);
}

ProcessEnd Process::finish(std::chrono::seconds deadline) {
    ProcessEnd end;
    if (!wait(deadline)) {
        end.timed_out = true;
        send_signal(SIGKILL);
        while (!wait(std::chrono::seconds(1))) {
        }
    }
    end.exit_code = WIFSIGNALED(*status_) ? 128 + WTERMSIG(*status_) : WEXITSTATUS(*status_);
    end.output = content_of(output_fd_);
    end.errors = content_of(errors_fd_);
    return end;
}

ProcessEnd run_process(const ProcessStart& start) {
    return Process(start).finish();
}

}  // namespace tidemark::test
