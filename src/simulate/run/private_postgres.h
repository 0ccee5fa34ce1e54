#pragma once
// PrivatePostgres: a PostgreSQL of the run's own, gone afterwards, whatever happens.
//
// Between the simulator and the server stands a *guardian*, a process of its own that started the
// server, holds one end of a pipe and, when the other end is closed (by stop(), by a crash, by
// kill -9), stops the server and removes its folder. Nobody needs to remember to clean up.

#include <map>
#include <memory>
#include <string>

#include "base/result.h"

namespace tidemark::simulate {

// The folder with `initdb` and `postgres`: the one that pg_config names, one on PATH, or the newest
// of Debian's. Fails with not_found, saying what to install.
Result<std::string> find_postgres_programs();

// Where private servers are kept: TMPDIR, or /tmp. Call before any thread is started.
std::string temporary_folder();

class PrivatePostgres {
 public:
    // Makes a cluster in a new folder below `parent`, as an unprivileged user where this process is
    // root, and starts it on a free port of 127.0.0.1. Call before any thread is started. Fails
    // with not_found (no PostgreSQL) or unavailable, with the end of the server's own words.
    static Result<std::unique_ptr<PrivatePostgres>> start(
        const std::string& parent, const std::map<std::string, std::string>& settings);
    PrivatePostgres(const PrivatePostgres&) = delete;
    PrivatePostgres& operator=(const PrivatePostgres&) = delete;
    // As stop().
    ~PrivatePostgres();

    [[nodiscard]] const std::string& url() const { return url_; }
    [[nodiscard]] const std::string& folder() const { return folder_; }

    // Stops the server at once, without a checkpoint, and starts it again; returns when it answers.
    Result<void> restart();

    // Stops the server and removes the folder; returns when both are done.
    void stop();

 private:
    PrivatePostgres(std::string url, std::string folder, int guardian, int pipe)
        : url_(std::move(url)), folder_(std::move(folder)), guardian_(guardian), pipe_(pipe) {}
    std::string url_;
    std::string folder_;
    int guardian_;
    int pipe_;  // closed: the guardian ends
};

}  // namespace tidemark::simulate
