#pragma once
// One connection to Redis, plain or TLS, where every step has a deadline.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace tidemark::redis {

// "redis://[[USER]:PASSWORD@]HOST[:PORT][/DATABASE]", "rediss://..." for TLS. Percent codes are
// understood in user and password.
struct Address {
    std::string host;
    std::string port = "6379";
    std::string user{};
    std::string password{};
    std::int64_t database = 0;
    bool tls = false;

    // Fails with invalid_input; the message does not show the password.
    static Result<Address> parse(std::string_view url);

    // "redis HOST:PORT", for people.
    [[nodiscard]] std::string to_string() const;
};

struct Reply {
    enum class Kind { nil, text, integer, list, error };
    Kind kind = Kind::nil;
    std::string text{};  // of text and error
    std::int64_t integer = 0;
    std::vector<Reply> elements{};
};

using Command = std::vector<std::string>;

struct ConnectionOptions {
    std::string ca_file{};                    // whom to trust beside the system's authorities (TLS)
    std::chrono::milliseconds timeout{2000};  // for connecting, and for each exchange
};

// One thread at a time.
class Connection {
 public:
    // Connects, authenticates and chooses the database. Fails with unavailable, and with refused
    // when the server wants another password or shows a certificate that is not trusted.
    static Result<std::unique_ptr<Connection>> open(const Address& address,
                                                    const ConnectionOptions& options);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    // Sends the commands together and waits for their replies: one round trip. An error reply is a
    // reply. Fails with unavailable; the connection is of no use then.
    Result<std::vector<Reply>> exchange(const std::vector<Command>& commands);

 private:
    struct Stream;
    explicit Connection(std::unique_ptr<Stream> stream);

    std::unique_ptr<Stream> stream_;
};

}  // namespace tidemark::redis
