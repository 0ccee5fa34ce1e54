#include "logs/line_cutter.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tidemark {
namespace {

// Gives a text in pieces of at most `step` bytes, and can claim to have been cut off.
class TextSource final : public ByteSource {
 public:
    TextSource(std::string text, std::size_t step, bool is_truncated = false)
        : text_(std::move(text)), step_(step), is_truncated_(is_truncated) {}

    Result<std::size_t> read(std::span<char> into) override {
        const std::size_t count = std::min({step_, into.size(), text_.size() - given_});
        std::memcpy(into.data(), text_.data() + given_, count);
        given_ += count;
        return count;
    }
    [[nodiscard]] std::uint64_t bytes_read() const override { return given_; }
    [[nodiscard]] bool truncated() const override {
        return is_truncated_ && given_ == text_.size();
    }

 private:
    std::string text_;
    std::size_t step_;
    bool is_truncated_;
    std::size_t given_ = 0;
};

// Remembers the directives that it was shown; its clones carry them on.
class DirectiveParser final : public LineParser {
 public:
    DirectiveParser() = default;
    explicit DirectiveParser(std::vector<std::string> seen) : seen_(std::move(seen)) {}

    [[nodiscard]] std::unique_ptr<LineParser> clone() const override {
        return std::make_unique<DirectiveParser>(seen_);
    }
    LineVerdict parse(std::string_view line, LogRecord& /*record*/) override {
        if (line.starts_with('#') || seen_.empty()) {
            take_directive(line, seen_.empty());
        }
        return LineVerdict::comment();
    }
    void take_directive(std::string_view line, bool first_line_of_file) override {
        seen_.push_back((first_line_of_file ? "first " : "") + std::string(line));
    }
    [[nodiscard]] const std::vector<std::string>& seen() const { return seen_; }

 private:
    std::vector<std::string> seen_;
};

std::vector<std::string> lines_of(std::string_view block) {
    std::vector<std::string> lines;
    while (!block.empty()) {
        const std::size_t end = block.find('\n');
        lines.emplace_back(block.substr(0, end));
        block.remove_prefix(end == std::string_view::npos ? block.size() : end + 1);
    }
    return lines;
}

struct Cut {
    std::vector<std::string> lines;
    bool last_line_is_torn = false;
    ContentHash hash;
    std::size_t largest_block = 0;
};

Cut cut(std::string text, std::size_t step, LineCutter::Sizes sizes, bool is_truncated = false) {
    TextSource source(std::move(text), step, is_truncated);
    DirectiveParser layout;
    LineCutter cutter(source, layout, sizes);
    LineBlock block;
    WorkerParser worker;
    Cut result;
    std::int64_t sequence = 0;
    while (cutter.next(block, worker).value()) {
        EXPECT_EQ(block.sequence, sequence++);
        EXPECT_FALSE(result.last_line_is_torn);
        result.last_line_is_torn = block.last_line_is_torn;
        result.largest_block = std::max(result.largest_block, block.capacity);
        for (std::string& line : lines_of(block.text())) {
            result.lines.push_back(std::move(line));
        }
    }
    result.hash = cutter.content_hash();
    return result;
}

ContentHash hash_of(std::string_view text) {
    ContentHasher hasher;
    hasher.update(text);
    return hasher.finish();
}

RC_GTEST_PROP(LineCutterProperty, gives_every_line_once_however_it_is_cut, ()) {
    const std::string text = *rc::gen::resize(
        300,
        rc::gen::container<std::string>(rc::gen::weightedElement<char>({{8, 'a'}, {2, '\n'}})));
    const auto step = *rc::gen::inRange<std::size_t>(1, 50);
    const auto line_length_max = *rc::gen::inRange<std::size_t>(1, 30);
    const auto block_bytes = *rc::gen::inRange<std::size_t>(1, 100);
    const Cut result = cut(text, step, {block_bytes, line_length_max});
    std::vector<std::string> expected = lines_of(text);
    RC_ASSERT(result.lines.size() == expected.size());
    for (std::size_t line = 0; line < expected.size(); ++line) {
        if (expected[line].size() <= line_length_max) {
            RC_ASSERT(result.lines[line] == expected[line]);
        } else {
            RC_ASSERT(result.lines[line].size() > line_length_max);
            RC_ASSERT(expected[line].starts_with(result.lines[line]));
        }
    }
    RC_ASSERT(result.hash == hash_of(text));
    RC_ASSERT(!result.last_line_is_torn);
}

TEST(LineCutter, holds_only_the_beginning_of_an_endless_line) {
    const std::string text = "a\n" + std::string(5000000, 'x') + "\nb\n";
    const Cut result = cut(text, 4096, {.block_bytes = 8192, .line_length_max = 100});
    ASSERT_EQ(result.lines.size(), 3U);
    EXPECT_EQ(result.lines[0], "a");
    EXPECT_GT(result.lines[1].size(), 101U);
    EXPECT_EQ(result.lines[2], "b");
    EXPECT_LE(result.largest_block, 8192U);
    EXPECT_EQ(result.hash, hash_of(text));
}

TEST(LineCutter, takes_a_long_line_at_the_end_without_a_newline) {
    const Cut result =
        cut("a\n" + std::string(1000, 'x'), 7, {.block_bytes = 64, .line_length_max = 10});
    ASSERT_EQ(result.lines.size(), 2U);
    EXPECT_GT(result.lines[1].size(), 11U);
}

TEST(LineCutter, says_that_a_cut_off_content_ends_in_the_middle_of_a_line) {
    EXPECT_TRUE(cut("a\nb", 10, {}, true).last_line_is_torn);
    EXPECT_FALSE(cut("a\nb\n", 10, {}, true).last_line_is_torn);
    EXPECT_FALSE(cut("a\nb", 10, {}, false).last_line_is_torn);
}

TEST(LineCutter, gives_nothing_of_an_empty_content) {
    EXPECT_TRUE(cut("", 10, {}).lines.empty());
}

// Two workers that take the blocks in turn: each one's parser must have seen, at the beginning of
// a block, the first line and every directive of the blocks before it.
TEST(LineCutter, shows_each_worker_the_directives_before_its_block) {
    const std::string text =
        "\nheader\ndata\n#one\ndata\ndata\ndata\n#two\n#three\ndata\n#bad "
        "\xff\ndata\n#four\ndata\n";
    for (std::size_t block_bytes = 1; block_bytes < 60; ++block_bytes) {
        TextSource source(text, block_bytes);
        DirectiveParser layout;
        LineCutter cutter(source, layout, {.block_bytes = block_bytes, .line_length_max = 20});
        std::vector<WorkerParser> workers(2);
        LineBlock block;
        LogRecord record;
        std::vector<std::string> expected;
        for (std::size_t turn = 0;; ++turn) {
            WorkerParser& worker = workers[turn % 3 == 0 ? 0 : 1];
            if (!cutter.next(block, worker).value()) {
                break;
            }
            auto& parser = dynamic_cast<DirectiveParser&>(*worker.parser);
            ASSERT_EQ(parser.seen(), expected) << "blocks of " << block_bytes;
            for (const std::string& line : lines_of(block.text())) {
                const bool readable = !line.empty() && line.find('\xff') == std::string::npos;
                if (!readable) {
                    continue;
                }
                parser.parse(line, record);
                if (expected.empty()) {
                    expected.push_back("first " + line);
                } else if (line.starts_with('#')) {
                    expected.push_back(line);
                }
            }
        }
        EXPECT_EQ(expected,
                  (std::vector<std::string>{"first header", "#one", "#two", "#three", "#four"}));
    }
}

}  // namespace
}  // namespace tidemark
