#pragma once
// Instants as the program and its logs write them.

#include <chrono>
#include <string>

namespace tidemark::test {

// "2026-03-28T23:00"; without a "Z", since it may be a local time.
std::string minute_text(std::chrono::sys_seconds instant);

// "28/Mar/2026:23:00:00", as an access log has it.
std::string log_time_text(std::chrono::sys_seconds instant);

// Of "2026-03-28T23:00:00Z".
std::chrono::sys_seconds instant_of(const std::string& text);

}  // namespace tidemark::test
