#include "logs/lines/line_marks.h"

#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tidemark {

void LineMarks::find_portably(std::string_view line) {
    blanks = 0;
    quote_count = 0;
    has_backslash = false;
    for (std::size_t at = 0; at < line.size() && at < 64; ++at) {
        blanks |= std::uint64_t{static_cast<unsigned char>(line[at]) <= ' '} << at;
    }
    for (std::size_t at = 0; at < line.size() && quote_count < quotes_max; ++at) {
        if (line[at] == '"') {
            quotes[quote_count++] = static_cast<std::uint32_t>(at);
        } else if (line[at] == '\\') {
            has_backslash = true;
        }
    }
}

#if defined(__x86_64__)

namespace {

struct Group {
    __m256i low;
    __m256i high;
};

__attribute__((target("avx2"), always_inline)) inline std::uint64_t bits_of(__m256i low,
                                                                            __m256i high) {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
           (std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(high))} << 32U);
}

__attribute__((target("avx2"), always_inline)) inline std::uint64_t equal(const Group& group,
                                                                          char wanted) {
    const __m256i pattern = _mm256_set1_epi8(wanted);
    return bits_of(_mm256_cmpeq_epi8(group.low, pattern), _mm256_cmpeq_epi8(group.high, pattern));
}

__attribute__((target("avx2"), always_inline)) inline std::uint64_t at_most(const Group& group,
                                                                            char limit) {
    const __m256i pattern = _mm256_set1_epi8(limit);
    return bits_of(_mm256_cmpeq_epi8(_mm256_min_epu8(group.low, pattern), group.low),
                   _mm256_cmpeq_epi8(_mm256_min_epu8(group.high, pattern), group.high));
}

// Writes the offsets of the bits to `to` and returns their number. Writes up to four in any case:
// how many of them a group has cannot be predicted, and a surplus is overwritten.
__attribute__((target("avx2,bmi,popcnt"), always_inline)) inline std::size_t write_offsets(
    std::uint64_t bits, std::size_t base, std::uint32_t* to) {
    const auto count = static_cast<std::size_t>(std::popcount(bits));
    const auto offset = static_cast<std::uint32_t>(base);
    for (std::size_t place = 0; place < 4; ++place) {
        to[place] = offset + static_cast<std::uint32_t>(std::countr_zero(bits));
        bits &= bits - 1;
    }
    for (std::size_t place = 4; place < count; ++place)
        [[unlikely]] {
            to[place] = offset + static_cast<std::uint32_t>(std::countr_zero(bits));
            bits &= bits - 1;
        }
    return count;
}

__attribute__((target("avx2,bmi,popcnt"))) void find_with_avx2(std::string_view line,
                                                               LineMarks& marks) {
    std::size_t count = 0;
    std::uint64_t backslashes = 0;
    marks.blanks = 0;
    for (std::size_t at = 0; at < line.size() && count < LineMarks::quotes_max; at += 64) {
        const auto* bytes = reinterpret_cast<const __m256i*>(line.data() + at);
        const Group group{_mm256_loadu_si256(bytes), _mm256_loadu_si256(bytes + 1)};
        const std::size_t left = line.size() - at;
        const std::uint64_t inside = left < 64 ? (std::uint64_t{1} << left) - 1 : ~std::uint64_t{0};
        if (at == 0) {
            marks.blanks = at_most(group, ' ') & inside;
        }
        backslashes |= equal(group, '\\') & inside;
        count += write_offsets(equal(group, '"') & inside, at, marks.quotes.data() + count);
    }
    marks.quote_count = count;
    marks.has_backslash = backslashes != 0;
}

}  // namespace

void LineMarks::find(std::string_view line) {
    if (__builtin_cpu_supports("avx2") != 0) {
        find_with_avx2(line, *this);
        return;
    }
    find_portably(line);
}

#else

void LineMarks::find(std::string_view line) {
    find_portably(line);
}

#endif

}  // namespace tidemark
