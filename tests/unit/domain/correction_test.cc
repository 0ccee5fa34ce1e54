#include "domain/correction.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(BatchName, is_a_dataset_and_a_number) {
    const Result<BatchName> name = BatchName::parse("cdn:812");
    ASSERT_TRUE(name.has_value());
    EXPECT_EQ(name->dataset, "cdn");
    EXPECT_EQ(name->batch_seq, 812);
    EXPECT_EQ(name->to_string(), "cdn:812");
    EXPECT_EQ(BatchName::parse("cdn:9223372036854775807")->batch_seq, INT64_MAX);
}

class WrongBatchName : public testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Cases,
                         WrongBatchName,
                         testing::Values("",
                                         "812",
                                         "cdn",
                                         "cdn:",
                                         ":812",
                                         "cdn:0",
                                         "cdn:-1",
                                         "cdn:+1",
                                         "cdn: 1",
                                         "cdn:1x",
                                         "cdn:9223372036854775808"));

TEST_P(WrongBatchName, is_said_to_be_one) {
    const Result<BatchName> name = BatchName::parse(GetParam());
    ASSERT_FALSE(name.has_value());
    EXPECT_EQ(name.error().kind, ErrorKind::invalid_input);
    EXPECT_NE(name.error().message.find("cdn:812"), std::string::npos);
}

TEST(CorrectionKind, is_read_back_as_written) {
    for (const CorrectionKind kind :
         {CorrectionKind::voided, CorrectionKind::replaced, CorrectionKind::replayed}) {
        EXPECT_EQ(parse_correction_kind(to_string(kind)).value(), kind);
    }
    EXPECT_EQ(parse_correction_kind("undone").error().kind, ErrorKind::corrupt);
}

TEST(CorrectionNote, is_text_that_says_something) {
    EXPECT_TRUE(check_note({.reason = "counted twice", .by = "billing"}).has_value());
    EXPECT_TRUE(check_note({.reason = "doppelt gez\xC3\xA4hlt \xF0\x9F\x8C\x8A", .by = "billing"})
                    .has_value());
    EXPECT_TRUE(check_note({.reason = std::string(1000, 'x'), .by = "billing"}).has_value());
    for (const std::string& wrong : {std::string(),
                                     std::string(" \t\r\n"),
                                     std::string(1001, 'x'),
                                     std::string("a\0b", 3),
                                     std::string("\xC3"),
                                     std::string("\xC3x"),
                                     std::string("\xA4"),
                                     std::string("\xC1\xBF"),
                                     std::string("\xF5\x80\x80\x80")}) {
        EXPECT_FALSE(check_note({.reason = wrong, .by = "billing"}).has_value());
        EXPECT_FALSE(check_note({.reason = "why", .by = wrong}).has_value());
    }
}

}  // namespace
}  // namespace tidemark
