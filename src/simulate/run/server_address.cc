#include "simulate/run/server_address.h"

#include <cstring>
#include <map>
#include <memory>

#include <fmt/format.h>
#include <libpq-fe.h>
#include <netdb.h>
#include <sys/un.h>

namespace tidemark::simulate {

namespace {

using Options = std::map<std::string, std::string>;

Result<Options> options_of(const std::string& url) {
    char* words = nullptr;
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
        PQconninfoParse(url.c_str(), &words), PQconninfoFree);
    const std::unique_ptr<char, decltype(&PQfreemem)> owned(words, PQfreemem);
    if (parsed == nullptr) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("[target] url: {}", words == nullptr ? "out of memory" : words)};
    }
    Options options;
    for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr) {
            options[option->keyword] = option->val;
        }
    }
    return options;
}

std::string first_of(const std::string& list) {
    return list.substr(0, list.find(','));
}

std::string value_or(const Options& options, const std::string& key, const std::string& otherwise) {
    const auto found = options.find(key);
    return found == options.end() ? otherwise : first_of(found->second);
}

Result<ServerAddress> socket_file(const std::string& folder, const std::string& port) {
    sockaddr_un file{};
    file.sun_family = AF_UNIX;
    const std::string path = fmt::format("{}/.s.PGSQL.{}", folder, port);
    if (path.size() >= sizeof(file.sun_path)) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("[target] url: the socket's path '{}' is too long", path)};
    }
    std::memcpy(file.sun_path, path.c_str(), path.size() + 1);
    ServerAddress found;
    std::memcpy(&found.address, &file, sizeof(file));
    found.length = sizeof(file);
    return found;
}

}  // namespace

Result<ServerAddress> find_server(const std::string& url) {
    TIDEMARK_ASSIGN_OR_RETURN(const Options options, options_of(url));
    const std::string port = value_or(options, "port", "5432");
    const std::string host =
        value_or(options, "hostaddr", value_or(options, "host", "/var/run/postgresql"));
    if (host.starts_with('/')) {
        return socket_file(host, port);
    }
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int code = getaddrinfo(host.c_str(), port.c_str(), &wanted, &list);
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owned(list, freeaddrinfo);
    if (code != 0 || list == nullptr) {
        return Error{ErrorKind::unavailable,
                     fmt::format("[target] url: host '{}': {}", host, gai_strerror(code))};
    }
    ServerAddress found;
    std::memcpy(&found.address, list->ai_addr, list->ai_addrlen);
    found.length = list->ai_addrlen;
    return found;
}

Result<std::string> through_port(const std::string& url, std::uint16_t port) {
    TIDEMARK_ASSIGN_OR_RETURN(Options options, options_of(url));
    const std::string host = value_or(options, "host", "");
    options["host"] = host.empty() || host.starts_with('/') ? "127.0.0.1" : host;
    options["hostaddr"] = "127.0.0.1";
    options["port"] = std::to_string(port);
    std::string text;
    for (const auto& [key, value] : options) {
        std::string quoted;
        for (const char character : value) {
            quoted += character == '\'' || character == '\\' ? "\\" : "";
            quoted += character;
        }
        text += fmt::format("{}{}='{}'", text.empty() ? "" : " ", key, quoted);
    }
    return text;
}

}  // namespace tidemark::simulate
