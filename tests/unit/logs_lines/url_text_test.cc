#include "logs/lines/url_text.h"

#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tidemark {
namespace {

struct SegmentCase {
    const char* name;
    const char* url;
    int segment;
    const char* expected;
};

constexpr SegmentCase segment_cases[] = {
    {"first", "/a/b/c", 1, "a"},
    {"last", "/a/b/c", 3, "c"},
    {"beyond", "/a/b/c", 4, ""},
    {"root_has_none", "/", 1, ""},
    {"query_is_cut", "/a?b/c", 1, "a"},
    {"query_ends_the_path", "/a?b/c", 2, ""},
    {"fragment_is_cut", "/a#b", 1, "a"},
    {"root_with_query", "/?a", 1, ""},
    {"empty_segment", "//host/a", 1, ""},
    {"after_empty_segment", "//host/a", 2, "host"},
    {"not_decoded", "/a%2Fb/c", 1, "a%2Fb"},
    {"plus_stays", "/a+b", 1, "a+b"},
    {"absolute", "https://host:443/a/b", 1, "a"},
    {"absolute_without_path", "http://host", 1, ""},
    {"absolute_root", "http://host/", 1, ""},
    {"absolute_query_without_path", "http://host?a/b", 1, ""},
    {"other_scheme", "a+b-c.1://host/x", 1, "x"},
    {"no_slash", "a/b", 1, ""},
    {"asterisk", "*", 1, ""},
    {"authority", "host:443", 1, ""},
    {"scheme_of_digits", "1a://host/x", 1, ""},
    {"scheme_in_the_query", "/a?u=http://host/b", 1, "a"},
    {"empty", "", 1, ""},
};

class PathSegment : public testing::TestWithParam<SegmentCase> {};

TEST_P(PathSegment, is_found_or_empty) {
    EXPECT_EQ(find_path_segment(GetParam().url, GetParam().segment), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(Cases,
                         PathSegment,
                         testing::ValuesIn(segment_cases),
                         [](const auto& test) { return test.param.name; });

TEST(UrlText, finds_the_parts) {
    EXPECT_EQ(find_authority("http://u@Host:80/a"), "u@Host:80");
    EXPECT_EQ(find_authority("http://host?a"), "host");
    EXPECT_EQ(find_authority("/a"), "");
    EXPECT_EQ(find_path("http://host"), "/");
    EXPECT_EQ(find_path("http://host/a/b?c#d"), "/a/b");
    EXPECT_EQ(find_path("/a#b?c"), "/a");
    EXPECT_EQ(find_path("host:443"), "");
    EXPECT_EQ(find_query("/a?b=c?d#e"), "b=c?d");
    EXPECT_EQ(find_query("/a#b?c"), "");
    EXPECT_EQ(find_query("/a"), "");
}

TEST(UrlText, finds_the_first_parameter_of_the_name) {
    EXPECT_EQ(find_query_value("ab=1&a=2&a=3", "a").text, "2");
    EXPECT_EQ(find_query_value("a=b=c", "a").text, "b=c");
    EXPECT_TRUE(find_query_value("x&a", "a").found);
    EXPECT_TRUE(find_query_value("a=", "a").found);
    EXPECT_FALSE(find_query_value("b=a&aa=1", "a").found);
    EXPECT_FALSE(find_query_value("", "a").found);
}

bool decodes(std::string_view text) {
    std::string decoded;
    return percent_decode(text, decoded);
}

TEST(UrlText, decodes_strictly) {
    std::string decoded;
    ASSERT_TRUE(percent_decode("a%2Bb+c%2f%C3%A4", decoded));
    EXPECT_EQ(decoded, "a+b+c/\xC3\xA4");
    for (const char* const wrong : {"%", "%2", "a%2", "%2G", "%G2", "%%20", "%u0041", "% 1"}) {
        EXPECT_FALSE(decodes(wrong)) << wrong;
    }
}

RC_GTEST_PROP(UrlTextProperty, decoding_undoes_encoding, (const std::string& text)) {
    std::string encoded;
    for (const char character : text) {
        const bool upper = *rc::gen::arbitrary<bool>();
        const auto byte = static_cast<unsigned char>(character);
        const bool plain = byte > ' ' && byte < 0x7f && byte != '%' && *rc::gen::arbitrary<bool>();
        encoded += plain   ? std::string(1, character)
                   : upper ? fmt::format("%{:02X}", byte)
                           : fmt::format("%{:02x}", byte);
    }
    std::string decoded;
    RC_ASSERT(percent_decode(encoded, decoded));
    RC_ASSERT(decoded == text);
}

RC_GTEST_PROP(UrlTextProperty, segments_put_together_are_the_path, ()) {
    const auto segments = *rc::gen::container<std::vector<std::string>>(
        rc::gen::nonEmpty(rc::gen::string<std::string>()));
    std::string url = "http://host";
    for (std::string segment : segments) {
        for (char& character : segment) {
            const bool ends = character == '/' || character == '?' || character == '#';
            character = ends ? '_' : character;
        }
        url += "/" + segment;
    }
    std::string together;
    for (int number = 1; number <= static_cast<int>(segments.size()); ++number) {
        together += "/";
        together += find_path_segment(url, number);
    }
    RC_ASSERT(find_path(url) == (together.empty() ? "/" : together));
    RC_ASSERT(find_path_segment(url, static_cast<int>(segments.size()) + 1).empty());
}

}  // namespace
}  // namespace tidemark
