#include "serve/encoding.h"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "serve/body_source.h"
#include "unit/serve/memory_service.h"

namespace tidemark {
namespace {

http::RequestHead asking_for(const char* encodings) {
    http::RequestHead head;
    head.fields.set("Accept-Encoding", encodings);
    return head;
}

std::string unpacked(const http::Response& response) {
    http::RequestBody body;
    EXPECT_TRUE(body.append(response.body).has_value());
    const auto source =
        open_body(body, response.fields.find("Content-Encoding").value_or(""), 100'000'000);
    return read_whole(**source, 100'000'000).value();
}

TEST(Encoding, packs_and_says_so) {
    std::string text;
    for (std::int64_t number = 0; number < 300'000; ++number) {
        text += std::to_string(number * 7919 % 1'000'003);
    }
    for (const std::string& body : {std::string(1024, 'x'), text}) {
        for (const char* encoding : {"gzip", "zstd"}) {
            http::Response response = http::text_response(200, "text/csv", body);
            encode(asking_for(encoding), response);
            EXPECT_EQ(response.fields.find("Content-Encoding"), encoding);
            EXPECT_EQ(response.fields.find("Vary"), "Accept-Encoding");
            EXPECT_LT(response.body.size(), body.size());
            EXPECT_EQ(unpacked(response), body);
        }
    }
}

TEST(Encoding, leaves_what_is_small_or_packed_or_no_text) {
    const auto left = [](http::Response response) {
        const std::string body = response.body;
        encode(asking_for("gzip"), response);
        return response.body == body;
    };
    const std::string body(5000, 'x');
    EXPECT_TRUE(left(http::text_response(200, "text/csv", body.substr(0, 1023))));
    EXPECT_TRUE(left(http::text_response(200, "font/woff2", body)));
    EXPECT_TRUE(left({.status = 200, .body = body}));
    http::Response packed = http::text_response(200, "text/css", body);
    packed.fields.set("Content-Encoding", "br");
    EXPECT_TRUE(left(packed));
    EXPECT_FALSE(left(http::text_response(200, "application/problem+json", body)));
}

TEST(Encoding, is_what_the_service_answers_in) {
    test::MemoryService service;
    http::Fields fields;
    const std::string plain = service.ask("GET", "/openapi.json", fields).body;
    fields.set("Accept-Encoding", "gzip, zstd");
    const http::Response packed = service.ask("GET", "/openapi.json", fields);
    EXPECT_EQ(packed.fields.find("Content-Encoding"), "zstd");
    EXPECT_EQ(unpacked(packed), plain);
}

}  // namespace
}  // namespace tidemark
