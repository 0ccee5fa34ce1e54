#include "http/message.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "http/problem.h"

namespace tidemark::http {
namespace {

TEST(Fields, are_found_without_regard_to_case_and_replaced) {
    Fields fields;
    fields.add("Accept", "a");
    fields.add("ACCEPT", "b");
    EXPECT_EQ(fields.count("accept"), 2U);
    EXPECT_EQ(fields.find("accept"), "a");
    fields.set("aCCept", "c");
    EXPECT_EQ(fields.count("Accept"), 1U);
    EXPECT_EQ(fields.find("Accept"), "c");
    EXPECT_FALSE(fields.find("Accept-Encoding").has_value());
}

TEST(RequestBody, reads_the_same_from_memory_and_from_a_file) {
    for (const std::size_t size : {std::size_t{0}, std::size_t{5}, std::size_t{300'000}}) {
        RequestBody written;
        std::string expected;
        while (expected.size() < size) {
            const std::string piece(std::min<std::size_t>(7001, size - expected.size()),
                                    static_cast<char>('a' + expected.size() % 26));
            ASSERT_TRUE(written.append(piece).has_value());
            expected += piece;
        }
        const RequestBody body = std::move(written);
        EXPECT_EQ(body.size(), size);
        std::string read;
        std::array<char, 1000> buffer{};
        while (true) {
            const Result<std::size_t> got = body.read_at(read.size(), buffer);
            ASSERT_TRUE(got.has_value());
            if (*got == 0) {
                break;
            }
            read.append(buffer.data(), *got);
        }
        EXPECT_EQ(read, expected);
    }
}

TEST(RequestBody, that_cannot_be_kept_says_where) {
    RequestBody body("/nowhere");
    const Result<void> kept = body.append(std::string(RequestBody::memory_bytes_max + 1, 'x'));
    ASSERT_FALSE(kept.has_value());
    EXPECT_EQ(kept.error().kind, ErrorKind::unavailable);
    EXPECT_NE(kept.error().message.find("/nowhere"), std::string::npos);
}

TEST(Problem, names_field_and_value) {
    const Response response = to_response(
        {.status = 400, .detail = "parameter from: not a day", .field = "from", .value = "\xff?"});
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(response.fields.find("Content-Type"), "application/problem+json");
    const nlohmann::json document = nlohmann::json::parse(response.body);
    EXPECT_EQ(document["type"], "urn:tidemark:problem:bad-request");
    EXPECT_EQ(document["title"], "Bad Request");
    EXPECT_EQ(document["status"], 400);
    EXPECT_EQ(document["field"], "from");
    EXPECT_EQ(document["value"], "\uFFFD?");
}

TEST(Problem, says_when_to_come_again) {
    const Response busy = to_response(problem_of({ErrorKind::unavailable, "busy"}));
    EXPECT_EQ(busy.status, 503);
    EXPECT_EQ(busy.fields.find("Retry-After"), "1");
    EXPECT_FALSE(to_response(problem_of({ErrorKind::refused, "no"})).fields.find("Retry-After"));
}

}  // namespace
}  // namespace tidemark::http
