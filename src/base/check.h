#pragma once
// TIDEMARK_CHECK(condition): what must hold whatever the user does. On in every build, because a
// wrong total is worse than a restart; never reachable from user input.

namespace tidemark {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace tidemark

#define TIDEMARK_CHECK(condition)                                     \
    do {                                                              \
        if (!(condition)) [[unlikely]] {                              \
            ::tidemark::check_failed(#condition, __FILE__, __LINE__); \
        }                                                             \
    } while (false)
