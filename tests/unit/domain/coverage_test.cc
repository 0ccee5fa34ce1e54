#include "domain/coverage.h"

#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace tidemark {
namespace {

struct RangeCase {
    const char* name;
    const char* text;
    const char* shown;  // empty: refused
};

constexpr RangeCase range_cases[] = {
    {"one_day", "2026-11-01", "2026-11-01T00:00Z/2026-11-02T00:00Z"},
    {"days", "2026-11-01/2026-11-03", "2026-11-01T00:00Z/2026-11-03T00:00Z"},
    {"slots", "2026-11-01T10:30Z/2026-11-01T11:00Z", "2026-11-01T10:30Z/2026-11-01T11:00Z"},
    {"with_seconds", "2026-11-01T10:30:00Z/2026-11-02", "2026-11-01T10:30Z/2026-11-02T00:00Z"},
    {"off_the_edge", "2026-11-01T10:15Z/2026-11-02", ""},
    {"odd_seconds", "2026-11-01T10:30:01Z/2026-11-02", ""},
    {"backward", "2026-11-02/2026-11-01", ""},
    {"nothing", "2026-11-02/2026-11-02", ""},
    {"no_zone", "2026-11-01T10:30/2026-11-02", ""},
    {"half", "2026-11-01/", ""},
    {"bare", "", ""},
};

class SlotRangeParse : public testing::TestWithParam<RangeCase> {};

TEST_P(SlotRangeParse, accepts_days_and_instants_on_slot_edges) {
    const Result<SlotRange> range = SlotRange::parse(GetParam().text);
    ASSERT_EQ(range.has_value(), !std::string_view(GetParam().shown).empty());
    if (range.has_value()) {
        EXPECT_EQ(range->to_string(), GetParam().shown);
    } else {
        EXPECT_EQ(range.error().kind, ErrorKind::invalid_input);
    }
}

INSTANTIATE_TEST_SUITE_P(Cases,
                         SlotRangeParse,
                         testing::ValuesIn(range_cases),
                         [](const auto& test) { return test.param.name; });

RC_GTEST_PROP(CoverageProperty, is_the_set_of_its_slots_in_the_fewest_ranges, ()) {
    Coverage coverage;
    std::set<std::int32_t> slots;
    const auto count = *rc::gen::inRange(0, 12);
    for (int i = 0; i < count; ++i) {
        const auto begin = *rc::gen::inRange(0, 60);
        const auto end = *rc::gen::inRange(begin + 1, begin + 12);
        coverage.add({Slot::from_index(begin), Slot::from_index(end)});
        for (std::int32_t slot = begin; slot < end; ++slot) {
            slots.insert(slot);
        }
    }
    for (std::int32_t slot = -1; slot < 75; ++slot) {
        RC_ASSERT(coverage.covers(Slot::from_index(slot)) == slots.contains(slot));
    }
    for (std::size_t i = 1; i < coverage.ranges().size(); ++i) {
        RC_ASSERT(coverage.ranges()[i - 1].end < coverage.ranges()[i].begin);
    }
}

}  // namespace
}  // namespace tidemark
