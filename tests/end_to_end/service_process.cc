#include "end_to_end/service_process.h"

#include <charconv>
#include <chrono>
#include <csignal>
#include <string_view>

#include "base/check.h"

namespace tidemark::test {

namespace {

ProcessStart start_of(const TestStore& store, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"serve", "--listen", "127.0.0.1:0"});
    return store.start(std::move(arguments));
}

}  // namespace

ServiceProcess::ServiceProcess(const TestStore& store, std::vector<std::string> arguments)
    : process_(start_of(store, std::move(arguments))) {
    constexpr std::string_view before = "://127.0.0.1:";
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (port_ == 0) {
        TIDEMARK_CHECK(std::chrono::steady_clock::now() < deadline);
        const bool ended = process_.wait(std::chrono::milliseconds(10));
        const std::string log = process_.errors_so_far();
        const std::size_t listening = log.find("serve.listening");
        const std::size_t found =
            listening == std::string::npos ? listening : log.find(before, listening);
        if (found != std::string::npos && log.find('\n', found) != std::string::npos) {
            const char* const digits = log.data() + found + before.size();
            std::from_chars(digits, log.data() + log.size(), port_);
        }
        TIDEMARK_CHECK(port_ != 0 || !ended);
    }
}

ProcessEnd ServiceProcess::stop() {
    process_.send_signal(SIGTERM);
    return process_.finish();
}

}  // namespace tidemark::test
