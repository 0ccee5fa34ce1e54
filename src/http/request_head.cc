#include "http/request_head.h"

#include <utility>

#include "http/wire_texts.h"

namespace tidemark::http {

Result<RequestHead> head_of(const boost::beast::http::request_header<>& header,
                            const std::string& peer,
                            std::string id) {
    TIDEMARK_ASSIGN_OR_RETURN(Target target,
                              parse_target({header.target().data(), header.target().size()}));
    RequestHead head{.id = std::move(id),
                     .method = std::string(header.method_string()),
                     .target = std::move(target),
                     .fields = {},
                     .peer = peer};
    if (head.method == "HEAD") {
        head.method = "GET";
    }
    for (const auto& field : header) {
        head.fields.add({field.name_string().data(), field.name_string().size()},
                        std::string(field.value()));
    }
    if (header.version() >= 11 && head.fields.count("Host") != 1) {
        return Error{ErrorKind::invalid_input, "header Host: must be there exactly once"};
    }
    if (const auto given = head.fields.find("X-Request-Id");
        given.has_value() && is_request_id(*given)) {
        head.id = std::string(*given);
    }
    return head;
}

std::optional<Problem> problem_of_head(boost::system::error_code error) {
    if (error == boost::beast::http::error::header_limit ||
        error == boost::beast::http::error::buffer_overflow) {
        return Problem{.status = 431, .detail = "the header fields are larger than is taken"};
    }
    if (error.category() == make_error_code(boost::beast::http::error::end_of_stream).category() &&
        error != boost::beast::http::error::end_of_stream &&
        error != boost::beast::http::error::partial_message) {
        return Problem{.status = 400, .detail = "not HTTP/1.1: " + error.message()};
    }
    return std::nullopt;  // the other side went, or took too long: nobody to answer
}

}  // namespace tidemark::http
