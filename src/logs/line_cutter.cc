#include "logs/line_cutter.h"

#include <algorithm>
#include <cstring>
#include <span>

#include "logs/line_text.h"

namespace tidemark {

namespace {

// Behind the last newline of the block's bytes from `from` on; `from` when there is none.
std::size_t end_of_lines(const LineBlock& block, std::size_t from) {
    const void* newline = ::memrchr(block.bytes.get() + from, '\n', block.size - from);
    if (newline == nullptr) {
        return from;
    }
    return static_cast<std::size_t>(static_cast<const char*>(newline) - block.bytes.get()) + 1;
}

}  // namespace

LineCutter::LineCutter(ByteSource& source, LineParser& layout, const Sizes& sizes)
    : source_(source), layout_(layout), sizes_(sizes), has_directives_(layout.has_directives()) {}

// A block must take the tail of the one before it (at most the longest line) and still have room.
void LineCutter::make_room(LineBlock& block) const {
    const std::size_t needed = std::max(sizes_.block_bytes, 2 * (sizes_.line_length_max + 2));
    if (block.capacity < needed) {
        block.bytes = std::make_unique<char[]>(needed + 64);
        block.capacity = needed;
    }
}

Result<std::size_t> LineCutter::read(LineBlock& block) {
    const std::span<char> room(block.bytes.get() + block.size, block.capacity - block.size);
    TIDEMARK_ASSIGN_OR_RETURN(const std::size_t got, source_.read(room));
    hasher_.update({room.data(), got});
    bytes_expanded_ += got;
    block.size += got;
    return got;
}

Result<bool> LineCutter::next(LineBlock& block, WorkerParser& worker) {
    make_room(block);
    block.last_line_is_torn = false;
    TIDEMARK_ASSIGN_OR_RETURN(const bool filled, fill(block));
    if (!filled) {
        return false;
    }
    block.sequence = next_sequence_++;
    if (worker.parser == nullptr || worker.directives_seen != directives_seen_) {
        worker.parser = layout_.clone();
    }
    if (has_directives_) {
        take_directives(block.text());
    }
    // The worker's parser meets the block's own directives as it parses.
    worker.directives_seen = directives_seen_;
    return true;
}

Result<bool> LineCutter::fill(LineBlock& block) {
    block.size = 0;
    if (skipping_) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool more, skip_long_line(block));
        if (!more) {
            return false;
        }
    } else {
        std::memcpy(block.bytes.get(), tail_.data(), tail_.size());
        block.size = tail_.size();
        tail_.clear();
    }
    while (true) {
        const std::size_t lines_end = end_of_lines(block, 0);
        if (lines_end > 0) {
            keep_tail(block, lines_end);
            return true;
        }
        // One byte more than the longest line may be its CR.
        if (block.size > sizes_.line_length_max + 1) {
            block.size = sizes_.line_length_max + 2;
            skipping_ = true;
            return true;
        }
        TIDEMARK_ASSIGN_OR_RETURN(const std::size_t got, read(block));
        if (got == 0) {
            block.last_line_is_torn = block.size > 0 && source_.truncated();
            return block.size > 0;
        }
    }
}

// Reads until the long line has ended; what follows it is the block's beginning.
Result<bool> LineCutter::skip_long_line(LineBlock& block) {
    while (true) {
        block.size = 0;
        TIDEMARK_ASSIGN_OR_RETURN(const std::size_t got, read(block));
        if (got == 0) {
            return false;
        }
        const void* newline = std::memchr(block.bytes.get(), '\n', block.size);
        if (newline != nullptr) {
            const auto skipped =
                static_cast<std::size_t>(static_cast<const char*>(newline) - block.bytes.get()) + 1;
            block.size -= skipped;
            std::memmove(block.bytes.get(), block.bytes.get() + skipped, block.size);
            skipping_ = false;
            return true;
        }
    }
}

void LineCutter::keep_tail(LineBlock& block, std::size_t lines_end) {
    tail_.assign(block.bytes.get() + lines_end, block.size - lines_end);
    block.size = lines_end;
}

void LineCutter::take_directives(std::string_view text) {
    std::size_t begin = 0;
    while (begin < text.size()) {
        const bool may_be_directive = first_line_awaited_ || text[begin] == '#';
        if (may_be_directive) {
            const std::size_t end = std::min(text.find('\n', begin), text.size());
            take_directive(without_cr(text.substr(begin, end - begin)));
            begin = end + 1;
            continue;
        }
        const std::size_t before = text.find("\n#", begin);
        if (before == std::string_view::npos) {
            return;
        }
        begin = before + 1;
    }
}

// Shows the layout what parse() will be shown: no blank line and none that is rejected unread.
void LineCutter::take_directive(std::string_view line) {
    if (line.empty() || line.size() > sizes_.line_length_max || unreadable(line).has_value()) {
        return;
    }
    layout_.take_directive(line, first_line_awaited_);
    first_line_awaited_ = false;
    ++directives_seen_;
}

}  // namespace tidemark
