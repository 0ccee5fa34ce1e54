#include "support/environment.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include "base/check.h"

namespace tidemark::test {

std::uint64_t number_from_environment(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): nobody sets any
    if (text == nullptr || *text == '\0') {
        return otherwise;
    }
    std::uint64_t number = 0;
    const char* end = text + std::strlen(text);
    const auto parsed = std::from_chars(text, end, number);
    TIDEMARK_CHECK(parsed.ec == std::errc() && parsed.ptr == end);
    return number;
}

std::uint64_t announced_seed() {
    const std::uint64_t seed = number_from_environment("TIDEMARK_SEED", std::random_device()());
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    return seed;
}

}  // namespace tidemark::test
