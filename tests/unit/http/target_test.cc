#include "http/target.h"

#include <gtest/gtest.h>

namespace tidemark::http {
namespace {

TEST(Target, is_a_path_and_a_query_decoded) {
    const Result<Target> target =
        parse_target("/v1/batches/cdn%3A7?subject=a%20b&subject=c+d&to=&flag&&x=1=2");
    ASSERT_TRUE(target.has_value()) << target.error().message;
    EXPECT_EQ(target->segments, (std::vector<std::string>{"v1", "batches", "cdn:7"}));
    const std::vector<std::pair<std::string, std::string>> query = {
        {"subject", "a b"}, {"subject", "c d"}, {"to", ""}, {"flag", ""}, {"x", "1=2"}};
    EXPECT_EQ(target->query, query);
    EXPECT_EQ(target->raw, "/v1/batches/cdn%3A7?subject=a%20b&subject=c+d&to=&flag&&x=1=2");
}

TEST(Target, of_the_root_has_no_segment) {
    const Result<Target> target = parse_target("/");
    ASSERT_TRUE(target.has_value());
    EXPECT_TRUE(target->segments.empty());
    EXPECT_EQ(parse_target("/a+b").value().segments.front(), "a+b");
}

TEST(Target, that_could_lead_elsewhere_is_refused) {
    for (const char* text : {"",
                             "*",
                             "http://example.org/v1/usage",
                             "v1/usage",
                             "/v1/../etc/passwd",
                             "/v1/%2e%2e/etc",
                             "/v1/./usage",
                             "//v1/usage",
                             "/v1//usage",
                             "/v1/usage/",
                             "/v1/usage%",
                             "/v1/usage?a=%4",
                             "/v1/usage?a=%zz",
                             "/v1/usage?a=%00",
                             "/v1/usage%0d%0aX:1",
                             "/v1/usage?a=%0aX:1",
                             "/v1/usage?a=%ff",
                             "/v1/usage?a=%ed%a0%80"}) {
        const Result<Target> target = parse_target(text);
        ASSERT_FALSE(target.has_value()) << text;
        EXPECT_EQ(target.error().kind, ErrorKind::invalid_input) << text;
    }
}

TEST(Target, has_a_query_that_can_be_written_again) {
    const Target target = parse_target("/v1/usage?subject=a%20%26+b&to=&x=1=2&%C3%A9=%25~").value();
    const std::string text = query_text(target.query);
    EXPECT_EQ(text, "subject=a%20%26%20b&to=&x=1%3D2&%C3%A9=%25~");
    EXPECT_EQ(parse_target("/?" + text)->query, target.query);
}

}  // namespace
}  // namespace tidemark::http
