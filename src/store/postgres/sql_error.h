#pragma once
// What a failure of PostgreSQL means to the caller of a store.

#include <string>
#include <string_view>

#include "base/result.h"

namespace tidemark::postgres {

inline constexpr std::string_view state_unique_violation = "23505";
inline constexpr std::string_view state_check_violation = "23514";  // also: no partition for a row
inline constexpr std::string_view state_lock_timeout = "55P03";
inline constexpr std::string_view state_out_of_range = "22003";

// The kind for a SQLSTATE (appendix A of PostgreSQL's manual); an empty one is a lost connection.
ErrorKind kind_of_state(std::string_view state);

// The Error for a SQLSTATE and the server's own words, with what to do next where that is known.
Error error_of_state(std::string_view state, std::string_view server_message);

}  // namespace tidemark::postgres
