#pragma once
// A Redis of a test's own, which it may kill and start again.

#include <memory>
#include <string>
#include <vector>

#include "support/certificate.h"
#include "support/process.h"
#include "support/temporary_directory.h"

namespace tidemark::test {

// Whether there is a redis-server to start; tests that need it skip and say so.
bool redis_is_installed();

// Whom it lets in.
struct RedisAccess {
    std::string password{};                    // empty: everybody
    const Certificate* certificate = nullptr;  // then it speaks TLS, and nothing else
};

// Started when made, ended with the object. Keeps nothing on disk: started again it is empty.
class ScratchRedis {
 public:
    // Borrows the certificate.
    explicit ScratchRedis(RedisAccess access = {});

    // "redis://127.0.0.1:PORT", "rediss://" for TLS; with `password` where one is given.
    [[nodiscard]] std::string url(const std::string& password = "") const;
    [[nodiscard]] int port() const { return port_; }
    [[nodiscard]] const TemporaryDirectory& folder() const { return folder_; }

    void kill();
    // On the same port; returns when it takes commands.
    void start();

    // What redis-cli prints for the command, without the line end.
    [[nodiscard]] std::string run(const std::vector<std::string>& command) const;

 private:
    TemporaryDirectory folder_;
    RedisAccess access_;
    int port_ = 0;
    std::unique_ptr<Process> server_;
};

}  // namespace tidemark::test
