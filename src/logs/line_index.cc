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

void LineIndex::find_by_bytes(bool with_quotes) {
    std::uint32_t* newline = newlines_.begin_writing();
    std::uint32_t* quote = quotes_.begin_writing();
    std::uint32_t* backslash = backslashes_.begin_writing();
    unsigned char all_bits = 0;
    bool nul = false;
    for (std::size_t at = 0; at < block_.size(); ++at) {
        const char byte = block_[at];
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

// AVX2 and AVX-512 differ in how a group is loaded and compared; the last group of a block is
// filled up with a byte that is none of those looked for.
#define TIDEMARK_AVX2 __attribute__((target("avx2,bmi,popcnt")))
#define TIDEMARK_AVX512 __attribute__((target("avx512f,avx512bw,bmi,popcnt")))

namespace {

// Where the next offsets go.
struct Ends {
    std::uint32_t* newline;
    std::uint32_t* quote;
    std::uint32_t* backslash;
};

// Writes the offsets of the bits and returns where the next ones go. Writes `usual` of them in any
// case: how many a group has cannot be predicted, and a surplus is overwritten. For the same reason
// not std::countr_zero(): it branches on 0.
template <int usual>
__attribute__((target("bmi,popcnt"), always_inline)) inline std::uint32_t* write_offsets(
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

// 64 bytes in two vectors.
struct Avx2Group {
    __m256i low;
    __m256i high;
};

// What the whole block comes to, byte place by byte place.
struct Avx2Extremes {
    __m256i all_bits;
    __m256i smallest;
};

TIDEMARK_AVX2 __attribute__((always_inline)) inline Avx2Group equal(const Avx2Group& group,
                                                                    char wanted) {
    const __m256i pattern = _mm256_set1_epi8(wanted);
    return {_mm256_cmpeq_epi8(group.low, pattern), _mm256_cmpeq_epi8(group.high, pattern)};
}

TIDEMARK_AVX2 __attribute__((always_inline)) inline std::uint64_t bits_of(const Avx2Group& group) {
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(group.low)) |
           (std::uint64_t{static_cast<std::uint32_t>(_mm256_movemask_epi8(group.high))} << 32U);
}

TIDEMARK_AVX2 __attribute__((always_inline)) inline bool any(const Avx2Group& group) {
    const __m256i both = _mm256_or_si256(group.low, group.high);
    return _mm256_testz_si256(both, both) == 0;
}

template <bool with_quotes>
TIDEMARK_AVX2 __attribute__((always_inline)) inline void take_group(const char* bytes,
                                                                    std::uint32_t base,
                                                                    Avx2Extremes& extremes,
                                                                    Ends& ends) {
    const auto* vectors = reinterpret_cast<const __m256i*>(bytes);
    const Avx2Group group{_mm256_loadu_si256(vectors), _mm256_loadu_si256(vectors + 1)};
    extremes.all_bits = _mm256_or_si256(extremes.all_bits, _mm256_or_si256(group.low, group.high));
    extremes.smallest = _mm256_min_epu8(extremes.smallest, _mm256_min_epu8(group.low, group.high));
    ends.newline = write_offsets<1>(bits_of(equal(group, '\n')), base, ends.newline);
    if constexpr (with_quotes) {
        ends.quote = write_offsets<4>(bits_of(equal(group, '"')), base, ends.quote);
        const Avx2Group backslashes = equal(group, '\\');
        if (any(backslashes)) [[unlikely]] {
            ends.backslash = write_offsets<0>(bits_of(backslashes), base, ends.backslash);
        }
    }
}

struct Avx512Extremes {
    __m512i all_bits;
    __m512i smallest;
};

template <bool with_quotes>
TIDEMARK_AVX512 __attribute__((always_inline)) inline void take_group(const char* bytes,
                                                                      std::uint32_t base,
                                                                      Avx512Extremes& extremes,
                                                                      Ends& ends) {
    const __m512i group = _mm512_loadu_si512(bytes);
    extremes.all_bits = _mm512_or_si512(extremes.all_bits, group);
    extremes.smallest = _mm512_min_epu8(extremes.smallest, group);
    const auto bits_of = [](__mmask64 mask) { return static_cast<std::uint64_t>(mask); };
    ends.newline = write_offsets<1>(
        bits_of(_mm512_cmpeq_epi8_mask(group, _mm512_set1_epi8('\n'))), base, ends.newline);
    if constexpr (with_quotes) {
        ends.quote = write_offsets<4>(
            bits_of(_mm512_cmpeq_epi8_mask(group, _mm512_set1_epi8('"'))), base, ends.quote);
        const __mmask64 backslashes = _mm512_cmpeq_epi8_mask(group, _mm512_set1_epi8('\\'));
        if (backslashes != 0) [[unlikely]] {
            ends.backslash = write_offsets<0>(bits_of(backslashes), base, ends.backslash);
        }
    }
}

std::array<char, group_size> last_group_of(std::string_view block) {
    std::array<char, group_size> last;
    last.fill(' ');
    const std::size_t size = block.size() % group_size;
    std::memcpy(last.data(), block.data() + block.size() - size, size);
    return last;
}

}  // namespace

template <bool with_quotes>
TIDEMARK_AVX2 void LineIndex::find_with_avx2() {
    Ends ends{newlines_.begin_writing(), quotes_.begin_writing(), backslashes_.begin_writing()};
    Avx2Extremes extremes{_mm256_setzero_si256(), _mm256_set1_epi8('\xff')};
    const std::array<char, group_size> last = last_group_of(block_);
    const std::size_t whole = block_.size() / group_size * group_size;
    for (std::size_t at = 0; at < whole; at += group_size) {
        take_group<with_quotes>(block_.data() + at, static_cast<std::uint32_t>(at), extremes, ends);
    }
    take_group<with_quotes>(last.data(), static_cast<std::uint32_t>(whole), extremes, ends);
    has_nul_ =
        _mm256_movemask_epi8(_mm256_cmpeq_epi8(extremes.smallest, _mm256_setzero_si256())) != 0;
    is_ascii_ = _mm256_movemask_epi8(extremes.all_bits) == 0;
    end(ends.newline, ends.quote, ends.backslash);
}

template <bool with_quotes>
TIDEMARK_AVX512 void LineIndex::find_with_avx512() {
    Ends ends{newlines_.begin_writing(), quotes_.begin_writing(), backslashes_.begin_writing()};
    Avx512Extremes extremes{_mm512_setzero_si512(), _mm512_set1_epi8('\xff')};
    const std::array<char, group_size> last = last_group_of(block_);
    const std::size_t whole = block_.size() / group_size * group_size;
    for (std::size_t at = 0; at < whole; at += group_size) {
        take_group<with_quotes>(block_.data() + at, static_cast<std::uint32_t>(at), extremes, ends);
    }
    take_group<with_quotes>(last.data(), static_cast<std::uint32_t>(whole), extremes, ends);
    has_nul_ = _mm512_cmpeq_epi8_mask(extremes.smallest, _mm512_setzero_si512()) != 0;
    is_ascii_ = _mm512_movepi8_mask(extremes.all_bits) == 0;
    end(ends.newline, ends.quote, ends.backslash);
}

LineIndex::Vectors LineIndex::widest_vectors() {
    if (__builtin_cpu_supports("avx512bw") != 0) {
        return Vectors::avx512;
    }
    return __builtin_cpu_supports("avx2") != 0 ? Vectors::avx2 : Vectors::none;
}

void LineIndex::find(std::string_view block, Wanted wanted, Vectors vectors) {
    begin(block, wanted);
    const bool with_quotes = wanted == Wanted::newlines_and_quotes;
    switch (vectors) {
        case Vectors::avx512:
            with_quotes ? find_with_avx512<true>() : find_with_avx512<false>();
            break;
        case Vectors::avx2:
            with_quotes ? find_with_avx2<true>() : find_with_avx2<false>();
            break;
        case Vectors::none:
            find_by_bytes(with_quotes);
            break;
    }
}

#else

LineIndex::Vectors LineIndex::widest_vectors() {
    return Vectors::none;
}

void LineIndex::find(std::string_view block, Wanted wanted, Vectors /*vectors*/) {
    begin(block, wanted);
    find_by_bytes(wanted == Wanted::newlines_and_quotes);
}

#endif

}  // namespace tidemark
