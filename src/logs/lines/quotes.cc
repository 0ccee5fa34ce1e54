#include "logs/lines/quotes.h"

#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tidemark {

void find_quotes_portably(std::string_view line, Quotes& quotes) {
    quotes.count = 0;
    quotes.has_backslash = false;
    for (std::size_t at = 0; at < line.size() && quotes.count < Quotes::count_max; ++at) {
        if (line[at] == '"') {
            quotes.at[quotes.count++] = static_cast<std::uint32_t>(at);
        } else if (line[at] == '\\') {
            quotes.has_backslash = true;
        }
    }
}

#if defined(__x86_64__)

namespace {

__attribute__((target("avx2"), always_inline)) inline std::uint64_t equal_bytes(__m256i low,
                                                                               __m256i high,
                                                                               char wanted) {
    const __m256i pattern = _mm256_set1_epi8(wanted);
    const auto low_mask =
        static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(low, pattern)));
    const auto high_mask =
        static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(high, pattern)));
    return low_mask | (static_cast<std::uint64_t>(high_mask) << 32U);
}

__attribute__((target("avx2,bmi,popcnt"))) void find_quotes_with_avx2(std::string_view line,
                                                                      Quotes& quotes) {
    std::size_t count = 0;
    std::uint64_t backslashes = 0;
    for (std::size_t at = 0; at < line.size() && count < Quotes::count_max; at += 64) {
        const char* bytes = line.data() + at;
        const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
        const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes + 32));
        std::uint64_t marks = equal_bytes(low, high, '"');
        std::uint64_t slashes = equal_bytes(low, high, '\\');
        if (const std::size_t left = line.size() - at; left < 64) {
            const std::uint64_t inside = (std::uint64_t{1} << left) - 1;
            marks &= inside;
            slashes &= inside;
        }
        backslashes |= slashes;
        while (marks != 0) {
            quotes.at[count++] =
                static_cast<std::uint32_t>(at + static_cast<std::size_t>(std::countr_zero(marks)));
            marks &= marks - 1;
        }
    }
    quotes.count = count;
    quotes.has_backslash = backslashes != 0;
}

}  // namespace

void find_quotes(std::string_view line, Quotes& quotes) {
    if (__builtin_cpu_supports("avx2") != 0) {
        find_quotes_with_avx2(line, quotes);
        return;
    }
    find_quotes_portably(line, quotes);
}

#else

void find_quotes(std::string_view line, Quotes& quotes) {
    find_quotes_portably(line, quotes);
}

#endif

}  // namespace tidemark
