#pragma once
// LineIndex: where the lines of a block end, where its quotation marks are, and whether any byte of
// it needs a closer look.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "logs/lines/line_parser.h"

namespace tidemark {

// Offsets in a block, rising.
class OffsetList {
 public:
    // Room for `count` offsets; what was there is gone. Pages that are never written cost nothing.
    void reserve(std::size_t count);

    [[nodiscard]] std::uint32_t* begin_writing() { return offsets_.get(); }
    void end_writing(const std::uint32_t* end) {
        size_ = static_cast<std::size_t>(end - offsets_.get());
    }

    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::uint32_t operator[](std::size_t at) const { return offsets_[at]; }
    [[nodiscard]] std::span<const std::uint32_t> from(std::size_t first, std::size_t count) const {
        return {offsets_.get() + first, count};
    }

 private:
    std::unique_ptr<std::uint32_t[]> offsets_;
    std::size_t capacity_ = 0;
    std::size_t size_ = 0;
};

// One pass over the block finds all of it. One thread at a time.
class LineIndex {
 public:
    enum class Wanted { newlines, newlines_and_quotes };

    // With which instructions; all find the same.
    enum class Vectors { none, avx2, avx512 };

    // Of this machine.
    static Vectors widest_vectors();

    // block.size() < 4 GB. The block is borrowed until the last next_marks(). Vectors that the
    // machine does not have end the program.
    void find(std::string_view block, Wanted wanted, Vectors vectors = widest_vectors());

    [[nodiscard]] const OffsetList& newlines() const { return newlines_; }
    [[nodiscard]] std::size_t block_size() const { return block_.size(); }
    [[nodiscard]] bool has_nul() const { return has_nul_; }
    [[nodiscard]] bool is_ascii() const { return is_ascii_; }

    // The marks from where the last call ended (at first the block's beginning) to before the
    // offset `end`. None unless quotes were wanted.
    [[nodiscard]] QuoteMarks next_marks(std::size_t end) {
        const std::size_t first = next_quote_;
        // The usual line of a combined log has six, which this takes without a loop to predict.
        if (quotes_[first + usual_quotes - 1] < end) {
            next_quote_ += usual_quotes;
        }
        while (quotes_[next_quote_] < end) {
            ++next_quote_;
        }
        const bool has_backslash = backslashes_[next_backslash_] < end;
        while (backslashes_[next_backslash_] < end) {
            ++next_backslash_;
        }
        return {.origin = block_.data(),
                .offsets = quotes_.from(first, next_quote_ - first),
                .has_backslash = has_backslash};
    }

 private:
    static constexpr std::size_t usual_quotes = 6;
    // Behind the last offset, so that next_marks() need not ask whether there is one.
    static constexpr std::uint32_t no_offset = UINT32_MAX;

    void begin(std::string_view block, Wanted wanted);
    void end(std::uint32_t* newline, std::uint32_t* quote, std::uint32_t* backslash);
    void find_by_bytes(bool with_quotes);
    template <bool with_quotes>
    void find_with_avx2();
    template <bool with_quotes>
    void find_with_avx512();

    OffsetList newlines_;
    OffsetList quotes_;
    OffsetList backslashes_;
    bool has_nul_ = false;
    bool is_ascii_ = true;
    std::string_view block_{};
    std::size_t next_quote_ = 0;
    std::size_t next_backslash_ = 0;
};

}  // namespace tidemark
