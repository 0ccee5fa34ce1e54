#include "report/text_table.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(TextTable, aligns_by_characters_not_by_bytes) {
    TextTable table({{"site", TextAlign::left}, {"bytes", TextAlign::right}});
    table.add_row({"caf\xC3\xA9", "7"});
    table.add_row({"b", "1,000"});
    EXPECT_EQ(table.to_string(),
              "site  bytes\n"
              "----  -----\n"
              "caf\xC3\xA9      7\n"
              "b     1,000\n");
}

TEST(TextTable, shows_control_characters_as_question_marks) {
    TextTable table({{"site", TextAlign::left}});
    table.add_row({"a\x1b[2Jb\n"});
    EXPECT_EQ(table.to_string(), "site\n-------\na?[2Jb?\n");
}

TEST(WithThousands, groups_digits_from_the_right) {
    EXPECT_EQ(with_thousands("0"), "0");
    EXPECT_EQ(with_thousands("999"), "999");
    EXPECT_EQ(with_thousands("1000"), "1,000");
    EXPECT_EQ(with_thousands("-123456"), "-123,456");
    EXPECT_EQ(with_thousands("18446744073709551614"), "18,446,744,073,709,551,614");
}

}  // namespace
}  // namespace tidemark
