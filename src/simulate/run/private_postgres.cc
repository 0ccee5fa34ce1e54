#include "simulate/run/private_postgres.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <system_error>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "simulate/run/server_guardian.h"

namespace tidemark::simulate {

namespace {

Error unavailable(std::string words) {
    return {ErrorKind::unavailable, std::move(words)};
}

Result<std::optional<Identity>> unprivileged() {
    if (geteuid() != 0) {
        return std::optional<Identity>();
    }
    for (const char* name : {"postgres", "nobody"}) {
        // Called before any thread is started.
        const passwd* user = getpwnam(name);  // NOLINT(concurrency-mt-unsafe)
        if (user != nullptr) {
            return std::optional(Identity{user->pw_uid, user->pw_gid});
        }
    }
    return Error{ErrorKind::unavailable,
                 "PostgreSQL does not run as root and there is no user postgres; run as another "
                 "user, or name a server in [target] url"};
}

std::uint16_t free_port() {
    const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof(address);
    std::uint16_t port = 0;
    if (bind(probe, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
        getsockname(probe, reinterpret_cast<sockaddr*>(&address), &length) == 0) {
        port = ntohs(address.sin_port);
    }
    close(probe);
    return port;
}

std::string random_word() {
    std::random_device device;
    return fmt::format("{:08x}{:08x}{:08x}", device(), device(), device());
}

// '+' when all is well.
bool is_well(int pipe) {
    char answer = 0;
    ssize_t count = 0;
    while ((count = read(pipe, &answer, 1)) < 0 && errno == EINTR) {
    }
    return count == 1 && answer == '+';
}

std::map<std::string, std::string> with_defaults(std::map<std::string, std::string> settings,
                                                 std::int64_t disk_bytes) {
    const std::map<std::string, std::string> own = {{"listen_addresses", "127.0.0.1"},
                                                    {"unix_socket_directories", ""},
                                                    {"logging_collector", "off"}};
    if (disk_bytes > 0) {
        // The server's log must not be what fills a small disk.
        settings.insert({{"max_wal_size", fmt::format("{}MB", disk_bytes / 4'000'000)},
                         {"min_wal_size", "32MB"}});
    }
    // Room for every writer, and what a small server would be given; the plan's settings win.
    settings.insert({{"max_connections", "300"},
                     {"shared_buffers", "256MB"},
                     {"max_wal_size", "4GB"},
                     {"log_checkpoints", "on"}});
    for (const auto& [name, value] : own) {
        settings[name] = value;
    }
    return settings;
}

}  // namespace

Result<std::string> find_postgres_programs() {
    const auto has_server = [](const std::filesystem::path& folder) {
        return access((folder / "initdb").c_str(), X_OK) == 0 &&
               access((folder / "postgres").c_str(), X_OK) == 0;
    };
    std::vector<std::filesystem::path> folders;
    if (std::FILE* pipe = popen("pg_config --bindir 2>/dev/null", "r"); pipe != nullptr) {
        std::array<char, 4096> line{};
        if (std::fgets(line.data(), line.size(), pipe) != nullptr) {
            std::string folder = line.data();
            folder.erase(folder.find_last_not_of("\n") + 1);
            folders.emplace_back(folder);
        }
        pclose(pipe);
    }
    const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): no thread runs yet
    std::string_view rest = path == nullptr ? "" : path;
    while (!rest.empty()) {
        const std::size_t colon = std::min(rest.find(':'), rest.size());
        folders.emplace_back(rest.substr(0, colon));
        rest.remove_prefix(std::min(colon + 1, rest.size()));
    }
    std::vector<std::pair<int, std::filesystem::path>> debian;
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator("/usr/lib/postgresql", ignored)) {
        debian.emplace_back(std::atoi(entry.path().filename().c_str()), entry.path() / "bin");
    }
    std::ranges::sort(debian, std::greater{});
    for (const auto& [version, folder] : debian) {
        folders.push_back(folder);
    }
    for (const std::filesystem::path& folder : folders) {
        if (has_server(folder)) {
            return folder.string();
        }
    }
    return Error{
        ErrorKind::not_found,
        "no PostgreSQL server is installed (initdb and postgres were looked for by "
        "pg_config, on PATH and below /usr/lib/postgresql); install one, as in apt install "
        "postgresql, or name one in [target] url"};
}

std::string temporary_folder() {
    const char* folder = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): before threads
    return folder == nullptr || *folder == '\0' ? "/tmp" : folder;
}

Result<std::unique_ptr<PrivatePostgres>> PrivatePostgres::start(
    const std::string& parent,
    const std::map<std::string, std::string>& settings,
    std::int64_t disk_bytes) {
    Cluster cluster;
    TIDEMARK_ASSIGN_OR_RETURN(cluster.programs, find_postgres_programs());
    TIDEMARK_ASSIGN_OR_RETURN(cluster.identity, unprivileged());
    cluster.settings = with_defaults(settings, disk_bytes);
    cluster.disk_bytes = disk_bytes;
    std::string name = parent + "/tidemark-postgres-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) {
        return unavailable(
            fmt::format("a folder for a private PostgreSQL cannot be made in '{}'; "
                        "name another with TMPDIR",
                        parent));
    }
    cluster.folder = name;
    cluster.password = random_word();
    cluster.port = free_port();
    std::array<int, 2> pair{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
        std::filesystem::remove_all(cluster.folder);
        return unavailable("no pipe to a private PostgreSQL's guardian can be made");
    }
    const pid_t guardian = fork();
    if (guardian == 0) {
        close(pair[0]);
        guard(cluster, pair[1]);
    }
    close(pair[1]);
    std::unique_ptr<PrivatePostgres> server(new PrivatePostgres(
        fmt::format(
            "postgresql://tidemark:{}@127.0.0.1:{}/postgres", cluster.password, cluster.port),
        cluster.folder,
        guardian,
        pair[0]));
    if (!is_well(server->pipe_)) {
        return unavailable(
            fmt::format("a private PostgreSQL did not start: {}", tail_of(cluster.log())));
    }
    return server;
}

PrivatePostgres::~PrivatePostgres() {
    stop();
}

Result<void> PrivatePostgres::order(char word, const char* failure) {
    if (write(pipe_, &word, 1) != 1 || !is_well(pipe_)) {
        return unavailable(fmt::format(
            "the private PostgreSQL {}: {}", failure, tail_of(folder_ + "/server.log")));
    }
    return {};
}

Result<void> PrivatePostgres::restart() {
    return order(restart_order, "did not come back");
}

Result<void> PrivatePostgres::fill_disk() {
    return order(fill_order, "has a disk that cannot be filled");
}

Result<void> PrivatePostgres::free_disk() {
    return order(free_order, "did not come back when there was room again");
}

void PrivatePostgres::stop() {
    if (pipe_ >= 0) {
        close(pipe_);
        pipe_ = -1;
        wait_for(guardian_);
    }
}

}  // namespace tidemark::simulate
