#pragma once
// A Redis of a test's own, which it may kill and start again.

#include <memory>
#include <string>
#include <vector>

#include "support/process.h"
#include "support/temporary_directory.h"

namespace tidemark::test {

// Whether there is a redis-server to start; tests that need it skip and say so.
bool redis_is_installed();

// Started when made, ended with the object. Keeps nothing on disk: started again it is empty.
class ScratchRedis {
 public:
    explicit ScratchRedis(std::vector<std::string> options = {});

    // "redis://127.0.0.1:PORT".
    [[nodiscard]] std::string url() const;
    [[nodiscard]] int port() const { return port_; }
    [[nodiscard]] const TemporaryDirectory& folder() const { return folder_; }

    void kill();
    // On the same port; returns when it takes commands.
    void start();

    // What redis-cli prints for the command, without the line end.
    [[nodiscard]] std::string run(std::vector<std::string> command) const;

 private:
    TemporaryDirectory folder_;
    std::vector<std::string> options_;
    int port_ = 0;
    std::unique_ptr<Process> server_;
};

}  // namespace tidemark::test
