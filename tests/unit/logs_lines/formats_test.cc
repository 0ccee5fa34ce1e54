#include "logs/lines/formats.h"

#include <string>

#include <gtest/gtest.h>

#include "support/line_cases.h"

namespace tidemark {
namespace {

using test::reading_of;

std::string refusal(const Reading& reading) {
    const auto parser = make_line_parser(reading);
    if (parser.has_value()) {
        return "accepted";
    }
    EXPECT_EQ(parser.error().kind, ErrorKind::invalid_input);
    return parser.error().message;
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

TEST(Formats, are_made_by_name) {
    for (const std::string_view name : format_names()) {
        Reading reading = reading_of(name);
        if (name == "pattern") {
            reading.pattern = "(?P<time>.*) (?P<bytes>.*)";
        }
        if (name == "ping") {
            reading.metrics = default_metric_rules(built_in_datasets()[1]);
        }
        EXPECT_EQ(refusal(reading), "accepted") << name;
    }
}

TEST(Formats, suggest_the_nearest_name) {
    EXPECT_TRUE(contains(refusal(reading_of("fastli")), "did you mean 'fastly'"));
    EXPECT_TRUE(contains(refusal(reading_of("syslog")), "known are fastly, edgecast"));
    EXPECT_TRUE(contains(refusal(reading_of("")), "unknown"));
}

TEST(Formats, refuse_options_that_they_cannot_use) {
    const Reading layout = reading_of("json", [](Reading& reading) { reading.layout = {"time"}; });
    EXPECT_TRUE(contains(refusal(layout), "layout"));
    const Reading separator =
        reading_of("w3c", [](Reading& reading) { reading.separator.push_back(','); });
    EXPECT_TRUE(contains(refusal(separator), "separator"));
    const Reading pattern = reading_of("w3c", [](Reading& reading) { reading.pattern = "(a)"; });
    EXPECT_TRUE(contains(refusal(pattern), "pattern"));
    const Reading fields = reading_of("combined", [](Reading& reading) {
        reading.fields = {{"time", "t"}};
    });
    EXPECT_TRUE(contains(refusal(fields), "field"));
    const Reading subject = reading_of("combined", [](Reading& reading) {
        reading.subject.kind = SubjectRule::Kind::field;
        reading.subject.text = "user";
    });
    EXPECT_TRUE(contains(refusal(subject), "field:user"));
    const Reading event = reading_of("json", [](Reading& reading) {
        reading.metrics = default_metric_rules(built_in_datasets()[1]);
    });
    EXPECT_TRUE(contains(refusal(event), "event:play"));
}

TEST(Formats, refuse_roles_that_are_none) {
    const Reading unknown = reading_of("json", [](Reading& reading) {
        reading.fields = {{"byte", "size"}};
    });
    EXPECT_TRUE(contains(refusal(unknown), "did you mean 'bytes'"));
    const Reading empty = reading_of("json", [](Reading& reading) {
        reading.fields = {{"bytes", ""}};
    });
    EXPECT_TRUE(contains(refusal(empty), "bytes="));
}

TEST(Formats, refuse_unknown_zones) {
    for (const std::string_view name : {"json", "w3c", "delimited", "fastly"}) {
        const Reading reading =
            reading_of(name, [](Reading& changed) { changed.time_zone = "Mars/Olympus"; });
        EXPECT_TRUE(contains(refusal(reading), "Mars/Olympus")) << name;
    }
}

}  // namespace
}  // namespace tidemark
