#pragma once
// A ping as the line of a log.

#include <chrono>
#include <string>
#include <string_view>

namespace tidemark {

// `- - - [22/Nov/2026:10:00:00 +0000] "GET /v1/ping.gif?aid=a&e=s HTTP/1.1" 200 43`, without a line
// end. What cannot stand there as it is (blanks, quotes, controls, bytes beyond ASCII) is written
// as %XX, which is read as what it was.
std::string ping_line(std::chrono::sys_seconds time, std::string_view path, std::string_view query);

}  // namespace tidemark
