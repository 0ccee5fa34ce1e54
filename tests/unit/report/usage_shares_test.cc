#include "report/usage_shares.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "report/usage_format.h"
#include "store/memory/memory_store.h"
#include "support/environment.h"
#include "support/small_batches.h"

namespace tidemark {
namespace {

UtcDay day(int number) {
    return UtcDay::parse("2026-11-01").value().plus_days(number);
}

class UsageSharesTest : public testing::Test {
 protected:
    UsageSharesTest() : random(test::announced_seed(), "shares") {
        EXPECT_TRUE(store->prepare_dataset(cdn).has_value());
    }

    std::string any_subject() { return "site-" + std::to_string(random.below(6)); }

    // Without subjects.
    UsageQuestion any_question() {
        constexpr UsagePeriod periods[] = {
            UsagePeriod::slot, UsagePeriod::day, UsagePeriod::month, UsagePeriod::total};
        const int from = static_cast<int>(random.below(4));
        UsageQuestion question{.request = {.dataset = cdn,
                                           .subjects = {},
                                           .from = day(from),
                                           .to = day(from + 1 + static_cast<int>(random.below(4))),
                                           .period = periods[random.below(4)],
                                           .top_metric = {}}};
        if (question.request.period == UsagePeriod::day && random.chance(0.3)) {
            question.time_zone = "America/St_Johns";
        } else if (random.chance(0.3)) {
            question.request.until = day(from).begin() + std::chrono::minutes(750);
        }
        if (random.chance(0.3)) {
            question.metrics = {"requests"};
        }
        question.compare_previous =
            question.request.period != UsagePeriod::month && random.chance(0.3);
        return question;
    }

    std::string answer(const UsageQuestion& question) {
        const Result<UsageReport> report = answer_usage(*store, question, {});
        EXPECT_TRUE(report.has_value()) << (report.has_value() ? "" : report.error().message);
        return report.has_value() ? format_usage(*report, UsageFormat::json) : "";
    }

    const Dataset cdn = built_in_datasets()[0];
    ManualClock clock{Timestamp(std::chrono::seconds(1'800'000'000))};
    std::unique_ptr<Store> store = open_memory_store(make_memory_database(), clock);
    RandomStream random;
};

TEST_F(UsageSharesTest, are_what_each_question_is_answered_alone) {
    for (int key = 0; key < 60; ++key) {
        const Slot slot = Slot::of_day(day(static_cast<int>(random.below(8))),
                                       static_cast<int>(random.below(48)));
        const auto bytes = static_cast<std::int64_t>(random.below(1000));
        ASSERT_TRUE(test::store_row(*store, key, any_subject(), slot, bytes).has_value());
    }
    for (int round = 0; round < 50; ++round) {
        std::vector<UsageQuestion> questions(1 + random.below(5), any_question());
        for (UsageQuestion& question : questions) {
            for (std::uint64_t count = 1 + random.below(3); count > 0; --count) {
                question.request.subjects.push_back(any_subject());
            }
        }
        std::vector<const UsageQuestion*> borrowed;
        for (const UsageQuestion& question : questions) {
            ASSERT_TRUE(asked_alike(questions.front(), question));
            borrowed.push_back(&question);
        }
        const Result<UsageReport> together = answer_usage(*store, joined(borrowed), {});
        ASSERT_TRUE(together.has_value()) << together.error().message;
        const std::vector<UsageReport> shares = shares_of(*together, borrowed);
        ASSERT_EQ(shares.size(), questions.size());
        for (std::size_t place = 0; place < shares.size(); ++place) {
            EXPECT_EQ(format_usage(shares[place], UsageFormat::json), answer(questions[place]));
        }
    }
}

TEST_F(UsageSharesTest, are_of_questions_that_differ_by_their_subjects_alone) {
    UsageQuestion question = any_question();
    question.request.subjects = {"a"};
    UsageQuestion other = question;
    other.request.subjects = {"b", "c"};
    EXPECT_TRUE(asked_alike(question, other));
    other.request.subjects.clear();
    EXPECT_FALSE(asked_alike(question, other)) << "all of them is no subject";
    UsageQuestion all = other;
    EXPECT_TRUE(asked_alike(other, all));
    const std::vector<std::function<void(UsageQuestion&)>> changes{
        [](UsageQuestion& each) { each.request.dataset = built_in_datasets()[1]; },
        [](UsageQuestion& each) { each.request.from = each.request.from.plus_days(-1); },
        [](UsageQuestion& each) { each.request.to = each.request.to.plus_days(1); },
        [](UsageQuestion& each) {
            each.request.period =
                each.request.period == UsagePeriod::day ? UsagePeriod::total : UsagePeriod::day;
        },
        [](UsageQuestion& each) { each.request.top += 1; },
        [](UsageQuestion& each) { each.request.top_metric += "x"; },
        [](UsageQuestion& each) { each.request.until = day(90).begin(); },
        [](UsageQuestion& each) { each.request.carry = !each.request.carry; },
        [](UsageQuestion& each) { each.request.carry_to = day(91); },
        [](UsageQuestion& each) { each.request.page = SubjectPage{.limit = 3}; },
        [](UsageQuestion& each) { each.synced = !each.synced; },
        [](UsageQuestion& each) { each.time_zone += "x"; },
        [](UsageQuestion& each) { each.metrics.emplace_back("bytes_streamed"); },
        [](UsageQuestion& each) { each.compare_previous = !each.compare_previous; },
    };
    for (std::size_t change = 0; change < changes.size(); ++change) {
        all = other;
        changes[change](all);
        EXPECT_FALSE(asked_alike(other, all)) << change;
    }
}

}  // namespace
}  // namespace tidemark
