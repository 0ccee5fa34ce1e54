#pragma once
// A plain HTTP/1.1 server that somebody else would run: notes what it is sent, and answers as it is
// told, or not at all.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "support/http_client.h"

namespace tidemark::test {

struct ReceivedRequest {
    std::string method;
    std::string target;
    HttpFields fields;  // names in small letters
    std::string body;

    // The first one's value, or "".
    [[nodiscard]] std::string field(std::string_view name) const;
};

// On a port of this machine; each request over a connection of its own.
class HttpReceiver {
 public:
    static constexpr int silence = 0;  // no answer, and the connection stays

    // Answers with these statuses in turn, then with 204.
    explicit HttpReceiver(std::deque<int> statuses = {});
    HttpReceiver(const HttpReceiver&) = delete;
    HttpReceiver& operator=(const HttpReceiver&) = delete;
    ~HttpReceiver();

    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::string url(const std::string& target = "/hook") const;

    // Those so far, once there are `count` of them; ends the test program when they do not come.
    std::vector<ReceivedRequest> await(std::size_t count);

 private:
    void accept();
    void answer(int socket);

    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::mutex mutex_;
    std::condition_variable came_;
    std::deque<int> statuses_;
    std::vector<ReceivedRequest> requests_;
    std::vector<int> sockets_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

}  // namespace tidemark::test
