#pragma once
// LineIndex: where the lines of a block end, and whether any byte of it needs a closer look.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace tidemark {

// One pass over the block finds all of it. One thread at a time.
class LineIndex {
 public:
    // block.size() < 4 GB. Reads up to 64 bytes beyond the block's end.
    void find(std::string_view block);

    // The same by plain loops: what the vector code must agree with, and what runs where there is
    // no AVX2. Reads nothing beyond the block.
    void find_portably(std::string_view block);

    // Offsets of the newlines, rising.
    [[nodiscard]] const std::uint32_t* newlines() const { return newlines_.get(); }
    [[nodiscard]] std::size_t newline_count() const { return newline_count_; }

    [[nodiscard]] bool has_nul() const { return has_nul_; }
    [[nodiscard]] bool is_ascii() const { return is_ascii_; }

 private:
    void reserve(std::size_t count);
    void find_with_avx2(std::string_view block);

    // Room for a newline at every byte; pages that are never written cost nothing.
    std::unique_ptr<std::uint32_t[]> newlines_;
    std::size_t capacity_ = 0;
    std::size_t newline_count_ = 0;
    bool has_nul_ = false;
    bool is_ascii_ = true;
};

}  // namespace tidemark
