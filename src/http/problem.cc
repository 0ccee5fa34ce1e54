#include "http/problem.h"

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

namespace tidemark::http {

namespace {

constexpr std::size_t value_length_max = 200;

constexpr std::array<std::pair<int, std::string_view>, 22> phrases{{
    {200, "OK"},
    {201, "Created"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
}};

// "Not Found" as "not-found".
std::string word_of(int status) {
    std::string word(reason_phrase(status));
    for (char& character : word) {
        if (character == ' ') {
            character = '-';
        } else if (character >= 'A' && character <= 'Z') {
            character = static_cast<char>(character - 'A' + 'a');
        }
    }
    return word;
}

int status_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::invalid_input:
            return 400;
        case ErrorKind::not_found:
            return 404;
        case ErrorKind::refused:
            return 409;
        case ErrorKind::unavailable:
            return 503;
        case ErrorKind::corrupt:
            break;
    }
    return 500;
}

}  // namespace

std::string_view reason_phrase(int status) {
    for (const auto& [known, phrase] : phrases) {
        if (known == status) {
            return phrase;
        }
    }
    return "Error";
}

Problem problem_of(const Error& error) {
    return {.status = status_of(error.kind), .detail = error.message};
}

Response to_response(const Problem& problem) {
    nlohmann::ordered_json document = {{"type", "urn:tidemark:problem:" + word_of(problem.status)},
                                       {"title", reason_phrase(problem.status)},
                                       {"status", problem.status},
                                       {"detail", problem.detail}};
    if (!problem.field.empty()) {
        document["field"] = problem.field;
        document["value"] = problem.value.substr(0, value_length_max);
    }
    for (const LineFault& fault : problem.faults) {
        document["lines"].push_back(
            {{"line", fault.line}, {"reason", fault.reason}, {"text", fault.text}});
    }
    // Values are bytes of the other side; what is not UTF-8 is replaced rather than refused.
    using Json = nlohmann::ordered_json;
    Response response =
        text_response(problem.status,
                      "application/problem+json",
                      document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    if (problem.status == 503 || problem.status == 429) {
        response.fields.set("Retry-After", "1");
    }
    return response;
}

}  // namespace tidemark::http
