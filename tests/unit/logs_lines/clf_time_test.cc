#include "logs/lines/clf_time.h"

#include <string>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "logs/lines/time_text.h"

namespace tidemark {
namespace {

std::string read(ClfTime& reader, const std::string& text) {
    std::chrono::sys_seconds time{};
    return reader.parse(text.data(), time) ? std::to_string(time.time_since_epoch().count())
                                           : "none";
}

std::string read_plainly(const std::string& text) {
    const auto time = parse_clf_time(std::string_view(text).substr(1, text.size() - 2));
    return time.has_value() ? std::to_string(time->time_since_epoch().count()) : "none";
}

// Days at the borders of what is one, with clocks that mostly are one.
rc::Gen<std::string> time_text() {
    const auto day = rc::gen::elementOf(std::vector<std::string>{
        "17/May/2015", "18/May/2015", "01/Jan/0001", "31/Dec/9999", "29/Feb/2015"});
    const auto zone =
        rc::gen::elementOf(std::vector<std::string>{"+0000", "-0130", "+2359", "+00:0"});
    const auto digit = rc::gen::weightedElement<char>({{8, '0'},
                                                       {8, '1'},
                                                       {8, '2'},
                                                       {8, '3'},
                                                       {8, '5'},
                                                       {4, '6'},
                                                       {4, '9'},
                                                       {1, ':'},
                                                       {1, '/'},
                                                       {1, ' '},
                                                       {1, '\xb0'}});
    const auto colon = rc::gen::weightedElement<char>({{40, ':'}, {1, '0'}, {1, ';'}, {1, '\xba'}});
    return rc::gen::apply(
        [](const std::string& day_text,
           const std::string& zone_text,
           const std::string& digits,
           const std::string& colons) {
            return "[" + day_text + ":" + digits.substr(0, 2) + colons[0] + digits.substr(2, 2) +
                   colons[1] + digits.substr(4, 2) + " " + zone_text + "]";
        },
        day,
        zone,
        rc::gen::container<std::string>(6, digit),
        rc::gen::container<std::string>(2, colon));
}

RC_GTEST_PROP(ClfTimeProperty, what_is_remembered_changes_nothing, ()) {
    ClfTime reader;
    for (const std::string& text : *rc::gen::container<std::vector<std::string>>(time_text())) {
        RC_ASSERT(read(reader, text) == read_plainly(text));
    }
}

TEST(ClfTime, reads_every_second_of_a_day_alike) {
    ClfTime reader;
    read(reader, "[17/May/2015:12:00:00 +0230]");
    for (int second = 0; second < 86400; ++second) {
        std::string text = "[17/May/2015:..:..:.. +0230]";
        for (const auto& [at, value] :
             {std::pair{14, second / 3600}, {17, second / 60 % 60}, {20, second % 60}}) {
            text[static_cast<std::size_t>(at - 1)] = static_cast<char>('0' + value / 10);
            text[static_cast<std::size_t>(at)] = static_cast<char>('0' + value % 10);
        }
        EXPECT_EQ(read(reader, text), std::to_string(1431811800 + second)) << text;
    }
}

}  // namespace
}  // namespace tidemark
