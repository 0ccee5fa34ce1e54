#include "logs/log_reader.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "unit/logs/log_text.h"

namespace tidemark {
namespace {

using test::combined_reading;
using test::describe;
using test::expect_accounted_for;
using test::read_file;
using test::read_text;
using test::Rows;
using test::rows_of;
using test::TextFile;

std::string line_of(const std::string& time,
                    const std::string& url,
                    const std::string& status,
                    const std::string& bytes) {
    return fmt::format(
        "1.2.3.4 - - [{}] \"GET {} HTTP/1.1\" {} {} \"-\" \"x\"\n", time, url, status, bytes);
}

const std::string noon = "17/May/2015:12:00:00 +0000";

// What a random text must give, by obvious code: each line is made together with its fate.
struct Oracle {
    std::string text;
    LineCounts counts;
    std::vector<std::pair<std::int64_t, RejectReason>> rejected;
    Rows rows;
};

void add_good_line(Oracle& oracle, RandomStream& random) {
    const auto slot_of_may = static_cast<std::int32_t>(random.below(96));
    const std::int32_t slot = (1431820800 / 1800) + slot_of_may;  // from 17 May 2015
    const std::string day = slot_of_may < 48 ? "17" : "18";
    const std::int32_t in_day = slot_of_may % 48;
    const std::string time = fmt::format("{}/May/2015:{:02}:{:02}:{:02} +0000",
                                         day,
                                         in_day / 2,
                                         random.below(30) + (in_day % 2 == 1 ? 30 : 0),
                                         random.below(60));
    const std::string site = fmt::format(
        "site{}{}", random.below(30), random.chance(0.3) ? "-\xc3\xa4-with-a-long-name" : "");
    const auto bytes = static_cast<std::int64_t>(random.below(100000000));
    oracle.text += line_of(time, fmt::format("/{}/v.ts", site), "200", std::to_string(bytes));
    ++oracle.counts.accepted;
    auto& sums = oracle.rows[{site, slot}];
    sums.resize(2);
    sums[0] += bytes;
    sums[1] += 1;
}

void add_bad_line(Oracle& oracle, RandomStream& random) {
    static const std::vector<std::pair<std::string, RejectReason>> bad = {
        {"nonsense\n", RejectReason::malformed},
        {line_of("31/Apr/2015:12:00:00 +0000", "/a", "200", "1"), RejectReason::bad_time},
        {line_of("17/May/2199:12:00:00 +0000", "/a", "200", "1"), RejectReason::future},
        {line_of(noon, "/a", "2", "1"), RejectReason::bad_status},
        {line_of(noon, "/a", "200", "x"), RejectReason::bad_bytes},
        {line_of(noon, "/a", "200", "-1"), RejectReason::negative_bytes},
        {line_of(noon, "/a\xff", "200", "1"), RejectReason::invalid_utf8},
        {line_of(noon, std::string("/a\0b", 4), "200", "1"), RejectReason::nul_byte},
        {line_of(noon, fmt::format("/{:s>600}", ""), "200", "1"), RejectReason::bad_subject},
        {line_of(noon, fmt::format("/{:l>3000}", ""), "200", "1"), RejectReason::too_long},
    };
    const auto& [line, reason] = bad[random.below(bad.size())];
    oracle.text += line;
    ++oracle.counts.rejected;
    oracle.rejected.emplace_back(oracle.counts.lines + 1, reason);
}

Oracle random_text(RandomStream& random, int lines, double bad_share) {
    Oracle oracle;
    for (int line = 0; line < lines; ++line) {
        if (random.chance(bad_share)) {
            add_bad_line(oracle, random);
        } else if (random.chance(0.05)) {
            oracle.text += random.chance(0.5) ? "\r\n" : "#comment\n";
            ++oracle.counts.comments;
        } else {
            add_good_line(oracle, random);
        }
        ++oracle.counts.lines;
    }
    if (random.chance(0.5) && oracle.text.ends_with("\n")) {
        oracle.text.pop_back();
    }
    return oracle;
}

TEST(LogReader, gives_what_obvious_code_gives_for_random_mixes_of_lines) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        RandomStream random(seed, "mixes");
        const Oracle oracle = random_text(random, 300, static_cast<double>(seed % 5) * 0.1);
        Reading reading = combined_reading();
        reading.line_length_max = 2000;
        reading.threads = static_cast<int>(seed % 3) + 1;
        reading.rejected_samples_max = 20;
        auto result = read_text(oracle.text, reading, 1U << (seed % 12 + 6));
        ASSERT_TRUE(result.has_value()) << result.error().message;
        EXPECT_EQ(result->counts, oracle.counts);
        expect_accounted_for(*result);
        EXPECT_EQ(rows_of(*result), oracle.rows);
        const std::size_t samples = std::min<std::size_t>(20, oracle.rejected.size());
        ASSERT_EQ(result->rejected_samples.size(), samples);
        for (std::size_t sample = 0; sample < samples; ++sample) {
            EXPECT_EQ(result->rejected_samples[sample].line, oracle.rejected[sample].first);
            EXPECT_EQ(result->rejected_samples[sample].reason, oracle.rejected[sample].second);
        }
    }
}

TEST(LogReader, gives_the_same_for_any_number_of_threads_blocks_and_packing) {
    constexpr std::uint64_t seed = 77;
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    RandomStream random(seed, "threads");
    const std::string text = random_text(random, 20000, 0.1).text;
    const std::size_t half = text.size() / 2;
    const TextFile plain(text);
    const TextFile gzipped(test::gzip(text.substr(0, half)) + test::gzip(text.substr(half)));
    const TextFile zstd(test::zstd(text));
    Reading reading = combined_reading();
    reading.line_length_max = 2000;
    auto expected = read_file(plain.path(), reading);
    ASSERT_TRUE(expected.has_value());
    ASSERT_EQ(expected->rejected_samples.size(), 300U);
    const std::string description = describe(*expected);
    for (const int threads : {1, 2, 3, 8}) {
        for (const std::size_t block_bytes : {5000U, 70000U, 1000000U}) {
            for (const TextFile* file : {&plain, &gzipped, &zstd}) {
                reading.threads = threads;
                auto result = read_file(file->path(), reading, block_bytes);
                ASSERT_TRUE(result.has_value());
                EXPECT_EQ(describe(*result), description) << threads << " " << block_bytes;
            }
        }
    }
}

TEST(LogReader, follows_a_layout_that_changes_in_the_middle_whoever_parses_what) {
    std::string text;
    for (int part = 0; part < 40; ++part) {
        text += part % 2 == 0 ? "#Fields: date time sc-bytes cs-uri-stem\n"
                              : "#Fields: cs-uri-stem date time sc-bytes\n";
        for (int line = 0; line < 50; ++line) {
            text += part % 2 == 0 ? "2015-05-17 12:00:00 7 /a/b\n" : "/a/b 2015-05-17 12:00:00 7\n";
        }
    }
    Reading reading = combined_reading();
    reading.format = "w3c";
    for (const int threads : {1, 2, 4}) {
        reading.threads = threads;
        reading.line_length_max = 100;
        auto result = read_text(text, reading, 512);
        ASSERT_TRUE(result.has_value()) << result.error().message;
        EXPECT_EQ(result->counts.accepted, 2000);
        EXPECT_EQ(result->counts.comments, 40);
        const Rows rows = rows_of(*result);
        ASSERT_EQ(rows.size(), 1U);
        EXPECT_EQ(rows.begin()->second, (std::vector<std::int64_t>{14000, 2000}));
    }
}

TEST(LogReader, asks_first_when_then_whether_a_line_counts_and_then_for_whom) {
    Reading reading = combined_reading();
    reading.missing_subject.clear();
    reading.statuses = {"2xx", "304"};
    reading.methods = {"GET"};
    auto result = read_text(line_of("17/May/2199:12:00:00 +0000", "/", "500", "1") +  // future
                                line_of(noon, "/", "500", "1") +                      // status
                                line_of(noon, "/", "200", "1") +                      // no_subject
                                line_of(noon, "/a", "304", "0") +                     // counts
                                "1.2.3.4 - - [" + noon + "] \"POST /a HTTP/1.1\" 200 1\n",
                            reading);
    ASSERT_TRUE(result.has_value());
    expect_accounted_for(*result);
    EXPECT_EQ(result->rejected_by_reason[static_cast<std::size_t>(RejectReason::future)], 1);
    EXPECT_EQ(result->rejected_by_reason[static_cast<std::size_t>(RejectReason::no_subject)], 1);
    EXPECT_EQ(result->ignored_by_reason[static_cast<std::size_t>(IgnoreReason::status)], 1);
    EXPECT_EQ(result->ignored_by_reason[static_cast<std::size_t>(IgnoreReason::method)], 1);
    EXPECT_EQ(result->counts.accepted, 1);
}

TEST(LogReader, takes_lines_up_to_the_tolerance_ahead_of_now) {
    // The clock says 2026-01-01T00:00:00Z.
    auto result = read_text(line_of("01/Jan/2026:00:05:00 +0000", "/a", "200", "1") +
                                line_of("01/Jan/2026:00:05:01 +0000", "/a", "200", "1"),
                            combined_reading());
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->counts.accepted, 1);
    ASSERT_EQ(result->rejected_samples.size(), 1U);
    EXPECT_EQ(result->rejected_samples[0].line, 2);
    EXPECT_EQ(result->rejected_samples[0].reason, RejectReason::future);
}

TEST(LogReader, refuses_a_file_of_too_many_days) {
    std::string text;
    for (int year = 2000; year < 2011; ++year) {
        text += line_of(fmt::format("17/May/{}:12:00:00 +0000", year), "/a", "200", "1");
    }
    Reading reading = combined_reading();
    reading.days_max = 11;
    EXPECT_TRUE(read_text(text, reading).has_value());
    reading.days_max = 10;
    for (const int threads : {1, 3}) {
        reading.threads = threads;
        const auto result = read_text(text, reading, 200);
        ASSERT_FALSE(result.has_value());
        EXPECT_EQ(result.error().kind, ErrorKind::invalid_input);
    }
}

TEST(LogReader, refuses_a_file_whose_sum_exceeds_64_bits) {
    const std::string largest = std::to_string(std::numeric_limits<std::int64_t>::max());
    const std::string text = line_of(noon, "/a", "200", largest) + line_of(noon, "/b", "200", "5") +
                             line_of(noon, "/a", "200", "1");
    Reading reading = combined_reading();
    for (const int threads : {1, 2}) {
        reading.threads = threads;
        reading.line_length_max = 120;
        const auto result = read_text(text, reading, 128);
        ASSERT_FALSE(result.has_value());
        EXPECT_EQ(result.error().kind, ErrorKind::refused);
        EXPECT_NE(result.error().message.find("'a'"), std::string::npos);
    }
}

TEST(LogReader, does_not_count_the_half_line_at_the_end_of_a_cut_off_file) {
    // Stored, not compressed: cut so that "12345" ends as "12".
    const std::string whole = line_of(noon, "/a", "200", "1") + "1.2.3.4 - - [" + noon +
                              "] \"GET /a HTTP/1.1\" 200 12345\n";
    const std::string packed = test::zstd(whole.substr(0, whole.size() - 4));
    Reading reading = combined_reading();
    const auto refused = read_text(packed.substr(0, packed.size() - 1), reading);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, ErrorKind::invalid_input);
    reading.accept_truncated = true;
    auto result = read_text(packed.substr(0, packed.size() - 1), reading);
    ASSERT_TRUE(result.has_value()) << result.error().message;
    EXPECT_TRUE(result->truncated);
    EXPECT_EQ(result->counts.lines, 2);
    EXPECT_EQ(result->counts.accepted, 1);
    EXPECT_EQ(result->counts.rejected, 1);
    // The same content that ends there by itself does count.
    EXPECT_EQ(read_text(packed, reading)->counts.accepted, 2);
}

TEST(LogReader, makes_samples_of_bad_bytes_readable) {
    auto result = read_text("ab\xff" + std::string("\0cd", 3) + std::string(2000, 'x') + "\n",
                            combined_reading());
    ASSERT_TRUE(result.has_value());
    ASSERT_EQ(result->rejected_samples.size(), 1U);
    const std::string& text = result->rejected_samples[0].text;
    EXPECT_TRUE(
        text.starts_with("ab\xef\xbf\xbd\xef\xbf\xbd"
                         "cdxxx"))
        << text;
    EXPECT_EQ(text.size(), 512U);
}

TEST(LogReader, reads_an_empty_file) {
    auto result = read_text("", combined_reading());
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->counts, LineCounts{});
    EXPECT_EQ(result->rows->next(), nullptr);
}

TEST(LogReader, reports_its_progress_at_least_at_the_end) {
    const std::string text = line_of(noon, "/a", "200", "1");
    const TextFile file(text);
    const auto reader = LogReader::make(combined_reading(), test::test_clock());
    ASSERT_TRUE(reader.has_value());
    ReadingProgress last;
    ASSERT_TRUE((*reader)->read(file.path(), [&](const ReadingProgress& now) { last = now; }));
    EXPECT_EQ(last.bytes_read, text.size());
    EXPECT_EQ(last.bytes_expanded, text.size());
    EXPECT_EQ(last.lines, 1);
}

TEST(LogReader, is_not_made_of_options_out_of_range) {
    const auto error_of = [](void (*change)(Reading&)) {
        Reading reading = combined_reading();
        change(reading);
        const auto reader = LogReader::make(reading, test::test_clock());
        return reader.has_value() ? "none" : std::string(to_string(reader.error().kind));
    };
    EXPECT_EQ(error_of([](Reading&) {}), "none");
    EXPECT_EQ(error_of([](Reading& reading) { reading.threads = 0; }), "invalid_input");
    EXPECT_EQ(error_of([](Reading& reading) { reading.line_length_max = 0; }), "invalid_input");
    EXPECT_EQ(error_of([](Reading& reading) { reading.metrics.clear(); }), "invalid_input");
    EXPECT_EQ(error_of([](Reading& reading) { reading.statuses = {"2x"}; }), "invalid_input");
    EXPECT_EQ(error_of([](Reading& reading) { reading.format = "combind"; }), "invalid_input");
}

}  // namespace
}  // namespace tidemark
