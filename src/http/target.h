#pragma once
// The target of a request: which thing is asked for, and with which parameters.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace tidemark::http {

struct Target {
    std::string raw;                                         // as it came
    std::vector<std::string> segments;                       // of the path, decoded; "/" has none
    std::vector<std::pair<std::string, std::string>> query;  // decoded, in the order given
};

// Reads "/v1/usage?subject=a%20b": a path from the root, and a query whose pairs are parted by '&'
// and whose '+' is a blank. Fails with invalid_input for another form ("*", "http://..."), for '%'
// without two hexadecimal digits, for control characters and what is not UTF-8, coded or not, and
// for a path with an empty segment, "." or "..": nothing is resolved, so nothing can lead
// elsewhere.
Result<Target> parse_target(std::string_view text);

// "subject=a%20b&top=3": what parse_target() reads as these pairs.
std::string query_text(const std::vector<std::pair<std::string, std::string>>& query);

// A further pair, behind those that are in `to` already.
void append_query(std::string& to, std::string_view name, std::string_view value);

}  // namespace tidemark::http
