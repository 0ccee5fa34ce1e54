#include "serve/json_batch.h"

#include <vector>

#include <gtest/gtest.h>

namespace tidemark {
namespace {

struct Cut {
    JsonBatch batch;
    std::vector<std::string> rows;
};

Result<Cut> cut(std::string_view text) {
    Cut result;
    TIDEMARK_ASSIGN_OR_RETURN(
        result.batch,
        read_json_batch(text, "rows", [&result](std::string_view row) -> Result<void> {
            result.rows.emplace_back(row);
            return {};
        }));
    return result;
}

TEST(JsonBatch, is_cut_into_rows_as_they_are_written) {
    const Result<Cut> result =
        cut(" {\"feed\" : \"f\\u00e9\",\n\"rows\": [ {\"a\": \"}]\\\"{\", \"b\":[1,{}]} "
            ",\n{\n\"c\":\r\n2}, 3,"
            "\"x\"],\t\"batch_key\":\"k\"} ");
    ASSERT_TRUE(result.has_value()) << result.error().message;
    EXPECT_EQ(result->batch.feed, "f\u00e9");
    EXPECT_EQ(result->batch.batch_key, "k");
    EXPECT_EQ(result->batch.covers, "");
    const std::vector<std::string> rows = {
        "{\"a\": \"}]\\\"{\", \"b\":[1,{}]}", "{ \"c\":  2}", "3", "\"x\""};
    EXPECT_EQ(result->rows, rows);
}

TEST(JsonBatch, may_have_no_rows_but_must_say_so) {
    EXPECT_TRUE(cut("{\"rows\": []}").has_value());
    EXPECT_FALSE(cut("{}").has_value());
    EXPECT_FALSE(cut("{\"events\": []}").has_value());
}

TEST(JsonBatch, of_another_shape_is_refused) {
    for (const char* text : {"",
                             "null",
                             "[]",
                             "{",
                             "{\"rows\": []",
                             "{\"rows\": {}}",
                             "{\"rows\": [1,]}",
                             "{\"rows\": [], \"rows\": []}",
                             "{\"rows\": []}{}",
                             "{\"feed\": 1}",
                             "{\"feed\": [[[[]]]]}",
                             "{\"feed\": \"\xff\"}",
                             "{\"Feed\": \"f\"}"}) {
        const Result<Cut> result = cut(text);
        ASSERT_FALSE(result.has_value()) << text;
        EXPECT_EQ(result.error().kind, ErrorKind::invalid_input) << text;
    }
}

TEST(JsonBatch, that_is_deep_takes_no_stack) {
    const std::string deep(1'000'000, '[');
    EXPECT_FALSE(cut(deep).has_value());
    const std::string closed =
        "{\"rows\":[" + std::string(200'000, '[') + std::string(200'000, ']') + "]}";
    EXPECT_EQ(cut(closed).value().rows.size(), 1U);
}

}  // namespace
}  // namespace tidemark
