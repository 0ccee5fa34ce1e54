#pragma once
// What can be said of a line before its format is known.

#include <optional>
#include <string>
#include <string_view>

#include "logs/lines/log_record.h"

namespace tidemark {

// Without the CR of a CRLF line end.
inline std::string_view without_cr(std::string_view line) {
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    return line;
}

// nul_byte or invalid_utf8, when the line is no text.
std::optional<RejectReason> unreadable(std::string_view line);

// The line's beginning for a person to look at: at most 512 bytes of valid UTF-8 without NUL, each
// byte that cannot stay replaced by U+FFFD.
std::string sample_of(std::string_view line);

}  // namespace tidemark
