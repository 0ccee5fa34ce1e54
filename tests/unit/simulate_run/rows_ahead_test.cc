#include "simulate/run/rows_ahead.h"

#include <gtest/gtest.h>

namespace tidemark::simulate {
namespace {

std::vector<Step> rows_of(std::uint32_t operation) {
    return {{.statement = 0, .copy_text = std::to_string(operation)}};
}

TEST(RowsAhead, are_given_once_and_to_their_operation) {
    RowsAhead ahead(2);
    ahead.put(7, rows_of(7));
    ahead.put(8, rows_of(8));
    EXPECT_FALSE(ahead.take(6).has_value());
    EXPECT_EQ(ahead.take(8).value().front().copy_text, "8");
    EXPECT_EQ(ahead.take(7).value().front().copy_text, "7");
    EXPECT_FALSE(ahead.take(7).has_value());
}

TEST(RowsAhead, forget_the_oldest_where_an_operation_did_not_wait_for_them) {
    RowsAhead ahead(2);
    for (const std::uint32_t operation : {1U, 2U, 3U}) {
        ahead.put(operation, rows_of(operation));
    }
    EXPECT_FALSE(ahead.take(1).has_value());
    EXPECT_TRUE(ahead.take(2).has_value());
    EXPECT_TRUE(ahead.take(3).has_value());
}

}  // namespace
}  // namespace tidemark::simulate
