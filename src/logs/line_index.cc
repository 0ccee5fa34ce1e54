#include "logs/line_index.h"

#include <bit>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/check.h"

namespace tidemark {

void LineIndex::reserve(std::size_t count) {
    TIDEMARK_CHECK(count < (std::uint64_t{1} << 32U));
    if (count > capacity_) {
        newlines_ = std::make_unique_for_overwrite<std::uint32_t[]>(count);
        capacity_ = count;
    }
}

void LineIndex::find_portably(std::string_view block) {
    reserve(block.size());
    std::size_t count = 0;
    unsigned char all_bits = 0;
    bool nul = false;
    for (std::size_t at = 0; at < block.size(); ++at) {
        const char byte = block[at];
        all_bits |= static_cast<unsigned char>(byte);
        nul |= byte == '\0';
        newlines_[count] = static_cast<std::uint32_t>(at);
        count += byte == '\n' ? 1 : 0;
    }
    newline_count_ = count;
    has_nul_ = nul;
    is_ascii_ = all_bits < 0x80;
}

#if defined(__x86_64__)

namespace {

struct Masks {
    std::uint64_t newlines;
    std::uint64_t nuls;
    std::uint64_t high_bits;
};

__attribute__((target("avx2"), always_inline)) inline std::uint64_t both_halves(__m256i low,
                                                                                __m256i high) {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(low)) |
           (static_cast<std::uint64_t>(static_cast<std::uint32_t>(_mm256_movemask_epi8(high)))
            << 32U);
}

__attribute__((target("avx2"), always_inline)) inline Masks masks_of(const char* bytes) {
    const __m256i low = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
    const __m256i high = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes + 32));
    const __m256i newline = _mm256_set1_epi8('\n');
    const __m256i nul = _mm256_setzero_si256();
    return {
        .newlines = both_halves(_mm256_cmpeq_epi8(low, newline), _mm256_cmpeq_epi8(high, newline)),
        .nuls = both_halves(_mm256_cmpeq_epi8(low, nul), _mm256_cmpeq_epi8(high, nul)),
        .high_bits = both_halves(low, high)};
}

}  // namespace

__attribute__((target("avx2,bmi,popcnt"))) void LineIndex::find_with_avx2(std::string_view block) {
    reserve(block.size() + 64);
    std::uint32_t* next = newlines_.get();
    std::uint64_t nuls = 0;
    std::uint64_t high_bits = 0;
    for (std::size_t at = 0; at < block.size(); at += 64) {
        Masks masks = masks_of(block.data() + at);
        if (const std::size_t left = block.size() - at; left < 64) {
            const std::uint64_t inside = (std::uint64_t{1} << left) - 1;
            masks.newlines &= inside;
            masks.nuls &= inside;
            masks.high_bits &= inside;
        }
        nuls |= masks.nuls;
        high_bits |= masks.high_bits;
        // Two in any case: whether there is one cannot be predicted, and a surplus is overwritten.
        const int count = std::popcount(masks.newlines);
        const auto offset = static_cast<std::uint32_t>(at);
        for (int place = 0; place < 2 || place < count; ++place) {
            next[place] = offset + static_cast<std::uint32_t>(std::countr_zero(masks.newlines));
            masks.newlines &= masks.newlines - 1;
        }
        next += count;
    }
    newline_count_ = static_cast<std::size_t>(next - newlines_.get());
    has_nul_ = nuls != 0;
    is_ascii_ = high_bits == 0;
}

void LineIndex::find(std::string_view block) {
    if (__builtin_cpu_supports("avx2") != 0) {
        find_with_avx2(block);
        return;
    }
    find_portably(block);
}

#else

void LineIndex::find(std::string_view block) {
    find_portably(block);
}

#endif

}  // namespace tidemark
