#include "rows/row_sorter.h"

#include <limits>
#include <map>
#include <tuple>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "support/environment.h"
#include "support/scratch_directory.h"

namespace tidemark {
namespace {

using Key = std::tuple<UtcDay, std::string, int>;
using Sums = std::map<Key, std::vector<std::int64_t>>;

Sums read_all(RowSource& rows) {
    Sums sums;
    std::optional<Key> before;
    while (const UsageRow* row = rows.next()) {
        const Key key(row->slot.day(), row->subject, row->slot.index_in_day());
        EXPECT_TRUE(!before.has_value() || *before < key) << row->subject;
        before = key;
        sums[key] = {row->values.begin(), row->values.end()};
    }
    return sums;
}

// Random rows, many of equal keys; subjects of any length and any bytes.
void compare_with_a_map(std::uint64_t seed, std::size_t memory_bytes, bool spills) {
    const test::ScratchDirectory directory;
    RandomStream random(seed, "rows");
    RowSorter sorter(2, {.memory_bytes = memory_bytes, .directory = directory.path().string()});
    Sums expected;
    for (int count = 0; count < 3000; ++count) {
        std::string subject(random.below(40), 'x');
        for (char& letter : subject) {
            letter = static_cast<char>(random.below(256));
        }
        const Slot slot = Slot::from_index(static_cast<std::int32_t>(random.below(500)) - 250);
        const std::vector<std::int64_t> values = {static_cast<std::int64_t>(random.below(1000)), 1};
        std::vector<std::int64_t>& sum = expected[{slot.day(), subject, slot.index_in_day()}];
        sum.resize(2);
        sum[0] += values[0];
        sum[1] += values[1];
        ASSERT_TRUE(sorter.add(subject, slot, values).has_value());
    }
    EXPECT_EQ(sorter.spilled_count() > 1, spills);
    Result<std::unique_ptr<RowSource>> rows = std::move(sorter).finish();
    ASSERT_TRUE(rows.has_value()) << rows.error().message;
    EXPECT_EQ((*rows)->metric_count(), 2U);
    EXPECT_EQ(read_all(**rows), expected);
    EXPECT_EQ((*rows)->next(), nullptr);
    (*rows)->rewind();
    (void)(*rows)->next();
    (*rows)->rewind();
    EXPECT_EQ(read_all(**rows), expected);
    EXPECT_TRUE(std::filesystem::is_empty(directory.path())) << "the file has a name";
}

TEST(RowSorter, gives_every_key_once_in_order_whatever_fits_into_memory) {
    const std::uint64_t seed = test::announced_seed();
    compare_with_a_map(seed, std::size_t{64} << 20U, false);
    compare_with_a_map(seed, 100'000, true);
    compare_with_a_map(seed, 2'000, true);  // more pieces than fit side by side
}

TEST(RowSorter, of_nothing_is_nothing) {
    Result<std::unique_ptr<RowSource>> rows = RowSorter(1, {}).finish();
    ASSERT_TRUE(rows.has_value());
    EXPECT_EQ((*rows)->next(), nullptr);
}

TEST(RowSorter, refuses_values_that_add_up_to_more_than_64_bits) {
    constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();
    for (const std::size_t memory_bytes : {std::size_t{1} << 20U, std::size_t{1}}) {
        RowSorter sorter(1, {.memory_bytes = memory_bytes});
        for (const std::int64_t value : {largest, std::int64_t{1}}) {
            ASSERT_TRUE(sorter.add("a", Slot::from_index(0), {&value, 1}).has_value());
        }
        const auto rows = std::move(sorter).finish();
        ASSERT_FALSE(rows.has_value());
        EXPECT_EQ(rows.error().kind, ErrorKind::refused);
        EXPECT_NE(rows.error().message.find("'a'"), std::string::npos);
    }
}

TEST(RowSorter, says_where_it_cannot_write) {
    RowSorter sorter(1, {.memory_bytes = 1, .directory = "/proc/none"});
    const std::int64_t value = 1;
    const Result<void> added = sorter.add("a", Slot::from_index(0), {&value, 1});
    ASSERT_FALSE(added.has_value());
    EXPECT_EQ(added.error().kind, ErrorKind::unavailable);
    EXPECT_NE(added.error().message.find("/proc/none"), std::string::npos);
    EXPECT_NE(added.error().message.find("TMPDIR"), std::string::npos);
}

}  // namespace
}  // namespace tidemark
