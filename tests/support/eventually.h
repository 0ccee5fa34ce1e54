#pragma once
// Waiting for what another process does.

#include <chrono>
#include <functional>
#include <thread>

namespace tidemark::test {

// Looks again and again until it holds; false at the deadline.
inline bool eventually(const std::function<bool()>& holds,
                       std::chrono::seconds within = std::chrono::seconds(30)) {
    const auto deadline = std::chrono::steady_clock::now() + within;
    while (!holds()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
    return true;
}

}  // namespace tidemark::test
