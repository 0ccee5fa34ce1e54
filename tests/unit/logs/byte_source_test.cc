#include "logs/byte_source.h"

#include <array>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>

#include "base/random.h"
#include "unit/logs/log_text.h"

namespace tidemark {
namespace {

using test::gzip;
using test::TextFile;
using test::zstd;

constexpr UnpackingLimits wide{.expanded_bytes_max = std::uint64_t{1} << 30U};
constexpr UnpackingLimits wide_and_lenient{.expanded_bytes_max = std::uint64_t{1} << 30U,
                                           .accept_truncated = true};

struct Content {
    std::string text;
    bool truncated = false;
    std::uint64_t bytes_read = 0;
};

Result<Content> read_all(ByteSource& source, std::size_t step = 1000) {
    Content content;
    std::string piece(step, '\0');
    while (true) {
        const Result<std::size_t> got = source.read(piece);
        if (!got.has_value()) {
            return got.error();
        }
        if (*got == 0) {
            content.truncated = source.truncated();
            content.bytes_read = source.bytes_read();
            return content;
        }
        content.text.append(piece, 0, *got);
    }
}

Result<Content> read_all(const std::string& stored,
                         const UnpackingLimits& limits,
                         std::size_t step = 1000) {
    const TextFile file(stored);
    auto source = open_byte_source(file.path(), limits);
    if (!source.has_value()) {
        return source.error();
    }
    return read_all(**source, step);
}

std::string long_text() {
    std::string text;
    for (int line = 0; line < 20000; ++line) {
        text += "line " + std::to_string(line * 7919) + "\n";
    }
    return text;
}

TEST(ByteSource, tells_what_it_reads_by_content) {
    const std::string text = long_text();
    for (const std::string& stored : {text, gzip(text), zstd(text)}) {
        const auto content = read_all(stored, wide);
        ASSERT_TRUE(content.has_value());
        EXPECT_EQ(content->text, text);
        EXPECT_EQ(content->bytes_read, stored.size());
        EXPECT_FALSE(content->truncated);
    }
}

TEST(ByteSource, takes_contents_shorter_than_any_mark) {
    for (const std::string text : {"", "a", "\x1f", "abc", "abcd"}) {
        const auto content = read_all(text, wide, 1);
        ASSERT_TRUE(content.has_value());
        EXPECT_EQ(content->text, text);
    }
}

TEST(ByteSource, reads_several_members_and_frames_in_any_steps) {
    const std::string text = long_text();
    for (const std::size_t step : {1U, 3U, 64U, 1000U, 1000000U}) {
        const std::string one = "one\n";
        const std::string parts = one + text + "" + one;
        const auto members = read_all(gzip(one) + gzip(text) + gzip("") + gzip(one), wide, step);
        ASSERT_TRUE(members.has_value()) << members.error().message;
        EXPECT_EQ(members->text, parts);
        const auto frames = read_all(zstd(one) + zstd(text) + zstd("") + zstd(one), wide, step);
        ASSERT_TRUE(frames.has_value()) << frames.error().message;
        EXPECT_EQ(frames->text, parts);
    }
}

TEST(ByteSource, reads_a_member_that_ends_anywhere_in_its_input_buffer) {
    const std::string one = gzip("first\n");
    for (std::size_t shift = 0; shift < 40; ++shift) {
        const std::string filler(262144 - 20 + shift - one.size() % 7, 'x');
        std::string noise;
        RandomStream random(shift, "noise");
        for (std::size_t at = 0; at < filler.size(); ++at) {
            noise.push_back(static_cast<char>(random.next()));
        }
        const auto content = read_all(gzip(noise) + gzip("second\n"), wide, 65536);
        ASSERT_TRUE(content.has_value()) << content.error().message;
        EXPECT_EQ(content->text, noise + "second\n");
    }
}

TEST(ByteSource, ignores_zero_bytes_behind_gzip_and_refuses_anything_else) {
    const auto padded = read_all(gzip("a\n") + std::string(1000, '\0') + gzip("b\n"), wide);
    ASSERT_TRUE(padded.has_value());
    EXPECT_EQ(padded->text, "a\nb\n");
    const auto followed = read_all(gzip("a\n") + "plain text", wide);
    ASSERT_FALSE(followed.has_value());
    EXPECT_EQ(followed.error().kind, ErrorKind::invalid_input);
}

TEST(ByteSource, refuses_a_content_cut_off_anywhere_unless_it_is_accepted) {
    const std::string text = long_text().substr(0, 900);
    for (const bool of_zstd : {false, true}) {
        const std::string stored = of_zstd ? zstd(text) : gzip(text);
        // From where the mark is whole; fewer bytes are plain text.
        for (std::size_t size = of_zstd ? 4 : 2; size < stored.size(); size += 5) {
            const auto refused = read_all(stored.substr(0, size), wide);
            ASSERT_FALSE(refused.has_value()) << size;
            EXPECT_EQ(refused.error().kind, ErrorKind::invalid_input);
            const auto accepted = read_all(stored.substr(0, size), wide_and_lenient);
            ASSERT_TRUE(accepted.has_value()) << size;
            EXPECT_TRUE(accepted->truncated);
            EXPECT_TRUE(text.starts_with(accepted->text));
        }
    }
}

TEST(ByteSource, refuses_a_damaged_content) {
    const std::string text = long_text();
    for (std::string stored : {gzip(text), zstd(text)}) {
        for (std::size_t at = stored.size() / 2; at < stored.size() / 2 + 8; ++at) {
            stored[at] = static_cast<char>(~stored[at]);
        }
        const auto content = read_all(stored, wide);
        ASSERT_FALSE(content.has_value());
        EXPECT_EQ(content.error().kind, ErrorKind::invalid_input);
    }
    std::string wrong_checksum = gzip(text);
    wrong_checksum[wrong_checksum.size() - 6] ^= 1;
    const auto content = read_all(wrong_checksum, wide);
    ASSERT_FALSE(content.has_value());
    EXPECT_NE(content.error().message.find("checksum"), std::string::npos);
}

TEST(ByteSource, stops_a_content_that_expands_beyond_its_bound) {
    const std::string bomb(50000000, 'a');
    for (const std::string& stored : {gzip(bomb), zstd(bomb)}) {
        ASSERT_LT(stored.size(), bomb.size() / 100);
        const auto refused = read_all(stored, {.expanded_bytes_max = 1000000});
        ASSERT_FALSE(refused.has_value());
        EXPECT_EQ(refused.error().kind, ErrorKind::invalid_input);
        EXPECT_NE(refused.error().message.find("1000000"), std::string::npos);
        const auto taken = read_all(stored, {.expanded_bytes_max = 50000000}, 100000);
        ASSERT_TRUE(taken.has_value());
        EXPECT_EQ(taken->text.size(), bomb.size());
    }
}

TEST(ByteSource, says_what_cannot_be_opened) {
    const auto absent = open_byte_source("/nonexistent/a.log", wide);
    ASSERT_FALSE(absent.has_value());
    EXPECT_EQ(absent.error().kind, ErrorKind::not_found);
    EXPECT_NE(absent.error().message.find("/nonexistent/a.log"), std::string::npos);
    const auto directory = open_byte_source("/", wide);
    ASSERT_FALSE(directory.has_value());
    EXPECT_EQ(directory.error().kind, ErrorKind::invalid_input);
}

TEST(ByteSource, reads_standard_input_from_a_pipe) {
    const std::string text = long_text();
    const std::string stored = gzip(text);
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const int kept = ::dup(STDIN_FILENO);
    ASSERT_GE(::dup2(ends[0], STDIN_FILENO), 0);
    ::close(ends[0]);
    std::thread writer([&] {
        // Byte by byte at first: the mark must be waited for.
        for (std::size_t at = 0; at < stored.size();) {
            const ssize_t wrote =
                ::write(ends[1], stored.data() + at, at < 8 ? 1 : stored.size() - at);
            if (wrote <= 0) {
                break;
            }
            at += static_cast<std::size_t>(wrote);
        }
        ::close(ends[1]);
    });
    auto source = open_byte_source("-", wide);
    ASSERT_TRUE(source.has_value());
    const auto content = read_all(**source);
    writer.join();
    ::dup2(kept, STDIN_FILENO);
    ::close(kept);
    ASSERT_TRUE(content.has_value());
    EXPECT_EQ(content->text, text);
}

TEST(ReadAhead, gives_the_same_bytes_and_the_same_error) {
    const std::string text = long_text() + long_text() + long_text();
    const TextFile good(gzip(text));
    const auto ahead = make_read_ahead(open_byte_source(good.path(), wide).value());
    const auto content = read_all(*ahead);
    ASSERT_TRUE(content.has_value());
    EXPECT_EQ(content->text, text);

    const std::string packed = gzip(text);
    const TextFile bad(packed.substr(0, packed.size() / 2));
    const auto failing = make_read_ahead(open_byte_source(bad.path(), wide).value());
    const auto failed = read_all(*failing);
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().kind, ErrorKind::invalid_input);
}

TEST(ReadAhead, can_be_dropped_in_the_middle) {
    const TextFile file(gzip(std::string(20000000, 'a')));
    const auto ahead = make_read_ahead(open_byte_source(file.path(), wide).value());
    std::string piece(10, '\0');
    EXPECT_EQ(ahead->read(piece).value(), 10U);
}

}  // namespace
}  // namespace tidemark
