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

#include "simulate/run/monotonic.h"

namespace tidemark::simulate {

namespace {

constexpr std::int64_t start_timeout_us = 60'000'000;
constexpr std::int64_t stop_timeout_us = 20'000'000;
constexpr char restart_order = 'r';

// Whom the server runs as when this process is root, which PostgreSQL refuses.
struct Identity {
    uid_t user = 0;
    gid_t group = 0;
};

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

int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
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

std::string random_word() {
    std::random_device device;
    return fmt::format("{:08x}{:08x}{:08x}", device(), device(), device());
}

// What the guardian knows.
struct Cluster {
    std::string programs;
    std::string folder;
    std::optional<Identity> identity;
    std::uint16_t port = 0;
    std::map<std::string, std::string> settings;

    [[nodiscard]] std::string data() const { return folder + "/data"; }
    [[nodiscard]] std::string log() const { return folder + "/server.log"; }
};

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

// The guardian's whole life. It says '+' for a server that answers and '-' for one that does not.
[[noreturn]] void guard(const Cluster& cluster, int orders, int answers_to) {
    setpgid(0, 0);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) {
        std::signal(signal, SIG_IGN);
    }
    pid_t server = start_server(cluster);
    bool ready = wait_until_ready(cluster, server);
    for (;;) {
        const char answer = ready ? '+' : '-';
        if (write(answers_to, &answer, 1) != 1) {
            break;
        }
        char order = 0;
        ssize_t count = 0;
        while ((count = read(orders, &order, 1)) < 0 && errno == EINTR) {
        }
        if (count != 1 || order != restart_order) {
            break;
        }
        if (kill(server, SIGQUIT) == 0) {
            wait_for(server);
        }
        server = start_server(cluster);
        ready = wait_until_ready(cluster, server);
    }
    end_server(server);
    std::error_code ignored;
    std::filesystem::remove_all(cluster.folder, ignored);
    _exit(0);
}

Result<void> make_cluster(const Cluster& cluster, const std::string& password) {
    const std::string password_file = cluster.folder + "/password";
    std::ofstream(password_file) << password;
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

// '+' when the server answers.
bool is_up(int answers_from) {
    char answer = 0;
    ssize_t count = 0;
    while ((count = read(answers_from, &answer, 1)) < 0 && errno == EINTR) {
    }
    return count == 1 && answer == '+';
}

std::map<std::string, std::string> with_defaults(std::map<std::string, std::string> settings) {
    const std::map<std::string, std::string> own = {{"listen_addresses", "127.0.0.1"},
                                                    {"unix_socket_directories", ""},
                                                    {"logging_collector", "off"}};
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
    const std::string& parent, const std::map<std::string, std::string>& settings) {
    Cluster cluster;
    TIDEMARK_ASSIGN_OR_RETURN(cluster.programs, find_postgres_programs());
    TIDEMARK_ASSIGN_OR_RETURN(cluster.identity, unprivileged());
    cluster.settings = with_defaults(settings);
    std::string name = parent + "/tidemark-postgres-XXXXXX";
    if (mkdtemp(name.data()) == nullptr) {
        return unavailable(
            fmt::format("a folder for a private PostgreSQL cannot be made in '{}'; "
                        "name another with TMPDIR",
                        parent));
    }
    cluster.folder = name;
    const std::string password = random_word();
    cluster.port = free_port();
    if (const Result<void> made = make_cluster(cluster, password); !made.has_value()) {
        std::filesystem::remove_all(cluster.folder);
        return made.error();
    }
    std::array<int, 2> pair{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair.data()) != 0) {
        std::filesystem::remove_all(cluster.folder);
        return unavailable("no pipe to a private PostgreSQL's guardian can be made");
    }
    const pid_t guardian = fork();
    if (guardian == 0) {
        close(pair[0]);
        guard(cluster, pair[1], pair[1]);
    }
    close(pair[1]);
    std::unique_ptr<PrivatePostgres> server(new PrivatePostgres(
        fmt::format("postgresql://tidemark:{}@127.0.0.1:{}/postgres", password, cluster.port),
        cluster.folder,
        guardian,
        pair[0]));
    if (!is_up(server->pipe_)) {
        return unavailable(
            fmt::format("a private PostgreSQL did not start: {}", tail_of(cluster.log())));
    }
    return server;
}

PrivatePostgres::~PrivatePostgres() {
    stop();
}

Result<void> PrivatePostgres::restart() {
    if (write(pipe_, &restart_order, 1) != 1 || !is_up(pipe_)) {
        return unavailable(fmt::format("the private PostgreSQL did not come back: {}",
                                       tail_of(folder_ + "/server.log")));
    }
    return {};
}

void PrivatePostgres::stop() {
    if (pipe_ >= 0) {
        close(pipe_);
        pipe_ = -1;
        wait_for(guardian_);
    }
}

}  // namespace tidemark::simulate
