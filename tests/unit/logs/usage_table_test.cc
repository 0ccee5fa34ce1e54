#include "logs/usage_table.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string>
#include <tuple>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/random.h"

namespace tidemark {
namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

using Key = std::tuple<std::int32_t, std::string, std::int32_t>;  // day, subject, slot
using Oracle = std::map<Key, std::vector<std::int64_t>>;

void add_to(Oracle& oracle,
            const std::string& subject,
            Slot slot,
            const std::vector<std::int64_t>& values) {
    auto& sums = oracle[{slot.day().days_since_epoch(), subject, slot.index()}];
    sums.resize(values.size());
    for (std::size_t metric = 0; metric < values.size(); ++metric) {
        sums[metric] += values[metric];
    }
}

// The rows in the order in which they come.
std::vector<std::pair<Key, std::vector<std::int64_t>>> all_rows(RowSource& rows) {
    std::vector<std::pair<Key, std::vector<std::int64_t>>> all;
    while (const UsageRow* row = rows.next()) {
        all.push_back(
            {{row->slot.day().days_since_epoch(), std::string(row->subject), row->slot.index()},
             {row->values.begin(), row->values.end()}});
    }
    return all;
}

std::vector<std::pair<Key, std::vector<std::int64_t>>> all_rows(const Oracle& oracle) {
    return {oracle.begin(), oracle.end()};
}

bool add_to(UsageTable& table,
            const std::string& subject,
            Slot slot,
            const std::vector<std::int64_t>& values) {
    std::int64_t* const place = table.add(subject, slot);
    if (place != nullptr) {
        std::ranges::copy(values, place);
    }
    return place != nullptr;
}

SlotTotals slot_totals(const Oracle& oracle) {
    SlotTotals totals;
    for (const auto& [key, values] : oracle) {
        std::vector<Total>& sums = totals[Slot::from_index(std::get<2>(key))];
        sums.resize(values.size());
        for (std::size_t metric = 0; metric < values.size(); ++metric) {
            sums[metric] += values[metric];
        }
    }
    return totals;
}

rc::Gen<std::string> subject_text() {
    return rc::gen::oneOf(rc::gen::resize(3, rc::gen::nonEmpty(rc::gen::string<std::string>())),
                          rc::gen::resize(40, rc::gen::nonEmpty(rc::gen::string<std::string>())),
                          rc::gen::elementOf(
                              std::vector<std::string>{"a",
                                                       "aa",
                                                       "aaa",
                                                       "aaaa",
                                                       "aaaaa",
                                                       "aaaaaaaa",
                                                       "aaaaaaaaa",
                                                       "aaaaaaaaaaaaaaaa",
                                                       "aaaaaaaaaaaaaaaaa",
                                                       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}));
}

RC_GTEST_PROP(UsageTableProperty, holds_what_a_map_holds, ()) {
    const auto metrics = *rc::gen::inRange<std::size_t>(1, 9);
    const auto subjects =
        *rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(subject_text()));
    UsageTable left({.metric_count = metrics,
                     .days_max = 400,
                     .hash_seed = *rc::gen::arbitrary<std::uint64_t>()});
    UsageTable right({.metric_count = metrics,
                      .days_max = 400,
                      .hash_seed = *rc::gen::arbitrary<std::uint64_t>()});
    Oracle oracle;
    const int count = *rc::gen::inRange(0, 300);
    for (int line = 0; line < count; ++line) {
        const std::string& subject = *rc::gen::elementOf(subjects);
        const Slot slot = Slot::from_index(*rc::gen::inRange(-200, 200));
        const auto values = *rc::gen::container<std::vector<std::int64_t>>(
            metrics, rc::gen::inRange<std::int64_t>(0, 1000));
        RC_ASSERT(add_to(line % 3 == 0 ? left : right, subject, slot, values));
        add_to(oracle, subject, slot, values);
    }
    RC_ASSERT(left.flush());
    RC_ASSERT(right.flush());
    RC_ASSERT(left.absorb(std::move(right)));
    RC_ASSERT(left.slot_totals() == slot_totals(oracle));
    const auto rows = std::move(left).into_rows();
    RC_ASSERT(rows->metric_count() == metrics);
    RC_ASSERT(all_rows(*rows) == all_rows(oracle));
    rows->rewind();
    RC_ASSERT(all_rows(*rows) == all_rows(oracle));
}

TEST(UsageTable, grows_through_many_subjects_and_cells) {
    constexpr std::uint64_t seed = 20260101;
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    RandomStream random(seed, "table");
    UsageTable table({.metric_count = 2, .days_max = 400, .hash_seed = seed});
    Oracle oracle;
    for (int line = 0; line < 60000; ++line) {
        const std::string subject = "subject-" + std::to_string(random.below(9000)) +
                                    (random.chance(0.5) ? "-with-a-longer-name" : "");
        const Slot slot = Slot::from_index(static_cast<std::int32_t>(random.below(480)));
        const std::vector<std::int64_t> values = {static_cast<std::int64_t>(random.below(1000)), 1};
        ASSERT_TRUE(add_to(table, subject, slot, values));
        add_to(oracle, subject, slot, values);
    }
    ASSERT_TRUE(table.flush());
    EXPECT_EQ(table.slot_totals(), slot_totals(oracle));
    const auto rows = std::move(table).into_rows();
    EXPECT_EQ(all_rows(*rows), all_rows(oracle));
}

TEST(UsageTable, tells_zero_from_no_line) {
    UsageTable table({.metric_count = 1, .days_max = 1, .hash_seed = 1});
    const std::vector<std::int64_t> nothing = {0};
    ASSERT_TRUE(add_to(table, "a", Slot::from_index(5), nothing));
    ASSERT_TRUE(table.flush());
    const auto rows = std::move(table).into_rows();
    const UsageRow* row = rows->next();
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->slot.index(), 5);
    EXPECT_EQ(row->values[0], 0);
    EXPECT_EQ(rows->next(), nullptr);
}

TEST(UsageTable, refuses_a_sum_beyond_64_bits_in_one_table_and_across_two) {
    UsageTable whole({.metric_count = 1, .days_max = 1, .hash_seed = 1});
    ASSERT_TRUE(add_to(whole, "a", Slot::from_index(5), {largest}));
    ASSERT_TRUE(add_to(whole, "a", Slot::from_index(5), {1}));
    EXPECT_FALSE(whole.flush());
    EXPECT_EQ(whole.error().kind, ErrorKind::refused);
    EXPECT_NE(whole.error().message.find("'a'"), std::string::npos) << whole.error().message;

    UsageTable left({.metric_count = 1, .days_max = 1, .hash_seed = 1});
    UsageTable right({.metric_count = 1, .days_max = 1, .hash_seed = 1});
    ASSERT_TRUE(add_to(left, "a", Slot::from_index(5), {largest}));
    ASSERT_TRUE(add_to(right, "a", Slot::from_index(5), {1}));
    ASSERT_TRUE(left.flush());
    ASSERT_TRUE(right.flush());
    EXPECT_FALSE(left.absorb(std::move(right)));
    EXPECT_EQ(left.error().kind, ErrorKind::refused);
}

TEST(UsageTable, takes_as_many_days_as_it_may_and_no_more) {
    UsageTable table({.metric_count = 1, .days_max = 3, .hash_seed = 1});
    const std::vector<std::int64_t> one = {1};
    for (const int day : {-1, 0, 7, 0, -1}) {
        ASSERT_TRUE(add_to(table, "a", Slot::from_index(day * 48 + 47), one));
    }
    ASSERT_TRUE(table.flush());
    ASSERT_TRUE(add_to(table, "a", Slot::from_index(8 * 48), one));
    EXPECT_FALSE(table.flush());
    EXPECT_EQ(table.error().kind, ErrorKind::invalid_input);
    EXPECT_NE(table.error().message.find("1970-01-09"), std::string::npos);
}

}  // namespace
}  // namespace tidemark
