// The judge of the stress is judged: each kind of wrong answer that a broken store could give is
// named, and a right one passes.

#include "contract/generation.h"

#include <gtest/gtest.h>

#include "contract/store_steps.h"

namespace tidemark::test {
namespace {

constexpr BatchSet first_two = 3;  // batches 0 and 1

class FindBreach : public testing::Test {
 protected:
    // By day, of the first subject and the second, batches 0 and 1 acknowledged.
    FindBreach() {
        query_.dataset = "cdn";
        query_.subjects = {Generation::subjects()[0], Generation::subjects()[1]};
        query_.from = day(generation_.first_day_number());
        query_.to = day(generation_.first_day_number() + 2);
        for (int date = 0; date < 2; ++date) {
            for (const std::string& subject : query_.subjects) {
                answer_.rows.push_back(
                    {.subject = subject,
                     .period_begin = Slot::of_day(day(generation_.first_day_number() + date), 0),
                     .values = {Total(3), Total(2)}});
            }
        }
        known_.begun = first_two;
        known_.acknowledged = first_two;
    }

    [[nodiscard]] std::string breach() const {
        return find_breach(query_, answer_, known_, known_);
    }

    Generation generation_{1};
    UsageQuery query_{.dataset = {}, .subjects = {}, .from = day(0), .to = day(1)};
    UsageAnswer answer_;
    Marks known_;
};

TEST_F(FindBreach, is_silent_about_the_set_of_all_acknowledged_batches) {
    EXPECT_EQ(breach(), "");
}

TEST_F(FindBreach, names_a_batch_that_counts_twice_in_one_cell) {
    answer_.rows[0].values = {Total(5), Total(3)};  // batch 1 once more
    EXPECT_NE(breach(), "");
}

TEST_F(FindBreach, names_a_batch_that_is_missing_everywhere) {
    for (UsageAnswerRow& row : answer_.rows) {
        row.values = {Total(1), Total(1)};
    }
    EXPECT_NE(breach(), "");
}

TEST_F(FindBreach, names_cells_of_different_instants) {
    known_.acknowledged = 1;  // batch 1 may or may not be in it, but not in some cells only
    EXPECT_EQ(breach(), "");
    answer_.rows[3].values = {Total(1), Total(1)};
    EXPECT_NE(breach(), "");
}

TEST_F(FindBreach, names_requests_that_disagree_with_the_bytes) {
    answer_.rows[2].values = {Total(3), Total(1)};
    EXPECT_NE(breach(), "");
}

TEST_F(FindBreach, names_a_batch_that_nobody_began) {
    known_.begun = 1;
    known_.acknowledged = 1;
    EXPECT_NE(breach(), "");
}

TEST_F(FindBreach, names_a_batch_that_was_taken_back) {
    known_.void_begun = 2;
    EXPECT_EQ(breach(), "") << "its void is under way: both are right";
    known_.void_acknowledged = 2;
    EXPECT_NE(breach(), "");
}

TEST_F(FindBreach, names_a_row_that_is_not_there) {
    answer_.rows.pop_back();
    EXPECT_NE(breach(), "");
}

}  // namespace
}  // namespace tidemark::test
