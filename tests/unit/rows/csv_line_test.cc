#include "rows/csv_line.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

struct CsvCase {
    const char* name;
    std::string_view line;
    std::optional<std::vector<std::string_view>> fields;
};

const CsvCase csv_cases[] = {
    {"empty_line_is_one_empty_field", "", {{""}}},
    {"plain", "a,b,c", {{"a", "b", "c"}}},
    {"empty_fields", ",a,", {{"", "a", ""}}},
    {"blanks_are_kept", " a , b", {{" a ", " b"}}},
    {"quoted", "\"a\",b", {{"a", "b"}}},
    {"comma_in_quotes", "\"a,b\",c", {{"a,b", "c"}}},
    {"doubled_quotes", "\"a \"\"b\"\"\",c,\"\"\"\"", {{"a \"b\"", "c", "\""}}},
    {"empty_quotes", "\"\",\"\"", {{"", ""}}},
    {"open_quote", "\"a,b", std::nullopt},
    {"text_after_the_closing_quote", "\"a\"b,c", std::nullopt},
    {"quote_within", "a\"b,c", std::nullopt},
    {"open_after_doubled", "\"a\"\"", std::nullopt},
};

class CsvLines : public testing::TestWithParam<CsvCase> {};
INSTANTIATE_TEST_SUITE_P(Cases, CsvLines, testing::ValuesIn(csv_cases), [](const auto& test) {
    return std::string(test.param.name);
});

TEST_P(CsvLines, are_cut_as_rfc_4180_says) {
    CsvLine line;
    EXPECT_EQ(line.cut(GetParam().line), GetParam().fields);
}

}  // namespace
}  // namespace tidemark
