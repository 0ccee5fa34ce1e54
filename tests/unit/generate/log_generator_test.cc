#include "generate/log_generator.h"

#include <charconv>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace tidemark {
namespace {

GenerateOptions small(GeneratedFormat format) {
    GenerateOptions options;
    options.format = format;
    options.seed = 7;
    options.lines = 20000;
    options.subjects = 50;
    options.objects = 100;
    return options;
}

struct Written {
    std::string text;
    GeneratedTruth truth;
    std::vector<TruthRow> rows;
};

Written write(const GenerateOptions& options) {
    Written written;
    const auto generator = LogGenerator::make(options);
    EXPECT_TRUE(generator.has_value());
    const auto sink = [&written](std::string_view block) -> Result<void> {
        written.text.append(block);
        return {};
    };
    EXPECT_TRUE((*generator)->write(sink, &written.truth).has_value());
    written.rows = written.truth.rows((*generator)->pieces());
    return written;
}

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text.remove_prefix(end + 1);
    }
    return lines;
}

class EveryFormat : public testing::TestWithParam<GeneratedFormat> {};

TEST_P(EveryFormat, gives_the_same_bytes_for_the_same_seed_and_any_threads) {
    GenerateOptions options = small(GetParam());
    options.malformed_share = 0.05;
    const std::string text = write(options).text;
    EXPECT_EQ(write(options).text, text);
    options.threads = 3;
    EXPECT_EQ(write(options).text, text);
    options.seed = 8;
    EXPECT_NE(write(options).text, text);
}

TEST_P(EveryFormat, accounts_for_every_line_it_writes) {
    GenerateOptions options = small(GetParam());
    options.malformed_share = 0.05;
    options.threads = 2;
    const Written written = write(options);
    const GeneratedTruth& truth = written.truth;
    EXPECT_EQ(truth.lines, std::ssize(lines_of(written.text)));
    EXPECT_EQ(truth.accepted + truth.rejected + truth.ignored + truth.comments, truth.lines);
    std::int64_t rejected = 0;
    for (const auto& [reason, count] : truth.rejected_by_reason) {
        rejected += count;
    }
    EXPECT_EQ(rejected, truth.rejected);
    // A record in twenty is flawed; some flaws are accepted, one gives two lines.
    EXPECT_GT(truth.rejected, options.lines / 25);
    EXPECT_LT(truth.rejected, options.lines / 15);
}

TEST_P(EveryFormat, writes_about_the_bytes_asked_for) {
    GenerateOptions options = small(GetParam());
    options.bytes = 3'000'000;
    const auto size = static_cast<double>(write(options).text.size());
    EXPECT_NEAR(size, 3'000'000.0, 30'000.0);
}

INSTANTIATE_TEST_SUITE_P(Formats,
                         EveryFormat,
                         testing::Values(GeneratedFormat::combined,
                                         GeneratedFormat::fastly,
                                         GeneratedFormat::fastly_text,
                                         GeneratedFormat::edgecast,
                                         GeneratedFormat::cloudfront,
                                         GeneratedFormat::w3c,
                                         GeneratedFormat::json,
                                         GeneratedFormat::delimited,
                                         GeneratedFormat::ping),
                         [](const auto& test) { return std::string(to_string(test.param)); });

std::int64_t number(std::string_view text) {
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

// Reads a clean EdgeCast file by nothing but its blanks: subject, slot, bytes.
TEST(LogGenerator, tells_the_truth_by_subject_and_slot) {
    GenerateOptions options = small(GeneratedFormat::edgecast);
    options.malformed_share = 0;
    const Written written = write(options);
    std::map<std::pair<std::string, std::int64_t>, GeneratedValues> found;
    std::vector<std::string_view> lines = lines_of(written.text);
    lines.erase(lines.begin());
    for (std::string_view line : lines) {
        std::vector<std::string_view> columns;
        for (int column = 0; column < 10; ++column) {
            columns.push_back(line.substr(0, line.find(' ')));
            line.remove_prefix(columns.back().size() + 1);
        }
        std::string_view path = columns[9];
        path.remove_prefix(path.find('/', 7) + 1);
        const std::string subject(path.substr(0, path.find('/')));
        GeneratedValues& values = found[{subject, number(columns[0]) / 1800}];
        values[0] += number(columns[7]);
        values[1] += 1;
    }
    ASSERT_EQ(written.rows.size(), found.size());
    for (const TruthRow& row : written.rows) {
        EXPECT_EQ(row.values, (found[{row.subject, row.slot.index()}])) << row.subject;
    }
    EXPECT_EQ(written.truth.accepted, std::ssize(lines));
    EXPECT_GT(written.truth.totals[0], std::int64_t{1} << 32);
}

TEST(LogGenerator, tells_the_truth_of_pings_by_event) {
    GenerateOptions options = small(GeneratedFormat::ping);
    options.malformed_share = 0;
    const Written written = write(options);
    GeneratedValues found{};
    for (const std::string_view line : lines_of(written.text)) {
        const bool clienta = line.find("/v1/clienta/") != std::string_view::npos;
        const bool player = line.find("/v1/jwplayer6/") != std::string_view::npos;
        found[0] += player && line.find("&e=s&") != std::string_view::npos ? 1 : 0;
        found[1] += clienta && line.find("&e=i&") != std::string_view::npos ? 1 : 0;
        found[2] += clienta && line.find("&e=c&") != std::string_view::npos ? 1 : 0;
    }
    EXPECT_EQ(written.truth.totals, found);
    EXPECT_EQ(found[0] + found[1] + found[2], written.truth.accepted);
    EXPECT_EQ(written.truth.ignored_by_reason.at("event"), written.truth.ignored);
}

struct Lags {
    std::int64_t lines = 0;
    std::int64_t within_minute = 0;
    std::int64_t within_half_hour = 0;
    std::int64_t within_day = 0;
    std::int64_t later = 0;
    std::int64_t ahead = 0;
};

// A line's place is known to the second only when the day is flat and nothing is repeated.
Lags lags_of(const GenerateOptions& options) {
    Lags lags;
    const DayShape shape(options, options.lines);
    std::vector<std::string_view> lines;
    const Written written = write(options);
    lines = lines_of(written.text);
    for (std::size_t index = 1; index < lines.size(); ++index) {
        const std::int64_t line_s = shape.second_of(static_cast<std::int64_t>(index) - 1);
        const std::int64_t lag = line_s - number(lines[index].substr(0, lines[index].find(' ')));
        ++lags.lines;
        lags.ahead += lag < 0 ? 1 : 0;
        lags.within_minute += lag >= 0 && lag < 60 ? 1 : 0;
        lags.within_half_hour += lag >= 60 && lag < 1800 ? 1 : 0;
        lags.within_day += lag >= 1800 && lag < 86400 ? 1 : 0;
        lags.later += lag >= 86400 ? 1 : 0;
    }
    return lags;
}

TEST(LogGenerator, keeps_the_shares_of_disorder) {
    GenerateOptions options = small(GeneratedFormat::edgecast);
    options.lines = 200000;
    options.malformed_share = 0;
    options.repeated_share = 0;
    const Lags lags = lags_of(options);
    ASSERT_EQ(lags.lines, 200000);
    EXPECT_NEAR(static_cast<double>(lags.within_minute), 190000, 600);
    EXPECT_NEAR(static_cast<double>(lags.within_half_hour), 8000, 400);
    EXPECT_NEAR(static_cast<double>(lags.within_day), 1800, 200);
    EXPECT_NEAR(static_cast<double>(lags.later), 200, 70);
    EXPECT_NEAR(static_cast<double>(lags.ahead), 100, 50);
}

TEST(LogGenerator, repeats_lines_that_are_distinct_requests) {
    GenerateOptions options = small(GeneratedFormat::combined);
    options.malformed_share = 0;
    options.repeated_share = 0.1;
    const std::int64_t lines = write(options).truth.accepted;
    EXPECT_NEAR(static_cast<double>(lines), 22000, 200);
}

TEST(LogGenerator, cuts_days_into_slots_without_losing_a_record) {
    GenerateOptions options = small(GeneratedFormat::combined);
    options.to = options.from.plus_days(2);
    const auto generator = LogGenerator::make(options);
    ASSERT_TRUE(generator.has_value());
    EXPECT_EQ((*generator)->first_record_of(0), 0);
    EXPECT_EQ((*generator)->first_record_of(std::int64_t{2} * Slot::per_day), options.lines);
    const DayShape shape(options, options.lines);
    for (std::int64_t slot = 0; slot < std::int64_t{2} * Slot::per_day; ++slot) {
        const std::int64_t first = (*generator)->first_record_of(slot);
        const std::int64_t begin =
            options.from.begin().time_since_epoch().count() + slot * Slot::seconds;
        EXPECT_GE(shape.second_of(first), begin);
        EXPECT_LT(shape.second_of(first), begin + Slot::seconds);
    }
}

TEST(LogGenerator, gives_the_evening_more_than_the_night) {
    const GenerateOptions options = small(GeneratedFormat::combined);
    const DayShape shape(options, options.lines);
    const auto lines_in = [&](std::int64_t slot) {
        return shape.first_line_of(slot + 1) - shape.first_line_of(slot);
    };
    EXPECT_GT(lines_in(41), 4 * lines_in(9));
}

TEST(LogGenerator, stops_at_the_first_error_of_the_sink) {
    GenerateOptions options = small(GeneratedFormat::combined);
    options.threads = 2;
    const auto generator = LogGenerator::make(options);
    int blocks = 0;
    const auto outcome = (*generator)
                             ->write(
                                 [&blocks](std::string_view) -> Result<void> {
                                     ++blocks;
                                     return Error{ErrorKind::unavailable, "full"};
                                 },
                                 nullptr);
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().message, "full");
    EXPECT_EQ(blocks, 1);
}

struct RefusedCase {
    const char* name;
    void (*spoil)(GenerateOptions&);
    const char* message_part;
};

constexpr RefusedCase refused_cases[] = {
    {"no_days", [](GenerateOptions& options) { options.to = options.from; }, "not after"},
    {"no_subjects", [](GenerateOptions& options) { options.subjects = 0; }, "subjects 0"},
    {"share_above_1", [](GenerateOptions& options) { options.malformed_share = 1.5; }, "1.5"},
    {"negative_lines", [](GenerateOptions& options) { options.lines = -1; }, "lines -1"},
    {"no_threads", [](GenerateOptions& options) { options.threads = 0; }, "threads 0"},
};

class Refused : public testing::TestWithParam<RefusedCase> {};

TEST_P(Refused, names_the_option_out_of_range) {
    GenerateOptions options;
    GetParam().spoil(options);
    const auto generator = LogGenerator::make(options);
    ASSERT_FALSE(generator.has_value());
    EXPECT_EQ(generator.error().kind, ErrorKind::invalid_input);
    EXPECT_NE(generator.error().message.find(GetParam().message_part), std::string::npos)
        << generator.error().message;
}

INSTANTIATE_TEST_SUITE_P(Cases, Refused, testing::ValuesIn(refused_cases), [](const auto& test) {
    return test.param.name;
});

}  // namespace
}  // namespace tidemark
