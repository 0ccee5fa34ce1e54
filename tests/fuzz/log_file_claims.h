#pragma once
// What holds for any content of a file that is unpacked and cut into lines.

#include <algorithm>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/check.h"
#include "logs/byte_source.h"
#include "logs/line_cutter.h"
#include "logs/lines/combined.h"

namespace tidemark::test {

class MemorySource final : public ByteSource {
 public:
    explicit MemorySource(std::string_view bytes) : bytes_(bytes) {}
    Result<std::size_t> read(std::span<char> into) override {
        const std::size_t count = std::min(into.size(), bytes_.size() - given_);
        std::memcpy(into.data(), bytes_.data() + given_, count);
        given_ += count;
        return count;
    }
    [[nodiscard]] std::uint64_t bytes_read() const override { return given_; }

 private:
    std::string_view bytes_;
    std::size_t given_ = 0;
};

// Cuts all of the source: the bytes of its lines and how many there are, or nothing on an error.
struct CutLines {
    bool failed = false;
    std::size_t lines = 0;
    ContentHash hash;
};

inline CutLines cut_all(ByteSource& source, std::size_t block_bytes) {
    const Result<std::unique_ptr<LineParser>> layout = make_combined_parser({});
    constexpr std::size_t line_length_max = 50;
    LineCutter cutter(
        source, **layout, {.block_bytes = block_bytes, .line_length_max = line_length_max});
    LineBlock block;
    WorkerParser worker;
    CutLines result;
    while (true) {
        const Result<bool> more = cutter.next(block, worker);
        if (!more.has_value() || !*more) {
            result.failed = !more.has_value();
            result.hash = cutter.content_hash();
            return result;
        }
        const std::string_view text = block.text();
        TIDEMARK_CHECK(!text.empty());
        result.lines += static_cast<std::size_t>(std::ranges::count(text, '\n'));
        result.lines += text.ends_with('\n') ? 0 : 1;
    }
}

// The first byte says how the rest is packed; both sizes of blocks must give the same lines.
inline void check_log_file(std::string_view input) {
    if (input.empty()) {
        return;
    }
    const auto packing = static_cast<unsigned char>(input.front());
    input.remove_prefix(1);
    const auto cut = [&](std::size_t block_bytes) {
        const UnpackingLimits limits{.expanded_bytes_max = std::uint64_t{1} << 20U,
                                     .accept_truncated = (packing & 4U) != 0};
        std::unique_ptr<ByteSource> source = std::make_unique<MemorySource>(input);
        if (packing % 3 == 1) {
            source = make_gzip_source(std::move(source), "input", limits);
        } else if (packing % 3 == 2) {
            source = make_zstd_source(std::move(source), "input", limits);
        }
        return cut_all(*source, block_bytes);
    };
    const CutLines small = cut(1);
    const CutLines large = cut(100000);
    TIDEMARK_CHECK(small.failed == large.failed);
    if (!small.failed) {
        TIDEMARK_CHECK(small.lines == large.lines && small.hash == large.hash);
    }
}

}  // namespace tidemark::test
