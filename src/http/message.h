#pragma once
// A request and its answer as everything above the server sees them: no sockets, no bytes on the
// wire, so that routes are tested without either.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/body.h"
#include "http/target.h"

namespace tidemark::http {

class EventStream;

// Header fields; names compare without regard to case.
class Fields {
 public:
    // Replaces what was there under the name. A value has no line end in it: our own texts only,
    // and what was checked.
    void set(std::string_view name, std::string value);
    // Keeps what was there.
    void add(std::string_view name, std::string value);

    // The first one's value; nothing when there is none.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
    [[nodiscard]] std::size_t count(std::string_view name) const;

    [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const {
        return fields_;
    }

 private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

// What is known of a request before its body was read.
struct RequestHead {
    std::string id;      // names it in the log and in the answer
    std::string method;  // "GET"; HEAD comes as GET, its answer's body is left away
    Target target;
    Fields fields;
    std::string peer;                               // the other side's address
    std::optional<std::uint64_t> content_length{};  // as declared
};

struct Request {
    RequestHead head;
    RequestBody body{};
};

struct Response {
    int status = 200;
    Fields fields{};
    std::string body{};
    // Takes the place of the body: an answer that lasts until the stream ends.
    std::shared_ptr<EventStream> events{};
};

// The body with its media type.
Response text_response(int status, std::string_view media_type, std::string body);

}  // namespace tidemark::http
