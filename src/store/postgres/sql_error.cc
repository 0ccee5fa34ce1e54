#include "store/postgres/sql_error.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

namespace tidemark::postgres {

namespace {

// A prefix of the SQLSTATE, the kind, and what the caller may do. The first that fits counts.
struct Meaning {
    std::string_view prefix;
    ErrorKind kind;
    std::string_view advice;
};

constexpr std::string_view again = "the same call may be made again";
constexpr std::string_view free_space = "free disk space on the server, then try again";

constexpr Meaning meanings[] = {
    {"08", ErrorKind::unavailable, again},
    {"22003", ErrorKind::refused, "a value would exceed 64 bits"},
    {"22021", ErrorKind::invalid_input, "texts must be UTF-8 without NUL bytes"},
    {"22P05", ErrorKind::invalid_input, "texts must be UTF-8 without NUL bytes"},
    {"25006", ErrorKind::unavailable, "the database is read-only; connect to the primary"},
    {"25P03", ErrorKind::unavailable, again},
    {"28", ErrorKind::unavailable, "check the user and the password in the URL"},
    {"3D000", ErrorKind::unavailable, "create the database or correct the URL"},
    {"40", ErrorKind::unavailable, again},
    {"42501", ErrorKind::refused, "grant the user of the URL what it lacks"},
    {"42P07", ErrorKind::refused, "a table of that name is there and is not Tidemark's"},
    {"53100", ErrorKind::unavailable, free_space},
    {"53300", ErrorKind::unavailable, "too many connections; try again or raise max_connections"},
    {"53", ErrorKind::unavailable, again},
    {"55P03", ErrorKind::unavailable, "somebody else holds a lock; try again"},
    {"57014", ErrorKind::unavailable, "the statement was cancelled; try again"},
    {"57", ErrorKind::unavailable, "the server is stopping or starting; try again"},
    {"58030", ErrorKind::unavailable, free_space},
};

}  // namespace

ErrorKind kind_of_state(std::string_view state) {
    return error_of_state(state, {}).kind;
}

Error error_of_state(std::string_view state, std::string_view server_message) {
    if (state.empty()) {
        return {ErrorKind::unavailable,
                fmt::format("postgresql: connection lost ({}); {}", server_message, again)};
    }
    const auto* const meaning = std::ranges::find_if(meanings, [state](const Meaning& candidate) {
        return state.starts_with(candidate.prefix);
    });
    if (meaning == std::end(meanings)) {
        return {ErrorKind::corrupt,
                fmt::format("postgresql: {} (SQLSTATE {})", server_message, state)};
    }
    return {meaning->kind, fmt::format("postgresql: {}; {}", server_message, meaning->advice)};
}

}  // namespace tidemark::postgres
