#include "simulate/run/writer_children.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "simulate/run/monotonic.h"

namespace tidemark::simulate {

namespace {

constexpr std::size_t words_max = 2000;

bool make_pipe(std::array<int, 2>& pair) {
    return pipe2(pair.data(), O_CLOEXEC) == 0;
}

[[noreturn]] void become_writer(const WriterCommand& command, int input, int output, int errors) {
    // The terminal's Ctrl-C is for the orchestrator, which ends its writers itself.
    setpgid(0, 0);
    if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        dup2(errors, STDERR_FILENO) < 0) {
        _exit(126);
    }
    std::vector<char*> arguments = {const_cast<char*>(command.program.c_str())};
    for (const std::string& word : command.arguments) {
        arguments.push_back(const_cast<char*>(word.c_str()));
    }
    arguments.push_back(nullptr);
    execv(command.program.c_str(), arguments.data());
    _exit(127);
}

void write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = write(descriptor, text.data(), text.size());
        if (written <= 0) {
            return;  // it ended; look() tells how
        }
        text.remove_prefix(static_cast<std::size_t>(written));
    }
}

}  // namespace

WriterChild::~WriterChild() {
    if (running()) {
        send_signal(SIGKILL);
        int status = 0;
        waitpid(pid_, &status, 0);
    }
    close_pipes();
}

void WriterChild::close_pipes() {
    for (int* descriptor : {&input_, &output_, &errors_}) {
        if (*descriptor >= 0) {
            close(*descriptor);
            *descriptor = -1;
        }
    }
}

Result<void> WriterChild::start(const WriterCommand& command) {
    close_pipes();
    std::array<int, 2> input{-1, -1};
    std::array<int, 2> output{-1, -1};
    std::array<int, 2> errors{-1, -1};
    const bool made = make_pipe(input) && make_pipe(output) && make_pipe(errors);
    pid_ = made ? fork() : -1;
    if (pid_ == 0) {
        become_writer(command, input[0], output[1], errors[1]);
    }
    const int reason = errno;
    for (const int descriptor : {input[0], output[1], errors[1]}) {
        if (descriptor >= 0) {
            close(descriptor);
        }
    }
    input_ = input[1];
    output_ = output[0];
    errors_ = errors[0];
    if (pid_ < 0) {
        return Error{ErrorKind::unavailable,
                     fmt::format("writer '{}': no process can be started: {}",
                                 orders_.writer,
                                 std::generic_category().message(reason))};
    }
    fcntl(errors_, F_SETFL, O_NONBLOCK);
    write_all(input_, to_text(orders_));
    return {};
}

bool WriterChild::wait_until_ready(std::int64_t deadline_us) {
    std::string said;
    while (said.find("ready\n") == std::string::npos) {
        const std::int64_t left_us = deadline_us - monotonic_us();
        pollfd waiting{.fd = output_, .events = POLLIN, .revents = 0};
        if (left_us <= 0 || poll(&waiting, 1, static_cast<int>(left_us / 1000) + 1) <= 0) {
            if (left_us > 0 && errno == EINTR) {
                continue;
            }
            return false;
        }
        std::array<char, 64> bytes{};
        const ssize_t count = read(output_, bytes.data(), bytes.size());
        if (count <= 0) {
            return false;
        }
        said.append(bytes.data(), static_cast<std::size_t>(count));
    }
    return true;
}

void WriterChild::tell_start(std::int64_t start_us) {
    write_all(input_, fmt::format("{}\n", start_us));
}

void WriterChild::read_words() {
    std::array<char, 1024> bytes{};
    for (ssize_t count = read(errors_, bytes.data(), bytes.size()); count > 0;
         count = read(errors_, bytes.data(), bytes.size())) {
        words_.append(bytes.data(), static_cast<std::size_t>(count));
    }
    if (words_.size() > words_max) {
        words_.erase(0, words_.size() - words_max);
    }
}

bool WriterChild::look() {
    if (!running()) {
        return false;
    }
    read_words();
    int status = 0;
    rusage usage{};
    if (wait4(pid_, &status, WNOHANG, &usage) != pid_) {
        return false;
    }
    pid_ = -1;
    read_words();
    end_.cpu_us += (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * second_us +
                   usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
    end_.last_end = WIFSIGNALED(status) ? fmt::format("signal {}", WTERMSIG(status))
                                        : fmt::format("exit {}", WEXITSTATUS(status));
    done_ = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return true;
}

void WriterChild::send_signal(int signal) const {
    if (running()) {
        kill(pid_, signal);
    }
}

}  // namespace tidemark::simulate
