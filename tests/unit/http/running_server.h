#pragma once
// A server on a free port of this machine, which answers in a thread of its own.

#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "http/server.h"

namespace tidemark::http {

// The service must outlive it. Stops at the latest when it goes.
class RunningServer {
 public:
    RunningServer() = default;
    RunningServer(const RunningServer&) = delete;
    RunningServer& operator=(const RunningServer&) = delete;
    ~RunningServer() {
        tell_to_stop();
        join();
    }

    void start(ServerOptions options, Service& service) {
        options.port = 0;
        Result<std::unique_ptr<Server>> made = Server::listen(std::move(options), service);
        ASSERT_TRUE(made.has_value()) << made.error().message;
        server_ = std::move(made).value();
        thread_ = std::thread([this] { server_->run(stopping_); });
    }

    void tell_to_stop() { stopping_ = true; }

    void join() {
        if (thread_.joinable()) {
            thread_.join();
        }
    }

    [[nodiscard]] Server& server() const { return *server_; }

 private:
    std::unique_ptr<Server> server_;
    std::atomic<bool> stopping_{false};
    std::thread thread_;
};

}  // namespace tidemark::http
