#pragma once
// What the wire says of a request before its body, as everything above the server sees it. Only the
// server's own sources include this.

#include <optional>
#include <string>

#include <boost/beast/http.hpp>

#include "base/result.h"
#include "http/message.h"
#include "http/problem.h"

namespace tidemark::http {

// The request's own id where it brings one, else `id`. HEAD comes as GET. Fails with invalid_input
// for a target that is none and, since HTTP/1.1, for another number of Host fields than one.
Result<RequestHead> head_of(const boost::beast::http::request_header<>& header,
                            const std::string& peer,
                            std::string id);

// Of a request whose head could not be read; nothing where nobody is left to be answered.
std::optional<Problem> problem_of_head(boost::system::error_code error);

}  // namespace tidemark::http
