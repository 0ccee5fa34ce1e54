#pragma once
// LineCutter: a stream of bytes in, blocks of whole lines out, in order and in bounded memory.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/content_hash.h"
#include "base/result.h"
#include "logs/byte_source.h"
#include "logs/lines/line_parser.h"

namespace tidemark {

// Whole lines of a file, with 64 readable bytes behind them. Reused from one block to the next.
struct LineBlock {
    std::unique_ptr<char[]> bytes;
    std::size_t capacity = 0;  // without the 64
    std::size_t size = 0;
    std::int64_t sequence = 0;  // 0, 1, 2 ... within the file
    // The last line has no newline because a truncated content ends in it: it is not all there.
    bool last_line_is_torn = false;

    [[nodiscard]] std::string_view text() const { return {bytes.get(), size}; }
};

// The parser that knows the layout at a block's beginning, for one worker.
struct WorkerParser {
    std::unique_ptr<LineParser> parser;
    std::int64_t directives_seen = 0;
};

// One thread at a time; several threads may take turns.
class LineCutter {
 public:
    struct Sizes {
        std::size_t block_bytes = std::size_t{256} << 10U;
        std::size_t line_length_max = 65536;
    };

    // `source` and `layout` are borrowed. `layout` is the parser that sees every directive.
    LineCutter(ByteSource& source, LineParser& layout, const Sizes& sizes);

    // Fills the block with the next lines and brings the worker's parser to the layout in force at
    // its beginning; false at the end. A line longer than line_length_max comes as its beginning,
    // at least two bytes too long, without a newline; the rest of it is read over.
    Result<bool> next(LineBlock& block, WorkerParser& worker);

    // Of everything read so far.
    [[nodiscard]] ContentHash content_hash() const { return hasher_.finish(); }
    [[nodiscard]] std::uint64_t bytes_expanded() const { return bytes_expanded_; }

 private:
    void make_room(LineBlock& block) const;
    Result<std::size_t> read(LineBlock& block);
    Result<bool> fill(LineBlock& block);
    Result<bool> skip_long_line(LineBlock& block);
    void keep_tail(LineBlock& block, std::size_t lines_end);
    void take_directives(std::string_view text);
    void take_directive(std::string_view line);

    ByteSource& source_;
    LineParser& layout_;
    const Sizes sizes_;
    ContentHasher hasher_;
    std::string tail_;  // a line's beginning that awaits the next block
    bool skipping_ = false;
    bool first_line_awaited_ = true;
    const bool has_directives_;
    std::int64_t directives_seen_ = 0;
    std::int64_t next_sequence_ = 0;
    std::uint64_t bytes_expanded_ = 0;
};

}  // namespace tidemark
