#include "generate/media_events.h"

#include <algorithm>
#include <string>

#include <gtest/gtest.h>

namespace tidemark {
namespace {

std::string events_of(const MediaEventsOptions& options) {
    std::string text;
    const auto outcome =
        write_media_events(options, [&text](std::string_view block) -> Result<void> {
            text.append(block);
            return {};
        });
    EXPECT_TRUE(outcome.has_value());
    return text;
}

std::size_t count_of(const std::string& text, std::string_view part) {
    std::size_t count = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
        ++count;
    }
    return count;
}

TEST(MediaEvents, are_as_many_as_asked_for_and_the_same_for_a_seed) {
    MediaEventsOptions options;
    options.wrong_share = 0;
    const std::string text = events_of(options);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), options.events);
    EXPECT_EQ(count_of(text, "\"bytes_stored\"") + count_of(text, "\"media_count\""), 10000U);
    EXPECT_EQ(count_of(text, "\"value\":-"), 0U);
    EXPECT_EQ(events_of(options), text);
    options.seed = 2;
    EXPECT_NE(events_of(options), text);
}

TEST(MediaEvents, hold_wrong_values_when_told) {
    MediaEventsOptions options;
    options.wrong_share = 1;
    const std::string text = events_of(options);
    EXPECT_NEAR(static_cast<double>(count_of(text, "\"value\":-1,")), 2500, 200);
    EXPECT_NEAR(static_cast<double>(count_of(text, "\"value\":null,")), 2500, 200);
}

TEST(MediaEvents, refuse_to_have_no_subject) {
    MediaEventsOptions options;
    options.subjects = 0;
    const auto outcome =
        write_media_events(options, [](std::string_view) { return Result<void>{}; });
    ASSERT_FALSE(outcome.has_value());
    EXPECT_EQ(outcome.error().kind, ErrorKind::invalid_input);
}

}  // namespace
}  // namespace tidemark
