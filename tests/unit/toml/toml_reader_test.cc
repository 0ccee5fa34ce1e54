#include "toml/toml_reader.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(TomlReader, reads_numbers_whole_or_broken_within_their_range) {
    const Result<toml::table> table = parse_toml("a = 2\nb = 0.5\n", "t.toml");
    ASSERT_TRUE(table.has_value());
    TomlReader reader(*table, "t.toml", "");
    double a = 0;
    double b = 0;
    reader.read("a", a, 0, 2);
    reader.read("b", b, 0, 2);
    ASSERT_TRUE(reader.finish().has_value());
    EXPECT_DOUBLE_EQ(a, 2);
    EXPECT_DOUBLE_EQ(b, 0.5);
}

struct WrongNumber {
    const char* name;
    const char* text;
};

class TomlReaderNumber : public testing::TestWithParam<WrongNumber> {};

TEST_P(TomlReaderNumber, is_refused_with_line_and_range) {
    const Result<toml::table> table = parse_toml(GetParam().text, "t.toml");
    ASSERT_TRUE(table.has_value());
    TomlReader reader(*table, "t.toml", "part");
    double number = 0;
    reader.read("a", number, 0, 1);
    const Result<void> finished = reader.finish();
    ASSERT_FALSE(finished.has_value());
    EXPECT_EQ(finished.error().message, "t.toml:2: key 'part.a': expected a number from 0 to 1");
}

constexpr WrongNumber wrong_numbers[] = {
    {"too_large", "\na = 1.5\n"},
    {"negative", "\na = -1\n"},
    {"text", "\na = '0.5'\n"},
    {"flag", "\na = true\n"},
    {"not_a_number", "\na = nan\n"},
};
INSTANTIATE_TEST_SUITE_P(Cases,
                         TomlReaderNumber,
                         testing::ValuesIn(wrong_numbers),
                         [](const auto& test) { return test.param.name; });

// What becomes of a duration of 5 s that may be 1 s to 1 m, or 1 s and more.
std::string duration_read(const char* text, bool bounded) {
    const Result<toml::table> table = parse_toml(text, "t.toml");
    TomlReader reader(*table, "t.toml", "");
    std::chrono::milliseconds target{5000};
    if (bounded) {
        reader.read("a", target, std::chrono::seconds(1), std::chrono::minutes(1));
    } else {
        reader.read("a", target, std::chrono::seconds(1));
    }
    const Result<void> finished = reader.finish();
    return finished.has_value() ? std::to_string(target.count()) : finished.error().message;
}

TEST(TomlReader, reads_durations_within_their_range) {
    EXPECT_EQ(duration_read("", true), "5000");
    EXPECT_EQ(duration_read("a = '1m'", true), "60000");
    EXPECT_EQ(duration_read("a = '2h'", false), "7200000");
    EXPECT_EQ(duration_read("a = '2h'", true), "t.toml:1: key 'a': expected 1s to 1m");
    EXPECT_EQ(duration_read("a = '0s'", true), "t.toml:1: key 'a': expected 1s to 1m");
    EXPECT_EQ(duration_read("a = '0s'", false), "t.toml:1: key 'a': expected at least 1s");
    EXPECT_NE(duration_read("a = 'soon'", false).find("key 'a': "), std::string::npos);
    EXPECT_NE(duration_read("a = 5", false).find("key 'a': "), std::string::npos);
}

TEST(TomlReader, keeps_the_first_error_and_passes_it_on_as_it_is) {
    const Result<toml::table> table = parse_toml("a = 1\nb = 2\n", "t.toml");
    ASSERT_TRUE(table.has_value());
    TomlReader reader(*table, "t.toml", "");
    reader.pass_on({ErrorKind::invalid_input, "u.toml:7: first"});
    reader.refuse("b", {ErrorKind::invalid_input, "second"});
    ASSERT_TRUE(reader.failed());
    EXPECT_EQ(reader.finish().error().message, "u.toml:7: first");
}

TEST(ParseToml, names_the_line_of_what_is_not_toml) {
    const Result<toml::table> table = parse_toml("a = 1\nb =\n", "t.toml");
    ASSERT_FALSE(table.has_value());
    EXPECT_EQ(table.error().message.substr(0, 9), "t.toml:2:");
    EXPECT_EQ(table.error().message.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace tidemark
