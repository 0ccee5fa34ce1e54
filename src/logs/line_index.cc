#include "logs/line_index.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "base/check.h"

namespace tidemark {

namespace {

constexpr std::size_t group_size = 64;

}  // namespace

void OffsetList::reserve(std::size_t count) {
    if (count > capacity_) {
        offsets_ = std::make_unique_for_overwrite<std::uint32_t[]>(count);
        capacity_ = count;
    }
}

void LineIndex::begin(std::string_view block, Wanted wanted) {
    TIDEMARK_CHECK(block.size() < no_offset - group_size);
    const std::size_t count_max = block.size() + group_size;
    newlines_.reserve(count_max);
    quotes_.reserve(wanted == Wanted::newlines_and_quotes ? count_max : group_size);
    backslashes_.reserve(wanted == Wanted::newlines_and_quotes ? count_max : group_size);
    block_ = block;
    next_quote_ = 0;
    next_backslash_ = 0;
}

void LineIndex::end(std::uint32_t* newline, std::uint32_t* quote, std::uint32_t* backslash) {
    newlines_.end_writing(newline);
    quotes_.end_writing(quote);
    backslashes_.end_writing(backslash);
    std::fill_n(quote, usual_quotes, no_offset);
    *backslash = no_offset;
}

void LineIndex::find_portably(std::string_view block, Wanted wanted) {
    begin(block, wanted);
    std::uint32_t* newline = newlines_.begin_writing();
    std::uint32_t* quote = quotes_.begin_writing();
    std::uint32_t* backslash = backslashes_.begin_writing();
    const bool with_quotes = wanted == Wanted::newlines_and_quotes;
    unsigned char all_bits = 0;
    bool nul = false;
    for (std::size_t at = 0; at < block.size(); ++at) {
        const char byte = block[at];
        all_bits |= static_cast<unsigned char>(byte);
        nul |= byte == '\0';
        const auto offset = static_cast<std::uint32_t>(at);
        if (byte == '\n') {
            *newline++ = offset;
        } else if (with_quotes && byte == '"') {
            *quote++ = offset;
        } else if (with_quotes && byte == '\\') {
            *backslash++ = offset;
        }
    }
    has_nul_ = nul;
    is_ascii_ = all_bits < 0x80;
    end(newline, quote, backslash);
}

#if defined(__x86_64__)

namespace {

struct Group {
    __m256i low;
    __m256i high;
};

// What the whole block comes to, byte place by byte place.
struct Extremes {
    __m256i all_bits;
    __m256i smallest;
};

__attribute__((target("avx2"), always_inline)) inline Group load(const char* bytes) {
    const auto* vectors = reinterpret_cast<const __m256i*>(bytes);
    return {_mm256_loadu_si256(vectors), _mm256_loadu_si256(vectors + 1)};
}

__attribute__((target("avx2"), always_inline)) inline Group equal(const Group& group, char wanted) {
    const __m256i pattern = _mm256_set1_epi8(wanted);
    return {_mm256_cmpeq_epi8(group.low, pattern), _mm256_cmpeq_epi8(group.high, pattern)};
}

__attribute__((target("avx2"), always_inline)) inline std::uint64_t bits_of(const Group& group) {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(group.low)) |
           (std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(group.high))} << 32U);
}

__attribute__((target("avx2"), always_inline)) inline bool any(const Group& group) {
    const __m256i both = _mm256_or_si256(group.low, group.high);
    return _mm256_testz_si256(both, both) == 0;
}

__attribute__((target("avx2"), always_inline)) inline void note(const Group& group,
                                                                Extremes& extremes) {
    extremes.all_bits = _mm256_or_si256(extremes.all_bits, _mm256_or_si256(group.low, group.high));
    extremes.smallest = _mm256_min_epu8(extremes.smallest, _mm256_min_epu8(group.low, group.high));
}

// Writes the offsets of the bits and returns where the next ones go. Writes `usual` of them in any
// case: how many a group has cannot be predicted, and a surplus is overwritten. For the same reason
// not std::countr_zero(): it branches on 0.
template <int usual>
__attribute__((target("avx2,bmi,popcnt"), always_inline)) inline std::uint32_t* write_offsets(
    std::uint64_t bits, std::uint32_t base, std::uint32_t* to) {
    const int count = std::popcount(bits);
    for (int place = 0; place < usual; ++place) {
        to[place] = base + static_cast<std::uint32_t>(_tzcnt_u64(bits));
        bits = _blsr_u64(bits);
    }
    for (int place = usual; place < count; ++place)
        [[unlikely]] {
            to[place] = base + static_cast<std::uint32_t>(_tzcnt_u64(bits));
            bits = _blsr_u64(bits);
        }
    return to + count;
}

}  // namespace

template <LineIndex::Wanted wanted>
__attribute__((target("avx2,bmi,popcnt"))) void LineIndex::find_with_avx2(std::string_view block) {
    std::uint32_t* newline = newlines_.begin_writing();
    std::uint32_t* quote = quotes_.begin_writing();
    std::uint32_t* backslash = backslashes_.begin_writing();
    Extremes extremes{_mm256_setzero_si256(), _mm256_set1_epi8('\xff')};
    // The last group is filled up with a byte that is none of those looked for.
    std::array<char, group_size> last;
    last.fill(' ');
    const std::size_t whole = block.size() / group_size * group_size;
    std::memcpy(last.data(), block.data() + whole, block.size() - whole);
    for (std::size_t at = 0; at <= whole; at += group_size) {
        const Group group = load(at < whole ? block.data() + at : last.data());
        const auto base = static_cast<std::uint32_t>(at);
        note(group, extremes);
        newline = write_offsets<2>(bits_of(equal(group, '\n')), base, newline);
        if constexpr (wanted == Wanted::newlines_and_quotes) {
            quote = write_offsets<4>(bits_of(equal(group, '"')), base, quote);
            const Group backslashes = equal(group, '\\');
            if (any(backslashes)) [[unlikely]] {
                backslash = write_offsets<0>(bits_of(backslashes), base, backslash);
            }
        }
    }
    has_nul_ =
        _mm256_movemask_epi8(_mm256_cmpeq_epi8(extremes.smallest, _mm256_setzero_si256())) != 0;
    is_ascii_ = _mm256_movemask_epi8(extremes.all_bits) == 0;
    end(newline, quote, backslash);
}

void LineIndex::find(std::string_view block, Wanted wanted) {
    if (__builtin_cpu_supports("avx2") == 0) {
        find_portably(block, wanted);
        return;
    }
    begin(block, wanted);
    if (wanted == Wanted::newlines_and_quotes) {
        find_with_avx2<Wanted::newlines_and_quotes>(block);
    } else {
        find_with_avx2<Wanted::newlines>(block);
    }
}

#else

void LineIndex::find(std::string_view block, Wanted wanted) {
    find_portably(block, wanted);
}

#endif

}  // namespace tidemark
