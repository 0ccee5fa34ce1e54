#include "serve/usage_cursor.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

UsageCursor cursor_after(const std::string& subject) {
    return {.question = {.high = 7, .low = 9},
            .from = UtcDay::parse("1969-11-01").value(),
            .to = UtcDay::parse("2026-12-01").value(),
            .until = std::chrono::sys_seconds(std::chrono::seconds(1'790'000'000)),
            .after = subject};
}

TEST(UsageCursor, comes_back_as_it_was) {
    for (const std::string& subject :
         {std::string("site"), std::string(), std::string("\xc3\xa9 &")}) {
        UsageCursor cursor = cursor_after(subject);
        for (int round = 0; round < 2; ++round) {
            const Result<UsageCursor> read = parse_usage_cursor(to_text(cursor));
            ASSERT_TRUE(read.has_value()) << read.error().message;
            EXPECT_EQ(read->question, cursor.question);
            EXPECT_EQ(read->from, cursor.from);
            EXPECT_EQ(read->to, cursor.to);
            EXPECT_EQ(read->until, cursor.until);
            EXPECT_EQ(read->after, cursor.after);
            cursor.until.reset();
        }
    }
}

TEST(UsageCursor, changed_anywhere_is_none) {
    const std::string text = to_text(cursor_after("site"));
    for (std::size_t place = 0; place < text.size(); ++place) {
        std::string changed = text;
        changed[place] = changed[place] == '1' ? '2' : '1';
        EXPECT_FALSE(parse_usage_cursor(changed).has_value()) << place;
        EXPECT_FALSE(parse_usage_cursor(text.substr(0, place)).has_value()) << place;
        EXPECT_FALSE(
            parse_usage_cursor(text.substr(0, place) + "0" + text.substr(place)).has_value())
            << place;
    }
    EXPECT_FALSE(parse_usage_cursor(text + "00").has_value());
}

TEST(UsageCursor, made_up_reaches_no_further_than_parameters) {
    UsageCursor cursor = cursor_after("site");
    cursor.from = UtcDay::from_days_since_epoch(-2'000'000'000);
    EXPECT_FALSE(parse_usage_cursor(to_text(cursor)).has_value());
    cursor = cursor_after("site");
    cursor.to = UtcDay::from_days_since_epoch(2'000'000'000);
    EXPECT_FALSE(parse_usage_cursor(to_text(cursor)).has_value());
    cursor = cursor_after("site");
    cursor.from = cursor.to.plus_days(1);
    EXPECT_FALSE(parse_usage_cursor(to_text(cursor)).has_value());
    cursor = cursor_after("site");
    cursor.from = UtcDay::from_days_since_epoch(2'000'000'000);
    EXPECT_FALSE(parse_usage_cursor(to_text(cursor)).has_value());
    cursor = cursor_after("site");
    cursor.until = std::chrono::sys_seconds::max();
    EXPECT_FALSE(parse_usage_cursor(to_text(cursor)).has_value());
    for (const std::string& no_text : {std::string("\xff"), std::string("a\0b", 3)}) {
        EXPECT_FALSE(parse_usage_cursor(to_text(cursor_after(no_text))).has_value())
            << "PostgreSQL would refuse it";
    }
}

TEST(UsageCursor, belongs_to_a_question_however_its_parameters_stand) {
    const auto digest = [](const char* target) {
        return digest_of_question(http::parse_target(target).value());
    };
    const ContentHash first = digest("/v1/usage?dataset=cdn&by=day&limit=5");
    EXPECT_EQ(digest("/v1/usage?by=day&cursor=x&dataset=cdn&limit=9"), first);
    EXPECT_NE(digest("/v1/usage?dataset=cdn&by=month&limit=5"), first);
    EXPECT_NE(digest("/v1/usage?dataset=cdn&limit=5"), first);
    EXPECT_NE(digest("/v1/usage?dataset=cdn&b=yday&limit=5"), first);
}

}  // namespace
}  // namespace tidemark
