#pragma once
// A PostgreSQL database of a test's own, on the server of TIDEMARK_TEST_POSTGRES.

#include <optional>
#include <string>

namespace tidemark::test {

// The server's URL as tools/with_services gives it, a superuser's; empty where no server is given:
// tests that need it skip and say so.
std::optional<std::string> postgres_server();

// Made empty, and dropped with whoever is still connected.
class ScratchDatabase {
 public:
    // On the server of postgres_server(), which must be there.
    ScratchDatabase();
    // On a server of which this is a superuser's URL.
    explicit ScratchDatabase(std::string server);
    ScratchDatabase(const ScratchDatabase&) = delete;
    ScratchDatabase& operator=(const ScratchDatabase&) = delete;
    ~ScratchDatabase();

    [[nodiscard]] const std::string& url() const { return url_; }

    // Ends every connection and lets nobody in; or lets them in again.
    void shut() const;
    void open() const;

    // Runs statements in it as the superuser and returns the first value of the last one, or "".
    // A statement that fails ends the test program: tests say what is right.
    [[nodiscard]] std::string run(const std::string& sql) const;

 private:
    std::string server_;
    std::string name_;
    std::string url_;
};

}  // namespace tidemark::test
