#pragma once
// `tidemark serve` on a test's own store, started and awaited.

#include <cstdint>
#include <string>
#include <vector>

#include "end_to_end/test_store.h"
#include "support/process.h"

namespace tidemark::test {

class ServiceProcess {
 public:
    // Returns when it listens; ends the test program when it does not.
    explicit ServiceProcess(const TestStore& store, std::vector<std::string> arguments = {});

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] Process& process() { return process_; }

    // Ends it in good order.
    ProcessEnd stop();

 private:
    Process process_;
    std::uint16_t port_ = 0;
};

}  // namespace tidemark::test
