#include "http/media_type.h"

#include <array>

#include <gtest/gtest.h>

namespace tidemark::http {
namespace {

constexpr std::array<std::string_view, 3> offers{
    "application/json", "text/csv", "application/x-ndjson"};

TEST(MediaType, is_chosen_as_the_accept_field_prefers) {
    struct Case {
        const char* accept;
        const char* chosen;  // empty: none is acceptable
    };
    const Case cases[] = {{"", "application/json"},
                          {"*/*", "application/json"},
                          {"text/csv", "text/csv"},
                          {"Text/CSV; charset=utf-8", "text/csv"},
                          {"text/*", "text/csv"},
                          {"text/html, text/csv;q=0.5, */*;q=0.1", "text/csv"},
                          {"application/json;q=0.2, application/x-ndjson", "application/x-ndjson"},
                          {"*/*;q=0.5, application/json;q=0", "text/csv"},
                          {"text/html", ""},
                          {"application/json;q=zero", ""},
                          {"/*", ""},
                          {",,;;,", ""}};
    for (const Case& each : cases) {
        EXPECT_EQ(choose_media_type(each.accept, offers).value_or(""), each.chosen) << each.accept;
    }
    EXPECT_EQ(choose_media_type(std::nullopt, offers), "application/json");
}

TEST(MediaType, is_bare_without_parameters) {
    EXPECT_EQ(bare_media_type("Text/CSV; charset=utf-8"), "text/csv");
    EXPECT_EQ(bare_media_type(""), "");
}

TEST(EntityTag, is_compared_weakly_in_a_list) {
    EXPECT_TRUE(names_entity_tag("W/\"a\"", "W/\"a\""));
    EXPECT_TRUE(names_entity_tag("\"b\", \"a\"", "W/\"a\""));
    EXPECT_TRUE(names_entity_tag("*", "W/\"a\""));
    EXPECT_FALSE(names_entity_tag("", "W/\"a\""));
    EXPECT_FALSE(names_entity_tag("\"ab\"", "W/\"a\""));
}

TEST(Encoding, is_the_one_preferred_and_never_one_refused) {
    struct Case {
        const char* accept;
        const char* chosen;
    };
    const Case cases[] = {
        {"", "identity"},
        {"gzip", "gzip"},
        {"GZIP;q=0.5", "gzip"},
        {"gzip, deflate, br, zstd", "zstd"},
        {"gzip;q=1.0, zstd;q=0.9", "gzip"},
        {"gzip;q=0, zstd;q=0", "identity"},
        {"*", "zstd"},
        {"*;q=0", "identity"},
        {"zstd;q=0, *", "gzip"},
        {"identity, gzip;q=0.5", "identity"},
        {"br", "identity"},
        {";;,q=,", "identity"},
    };
    for (const Case& each : cases) {
        EXPECT_EQ(choose_encoding(each.accept), each.chosen) << each.accept;
    }
    EXPECT_EQ(choose_encoding(std::nullopt), "identity");
}

}  // namespace
}  // namespace tidemark::http
