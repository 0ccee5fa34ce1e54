#pragma once
// What a request that fails is answered with: a problem document of RFC 9457, which names the field
// that was wrong and its value.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/message.h"

namespace tidemark::http {

// One line of the body that was wrong.
struct LineFault {
    std::int64_t line = 0;  // from 1
    std::string reason;
    std::string text;
};

struct Problem {
    int status = 400;
    std::string detail;   // for people: what is wrong and what to do next
    std::string field{};  // the parameter, header or column; empty: none
    std::string value{};  // what it held, cut to a bounded length
    std::vector<LineFault> faults{};
};

// 400, 404, 409, 503 or 500 by the error's kind.
Problem problem_of(const Error& error);

// `application/problem+json` with "type" (urn:tidemark:problem:STATUS-IN-WORDS), "title", "status",
// "detail", and "field" and "value" where there is one, and "lines" with faults; 503 and 429 say
// when to come again.
Response to_response(const Problem& problem);

// "Not Found"; "Error" for a status that the server never answers with.
std::string_view reason_phrase(int status);

}  // namespace tidemark::http
