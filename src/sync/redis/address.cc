#include <charconv>

#include <fmt/format.h>

#include "sync/redis/redis_connection.h"

namespace tidemark::redis {

namespace {

// RFC 3986, section 2.1; nothing for a '%' that begins no code.
std::optional<std::string> percent_decoded(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            decoded += text[i];
            continue;
        }
        unsigned int code = 0;
        const char* begin = text.data() + i + 1;
        if (i + 2 >= text.size() || std::from_chars(begin, begin + 2, code, 16).ptr != begin + 2) {
            return std::nullopt;
        }
        decoded += static_cast<char>(code);
        i += 2;
    }
    return decoded;
}

bool read_number(std::string_view text, std::int64_t most, std::int64_t& number) {
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && rest == end && number >= 0 && number <= most;
}

// HOST, HOST:PORT or [IPV6]:PORT.
bool read_host(std::string_view authority, Address& address) {
    std::string_view host = authority;
    std::size_t colon = std::string_view::npos;
    if (authority.starts_with('[')) {
        const std::size_t end = authority.find(']');
        if (end == std::string_view::npos) {
            return false;
        }
        host = authority.substr(1, end - 1);
        if (end + 1 < authority.size()) {
            colon = end + 1;
        }
    } else {
        colon = authority.find(':');
        host = authority.substr(0, colon);
    }
    if (colon != std::string_view::npos) {
        std::int64_t port = 0;
        if (authority[colon] != ':' || !read_number(authority.substr(colon + 1), 65535, port)) {
            return false;
        }
        address.port = std::to_string(port);
    }
    address.host = host;
    return !host.empty();
}

bool read_login(std::string_view login, Address& address) {
    const std::size_t colon = login.find(':');
    if (colon == std::string_view::npos) {
        return false;
    }
    const auto user = percent_decoded(login.substr(0, colon));
    const auto password = percent_decoded(login.substr(colon + 1));
    if (!user.has_value() || !password.has_value()) {
        return false;
    }
    address.user = *user;
    address.password = *password;
    return true;
}

}  // namespace

Result<Address> Address::parse(std::string_view url) {
    const Error wrong{
        ErrorKind::invalid_input,
        "redis: expected redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE], or rediss:// for TLS"};
    Address address;
    std::string_view rest = url;
    if (rest.starts_with("rediss://")) {
        address.tls = true;
        rest.remove_prefix(9);
    } else if (rest.starts_with("redis://")) {
        rest.remove_prefix(8);
    } else {
        return wrong;
    }
    const std::size_t slash = rest.find('/');
    if (slash != std::string_view::npos) {
        const std::string_view database = rest.substr(slash + 1);
        if (!database.empty() && !read_number(database, 1'000'000, address.database)) {
            return wrong;
        }
        rest = rest.substr(0, slash);
    }
    if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
        if (!read_login(rest.substr(0, at), address)) {
            return wrong;
        }
        rest.remove_prefix(at + 1);
    }
    if (!read_host(rest, address)) {
        return wrong;
    }
    return address;
}

std::string Address::to_string() const {
    return fmt::format("redis {}:{}", host, port);
}

}  // namespace tidemark::redis
