#include "base/result.h"

#include <type_traits>

#include <gtest/gtest.h>

namespace tidemark {
namespace {

Result<int> halve(int number) {
    if (number % 2 != 0) {
        return Error{ErrorKind::invalid_input, "odd"};
    }
    return number / 2;
}

Result<int> quarter(int number) {
    TIDEMARK_ASSIGN_OR_RETURN(const int half, halve(number));
    TIDEMARK_RETURN_IF_ERROR(halve(half));
    return half / 2;
}

TEST(Result, passes_values_and_the_first_error_on) {
    EXPECT_EQ(quarter(8).value(), 2);
    EXPECT_EQ(quarter(6).error(), (Error{ErrorKind::invalid_input, "odd"}));
    EXPECT_EQ(quarter(7).error().message, "odd");
}

TEST(Result, context_comes_before_the_message) {
    EXPECT_EQ(with_context("aggregate a.log", Error{ErrorKind::refused, "no"}).message,
              "aggregate a.log: no");
}

static_assert(std::is_convertible_v<Error, Result<void>>);

}  // namespace
}  // namespace tidemark
