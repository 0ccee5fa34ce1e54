#pragma once
// The guardian of a private PostgreSQL: the process that makes it, starts it, and removes it when
// nobody is there any more who wanted it.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include <sys/types.h>

#include "base/result.h"

namespace tidemark::simulate {

// Whom the server runs as when this process is root, which PostgreSQL refuses.
struct Identity {
    uid_t user = 0;
    gid_t group = 0;
};

struct Cluster {
    std::string programs{};  // the folder of initdb and postgres
    std::string folder{};
    std::optional<Identity> identity{};
    std::uint16_t port = 0;
    std::string password{};
    std::map<std::string, std::string> settings{};
    std::int64_t disk_bytes = 0;  // of a file system of its own; 0: it lies on the machine's

    [[nodiscard]] std::string disk() const { return folder + "/disk"; }
    [[nodiscard]] std::string data() const { return (disk_bytes > 0 ? disk() : folder) + "/data"; }
    // Outside the disk: it can be read from elsewhere, and written when the disk is full.
    [[nodiscard]] std::string log() const { return folder + "/server.log"; }
};

// What the guardian is told, a byte each.
inline constexpr char restart_order = 'r';
inline constexpr char fill_order = 'f';
inline constexpr char free_order = 'e';

// The guardian's whole life, in a process of its own: it makes the cluster, starts the server, and
// answers that and every order from the pipe with '+' when all is well and '-' when it is not. When
// the pipe's other end is closed it stops the server and removes the folder.
[[noreturn]] void guard(const Cluster& cluster, int pipe);

// The server's own last words of errors.
std::string tail_of(const std::string& log);

// Waits for a child's end.
int wait_for(pid_t child);

}  // namespace tidemark::simulate
