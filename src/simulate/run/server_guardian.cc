#include "simulate/run/server_guardian.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "simulate/run/monotonic.h"

namespace tidemark::simulate {

namespace {

constexpr std::int64_t start_timeout_us = 60'000'000;
constexpr std::int64_t stop_timeout_us = 20'000'000;

Error unavailable(std::string words) {
    return {ErrorKind::unavailable, std::move(words)};
}

// In a child, before exec: become the user, leave the terminal's group, die with the parent.
void become(const std::optional<Identity>& identity) {
    setpgid(0, 0);
    if (identity.has_value()) {
        if (setgroups(0, nullptr) != 0 || setgid(identity->group) != 0 ||
            setuid(identity->user) != 0) {
            _exit(126);
        }
    }
    prctl(PR_SET_PDEATHSIG, SIGQUIT);
}

pid_t spawn(const std::vector<std::string>& command,
            const std::optional<Identity>& identity,
            const std::string& folder,
            const std::string& log) {
    const pid_t child = fork();
    if (child != 0) {
        return child;
    }
    become(identity);
    const int output = open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    const int input = open("/dev/null", O_RDONLY);
    if (chdir(folder.c_str()) != 0 || dup2(input, STDIN_FILENO) < 0 ||
        dup2(output, STDOUT_FILENO) < 0 || dup2(output, STDERR_FILENO) < 0) {
        _exit(126);
    }
    for (int descriptor = 3; descriptor < 256; ++descriptor) {
        close(descriptor);
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    std::vector<char*> arguments;
    for (const std::string& word : command) {
        arguments.push_back(const_cast<char*>(word.c_str()));
    }
    arguments.push_back(nullptr);
    execv(arguments[0], arguments.data());
    _exit(127);
}

bool answers(std::uint16_t port) {
    const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    const bool answered =
        connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    close(probe);
    return answered;
}

// A server that listens may still be recovering; its own file says when it takes connections.
bool is_ready(const std::string& data, std::uint16_t port) {
    std::ifstream stream(data + "/postmaster.pid");
    std::string line;
    std::string last;
    while (std::getline(stream, line)) {
        last = line;
    }
    return last.starts_with("ready") && answers(port);
}

pid_t start_server(const Cluster& cluster) {
    std::vector<std::string> command = {cluster.programs + "/postgres",
                                        "-D",
                                        cluster.data(),
                                        fmt::format("--port={}", cluster.port)};
    for (const auto& [name, value] : cluster.settings) {
        command.push_back(fmt::format("--{}={}", name, value));
    }
    return spawn(command, cluster.identity, cluster.folder, cluster.log());
}

// False when the server ended or the time was up.
bool wait_until_ready(const Cluster& cluster, pid_t server) {
    const std::int64_t deadline_us = monotonic_us() + start_timeout_us;
    while (monotonic_us() < deadline_us) {
        if (waitpid(server, nullptr, WNOHANG) == server) {
            return false;
        }
        if (is_ready(cluster.data(), cluster.port)) {
            return true;
        }
        usleep(20'000);
    }
    return false;
}

void end_server(pid_t server) {
    for (const int signal : {SIGINT, SIGQUIT, SIGKILL}) {
        if (kill(server, signal) != 0) {
            return;
        }
        const std::int64_t deadline_us = monotonic_us() + stop_timeout_us;
        while (monotonic_us() < deadline_us) {
            if (waitpid(server, nullptr, WNOHANG) != 0) {
                return;
            }
            usleep(10'000);
        }
    }
}

Result<void> make_cluster(const Cluster& cluster) {
    const std::string password_file = cluster.folder + "/password";
    std::ofstream(password_file) << cluster.password;
    std::filesystem::permissions(password_file, std::filesystem::perms::owner_read);
    if (cluster.identity.has_value() &&
        (chown(cluster.folder.c_str(), cluster.identity->user, cluster.identity->group) != 0 ||
         chown(password_file.c_str(), cluster.identity->user, cluster.identity->group) != 0)) {
        return unavailable("the folder of a private PostgreSQL cannot be given to its user");
    }
    const pid_t made = spawn({cluster.programs + "/initdb",
                              "--pgdata",
                              cluster.data(),
                              "--username",
                              "tidemark",
                              "--pwfile",
                              password_file,
                              "--auth",
                              "scram-sha-256",
                              "--encoding",
                              "UTF8",
                              "--locale",
                              "C.UTF-8",
                              "--no-sync"},
                             cluster.identity,
                             cluster.folder,
                             cluster.log());
    if (wait_for(made) != 0) {
        return unavailable(fmt::format("initdb failed: {}", tail_of(cluster.log())));
    }
    return {};
}

// Makes a name space in which this process may mount; the user stays who it is, as PostgreSQL does
// not run as root.
bool leave_name_space() {
    const uid_t user = geteuid();
    const gid_t group = getegid();
    if (user == 0) {
        return unshare(CLONE_NEWNS) == 0;
    }
    const auto say = [](const char* path, const std::string& text) {
        std::ofstream stream(path);
        stream << text;
        stream.flush();
        return stream.good();
    };
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && say("/proc/self/setgroups", "deny") &&
           say("/proc/self/uid_map", fmt::format("{0} {0} 1", user)) &&
           say("/proc/self/gid_map", fmt::format("{0} {0} 1", group));
}

// A file system in memory that this process and its children alone see, and that ends with them.
Result<void> mount_disk(const Cluster& cluster) {
    const uid_t owner = cluster.identity.has_value() ? cluster.identity->user : geteuid();
    const std::string options = fmt::format("size={},mode=0700,uid={}", cluster.disk_bytes, owner);
    if (!leave_name_space() || mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mkdir(cluster.disk().c_str(), 0755) != 0 ||
        mount("tidemark", cluster.disk().c_str(), "tmpfs", 0, options.c_str()) != 0) {
        return unavailable(fmt::format(
            "a file system of the server's own cannot be mounted: {}; run as root, allow user name "
            "spaces, or leave out `disk` and disk_full",
            std::generic_category().message(errno)));
    }
    return {};
}

bool resize_disk(const Cluster& cluster, std::uint64_t bytes) {
    const std::string options = fmt::format("size={}", bytes);
    return mount(nullptr, cluster.disk().c_str(), nullptr, MS_REMOUNT, options.c_str()) == 0;
}

// Makes it as large as what is on it: full at once, whatever its size was.
bool fill_disk(const Cluster& cluster) {
    constexpr int tries = 1000;  // the server goes on writing, and less than there is is refused
    for (int times = 0; times < tries; ++times) {
        struct statvfs room {};
        if (statvfs(cluster.disk().c_str(), &room) != 0) {
            return false;
        }
        if (resize_disk(cluster, (room.f_blocks - room.f_bfree) * room.f_frsize)) {
            return true;
        }
    }
    return false;
}

// A server that answers: the one that is there, or another one where it has ended.
bool revive(const Cluster& cluster, pid_t& server) {
    if (waitpid(server, nullptr, WNOHANG) != 0) {
        server = start_server(cluster);
    }
    return wait_until_ready(cluster, server);
}

bool obey(const Cluster& cluster, char order, pid_t& server) {
    switch (order) {
        case restart_order:
            if (kill(server, SIGQUIT) == 0) {
                wait_for(server);
            }
            server = start_server(cluster);
            return wait_until_ready(cluster, server);
        case fill_order:
            return fill_disk(cluster);
        case free_order:
            return resize_disk(cluster, static_cast<std::uint64_t>(cluster.disk_bytes)) &&
                   revive(cluster, server);
        default:
            return false;
    }
}

// Says how it went, then waits for an order; false when there will be none.
bool next_order(bool well, int pipe, char& order) {
    const char answer = well ? '+' : '-';
    if (write(pipe, &answer, 1) != 1) {
        return false;
    }
    ssize_t count = 0;
    while ((count = read(pipe, &order, 1)) < 0 && errno == EINTR) {
    }
    return count == 1;
}

// The server's first start; what went wrong is left in its log.
bool begin_server(const Cluster& cluster, pid_t& server) {
    Result<void> made;
    if (cluster.disk_bytes > 0) {
        made = mount_disk(cluster);
    }
    if (made.has_value()) {
        made = make_cluster(cluster);
    }
    if (!made.has_value()) {
        std::ofstream(cluster.log(), std::ios::app) << "FATAL: " << made.error().message << '\n';
        return false;
    }
    server = start_server(cluster);
    return wait_until_ready(cluster, server);
}

}  // namespace

int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

std::string tail_of(const std::string& log) {
    std::ifstream stream(log);
    std::string line;
    std::string kept;
    while (std::getline(stream, line)) {
        if (line.find("FATAL") != std::string::npos || line.find("error") != std::string::npos ||
            line.find("HINT") != std::string::npos) {
            kept += (kept.empty() ? "" : "; ") + line;
        }
        if (kept.size() > 600) {
            kept.erase(0, kept.size() - 600);
        }
    }
    return kept.empty() ? "it left no words of its own" : kept;
}

void guard(const Cluster& cluster, int pipe) {
    setpgid(0, 0);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
        std::signal(signal, SIG_IGN);
    }
    pid_t server = -1;
    bool well = begin_server(cluster, server);
    for (char order = 0; next_order(well, pipe, order);) {
        well = obey(cluster, order, server);
    }
    if (server > 0) {
        end_server(server);
    }
    if (cluster.disk_bytes > 0) {
        umount2(cluster.disk().c_str(), MNT_DETACH);
    }
    std::error_code ignored;
    std::filesystem::remove_all(cluster.folder, ignored);
    _exit(0);
}

}  // namespace tidemark::simulate
