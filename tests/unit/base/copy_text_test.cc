#include "base/copy_text.h"

#include <string>

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(CopyText, KeepsAFieldWithinItsRow) {
    std::string row = "a";
    append_copy_field(row, "tab\tback\\slash\nline\rend");
    EXPECT_EQ(row, "atab\\tback\\\\slash\\nline\\rend");
}

TEST(CopyText, LeavesOtherBytesAlone) {
    std::string row;
    append_copy_field(row, "Größe \x01 'quoted'");
    EXPECT_EQ(row, "Größe \x01 'quoted'");
}

}  // namespace
}  // namespace tidemark
