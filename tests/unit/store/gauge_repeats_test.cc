#include "store/gauge_repeats.h"

#include <limits>

#include <gtest/gtest.h>

#include "unit/store/gauge_event.h"

namespace tidemark {
namespace {

std::vector<const GaugeEvent*> pointers_to(const std::vector<GaugeEvent>& events) {
    std::vector<const GaugeEvent*> pointers;
    for (const GaugeEvent& one : events) {
        pointers.push_back(&one);
    }
    return pointers;
}

TEST(GaugeRepeats, come_back_as_they_were) {
    constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
    const std::vector<GaugeEvent> events = {event("", 0, 0, 0),
                                            event("a", 7, -62135596800000000, largest),
                                            event("a", 0, 253402300799999999, 1),
                                            event("ab", 0, -1, 127),
                                            event("b", 1, 1, 128),
                                            event(std::string("\0\xff", 2), 0, 5, 16384),
                                            event(std::string(300, 'x'), 0, 5, 0)};
    const Result<std::vector<GaugeEvent>> back = unpack_repeats(pack_repeats(pointers_to(events)));
    ASSERT_TRUE(back.has_value()) << back.error().message;
    ASSERT_EQ(back->size(), events.size());
    for (std::size_t place = 0; place < events.size(); ++place) {
        EXPECT_EQ((*back)[place].subject, events[place].subject);
        EXPECT_EQ((*back)[place].metric, events[place].metric);
        EXPECT_EQ((*back)[place].observed_at, events[place].observed_at);
        EXPECT_EQ((*back)[place].value, events[place].value);
    }
}

TEST(GaugeRepeats, of_a_poll_take_about_20_bytes_each) {
    std::vector<GaugeEvent> events;
    for (int site = 0; site < 2000; ++site) {
        const std::string name = std::to_string(10000000 + site * 7919 % 90000000);
        events.push_back(event(
            name, 0, 1'700'000'000'000'000 + site * 40'000'000LL, 40'000'000'000LL + site * 99991));
    }
    EXPECT_LE(pack_repeats(pointers_to(events)).size(), events.size() * 24);
}

TEST(GaugeRepeats, cut_off_or_garbled_ones_are_corrupt) {
    const std::vector<GaugeEvent> events = {event("abc", 0, 5, 70000), event("abd", 1, 6, 1)};
    const std::string packed = pack_repeats(pointers_to(events));
    for (std::size_t length = 1; length < packed.size(); ++length) {
        const Result<std::vector<GaugeEvent>> back = unpack_repeats(packed.substr(0, length));
        EXPECT_TRUE(!back.has_value() || back->size() == 1) << length;
    }
    EXPECT_FALSE(unpack_repeats("\xff\xff\xff").has_value());
    EXPECT_FALSE(unpack_repeats(std::string("\x05\x01z\0\0\0", 6)).has_value());
    EXPECT_FALSE(unpack_repeats(std::string(11, '\x80')).has_value());
}

}  // namespace
}  // namespace tidemark
