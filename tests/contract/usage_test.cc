// What every store promises about reading usage.

#include <limits>

#include "contract/store_steps.h"

namespace tidemark::test {
namespace {

constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

// Each question is asked of the unfolded, the partly folded and the folded store.
class UsageContract : public StoreTest {
 protected:
    void expect_whatever_is_folded(const UsageQuery& query, const Lines& expected) {
        EXPECT_EQ(ask(*store, query), expected) << "before the fold";
        folded(*store, {.days = {day(0)}, .subject_from = "b"});
        EXPECT_EQ(ask(*store, query), expected) << "after the fold of a part";
        folded(*store);
        EXPECT_EQ(ask(*store, query), expected) << "after the fold";
    }

    // 2026-11-11, 2026-11-12, 2026-11-30 and 2026-12-01.
    void store_four_days() {
        stored(*store, "one", {{"a", 0, 0, 1, 1}, {"a", 0, 47, 2, 1}, {"b", 1, 0, 4, 1}});
        stored(*store, "two", {{"a", 0, 0, 8, 1}, {"b", 19, 0, 16, 1}, {"a", 20, 0, 32, 1}});
    }
};
INSTANTIATE_TEST_SUITE_P(Stores, UsageContract, testing::ValuesIn(store_factories()), store_name);

TEST_P(UsageContract, by_slot) {
    store_four_days();
    expect_whatever_is_folded(
        question(0, 2, UsagePeriod::slot),
        {"2026-11-11T00:00Z a: 9 2", "2026-11-11T23:30Z a: 2 1", "2026-11-12T00:00Z b: 4 1"});
}

TEST_P(UsageContract, by_day) {
    store_four_days();
    expect_whatever_is_folded(question(0, 30),
                              {"2026-11-11T00:00Z a: 11 3",
                               "2026-11-12T00:00Z b: 4 1",
                               "2026-11-30T00:00Z b: 16 1",
                               "2026-12-01T00:00Z a: 32 1"});
}

TEST_P(UsageContract, by_month_which_begins_before_the_range) {
    store_four_days();
    expect_whatever_is_folded(
        question(0, 30, UsagePeriod::month),
        {"2026-11-01T00:00Z a: 11 3", "2026-11-01T00:00Z b: 20 2", "2026-12-01T00:00Z a: 32 1"});
}

TEST_P(UsageContract, in_total) {
    store_four_days();
    expect_whatever_is_folded(question(-3, 30, UsagePeriod::total),
                              {"2026-11-08T00:00Z a: 43 4", "2026-11-08T00:00Z b: 20 2"});
}

TEST_P(UsageContract, ranges_are_half_open) {
    store_four_days();
    expect_whatever_is_folded(question(1, 20),
                              {"2026-11-12T00:00Z b: 4 1", "2026-11-30T00:00Z b: 16 1"});
    EXPECT_EQ(ask(*store, question(1, 1)), Lines{});
    EXPECT_EQ(ask(*store, question(1, 1, UsagePeriod::total)), Lines{});
    EXPECT_EQ(ask(*store, question(2, 19, UsagePeriod::slot)), Lines{});
}

TEST_P(UsageContract, of_named_subjects) {
    store_four_days();
    UsageQuery query = question(0, 30);
    query.subjects = {"b", "nobody", "b"};
    expect_whatever_is_folded(query, {"2026-11-12T00:00Z b: 4 1", "2026-11-30T00:00Z b: 16 1"});
    query.period = UsagePeriod::slot;
    EXPECT_EQ(ask(*store, query), (Lines{"2026-11-12T00:00Z b: 4 1", "2026-11-30T00:00Z b: 16 1"}));
    query.subjects = {"nobody"};
    EXPECT_EQ(ask(*store, query), Lines{});
}

TEST_P(UsageContract, over_all_subjects_and_over_named_ones) {
    store_four_days();
    UsageQuery query = question(0, 30, UsagePeriod::month);
    query.per_subject = false;
    expect_whatever_is_folded(query, {"2026-11-01T00:00Z : 31 5", "2026-12-01T00:00Z : 32 1"});
    query.subjects = {"a"};
    EXPECT_EQ(ask(*store, query), (Lines{"2026-11-01T00:00Z : 11 3", "2026-12-01T00:00Z : 32 1"}));
}

TEST_P(UsageContract, named_subjects_over_a_range_without_end) {
    store_four_days();
    UsageQuery query = question(0, 0, UsagePeriod::total);
    query.from = UtcDay::parse("0001-01-01").value();
    query.to = UtcDay::parse("9999-12-31").value();
    query.subjects = {"a"};
    expect_whatever_is_folded(query, {"0001-01-01T00:00Z a: 43 4"});
}

TEST_P(UsageContract, no_data_differs_from_zero) {
    stored(*store, "k", {{"a", 0, 0, 0, 0}});
    expect_whatever_is_folded(question(0, 2), {"2026-11-11T00:00Z a: 0 0"});
}

TEST_P(UsageContract, sums_exceed_64_bits) {
    stored(*store, "one", {{"a", 0, 0, largest, 1}, {"b", 0, 0, largest, 1}});
    stored(*store, "two", {{"a", 1, 0, largest, 1}});
    UsageQuery query = question(0, 2, UsagePeriod::total);
    query.per_subject = false;
    expect_whatever_is_folded(query, {"2026-11-11T00:00Z : 27670116110564327421 3"});
}

TEST_P(UsageContract, days_before_1970_and_after_9000_are_days) {
    const UtcDay old = UtcDay::parse("1969-12-31").value();
    const UtcDay far = UtcDay::parse("9998-01-01").value();
    UsageRows::Builder builder(2);
    builder.add("a", Slot::of_day(old, 47), std::vector<std::int64_t>{1, 1});
    builder.add("a", Slot::of_day(far, 1), std::vector<std::int64_t>{2, 1});
    UsageRows rows = std::move(builder).finish().value();
    ASSERT_EQ(outcome_of(store->store_batch(batch_of("k"), rows)), "ok");
    UsageQuery query = question(0, 0);
    query.from = old;
    query.to = far.next();
    expect_whatever_is_folded(query, {"1969-12-31T00:00Z a: 1 1", "9998-01-01T00:00Z a: 2 1"});
    query.period = UsagePeriod::slot;
    EXPECT_EQ(ask(*store, query), (Lines{"1969-12-31T23:30Z a: 1 1", "9998-01-01T00:30Z a: 2 1"}));
}

TEST_P(UsageContract, datasets_do_not_mix) {
    ASSERT_EQ(outcome_of(store->prepare_dataset(built_in_datasets()[1])), "ok");
    stored(*store, "k", {{"a", 0, 0, 5, 1}});
    UsageRows::Builder builder(3);
    builder.add("a", Slot::of_day(day(0), 0), std::vector<std::int64_t>{7, 8, 9});
    UsageRows rows = std::move(builder).finish().value();
    Batch batch = batch_of("k");
    batch.identity.dataset = "ping";
    batch.identity.feed = "ping";
    ASSERT_EQ(outcome_of(store->store_batch(batch, rows)), "ok");
    folded(*store);
    UsageQuery ping = question(0, 1);
    ping.dataset = "ping";
    EXPECT_EQ(ask(*store, ping), (Lines{"2026-11-11T00:00Z a: 7 8 9"}));
    EXPECT_EQ(daily_usage(*store), (Lines{"2026-11-11T00:00Z a: 5 1"}));
    EXPECT_EQ(store->dataset_state("ping")->unfolded_count, 1);
}

}  // namespace
}  // namespace tidemark::test
