// What every store promises about what thresholds fired and who was told.

#include "contract/store_steps.h"

namespace tidemark::test {
namespace {

using std::chrono::milliseconds;

class ThresholdContract : public StoreTest {
 protected:
    static ThresholdEvent event_of(const std::string& subject, const std::string& period) {
        ThresholdEvent event{.id = {},
                             .threshold = "big",
                             .dataset = "cdn",
                             .metric = "bytes_streamed",
                             .subject = subject,
                             .period = period,
                             .value = Total::from_wide(Total::Wide{1} << 70U),
                             .at_least = 10,
                             .synced_through = day(1).begin()};
        event.id = event_id_of(event);
        return event;
    }

    std::int64_t recorded(const std::vector<ThresholdEvent>& events, int through = 1) {
        const auto added = store->record_judgement("big", day(through).begin(), events);
        EXPECT_TRUE(added.has_value()) << added.error().message;
        return added.value_or(-1);
    }

    Lines claimed(milliseconds lease, std::int64_t limit = 9, const std::string& name = "big") {
        const std::vector<std::string> names = {"small", name};
        const auto events = store->claim_deliveries(names, lease, limit);
        EXPECT_TRUE(events.has_value()) << events.error().message;
        Lines lines;
        for (const ThresholdEvent& event : *events) {
            lines.push_back(event.subject + " " + event.period);
        }
        return lines;
    }
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         ThresholdContract,
                         testing::ValuesIn(store_factories()),
                         store_name);

TEST_P(ThresholdContract, an_event_is_kept_once_and_as_it_fired) {
    const ThresholdEvent event = event_of("a", "2026-11");
    EXPECT_EQ(recorded({event, event_of("b", "2026-11")}), 2);
    ThresholdEvent later = event;
    later.value = Total(99);
    EXPECT_EQ(recorded({later, event_of("a", "2026-12")}), 1);
    store = database->open();
    const auto events = store->threshold_events(2);
    ASSERT_EQ(events->size(), 2U) << "the newest two";
    EXPECT_EQ(events->front().period, "2026-12");
    const auto all = store->threshold_events(9);
    ASSERT_EQ(all->size(), 3U);
    const ThresholdEvent& kept = all->back();
    EXPECT_EQ(kept.id, event.id);
    EXPECT_EQ(kept.threshold, "big");
    EXPECT_EQ(kept.dataset, "cdn");
    EXPECT_EQ(kept.metric, "bytes_streamed");
    EXPECT_EQ(kept.subject, "a");
    EXPECT_EQ(kept.value, event.value);
    EXPECT_EQ(kept.at_least, 10);
    EXPECT_EQ(kept.synced_through, event.synced_through);
    EXPECT_GT(kept.fired_at, Timestamp());
    EXPECT_EQ(kept.attempts, 0);
    EXPECT_EQ(kept.delivered_at, std::nullopt);
    EXPECT_TRUE(store->threshold_events(0)->empty());
}

TEST_P(ThresholdContract, how_far_a_threshold_was_judged_never_steps_back) {
    EXPECT_EQ(store->judged_through("big").value(), std::nullopt);
    recorded({}, 3);
    EXPECT_EQ(store->judged_through("big").value(), day(3).begin());
    recorded({}, 2);
    EXPECT_EQ(store->judged_through("big").value(), day(3).begin());
    EXPECT_EQ(store->judged_through("small").value(), std::nullopt);
}

TEST_P(ThresholdContract, one_claims_what_another_has_not) {
    recorded({event_of("a", "1"), event_of("b", "1"), event_of("c", "1")});
    EXPECT_EQ(claimed(std::chrono::hours(1), 2), (Lines{"a 1", "b 1"}));
    EXPECT_EQ(claimed(std::chrono::hours(1)), Lines{"c 1"});
    EXPECT_EQ(claimed(std::chrono::hours(1)), Lines{});
    recorded({event_of("d", "1")});
    EXPECT_EQ(claimed(milliseconds(0), 9, "other"), Lines{}) << "of other thresholds";
    EXPECT_EQ(claimed(milliseconds(0), 0), Lines{});
    EXPECT_EQ(claimed(milliseconds(0)), Lines{"d 1"});
    EXPECT_EQ(claimed(milliseconds(0)), Lines{"d 1"}) << "the lease ran out";
}

TEST_P(ThresholdContract, attempts_are_logged_until_it_is_delivered) {
    const ThresholdEvent event = event_of("a", "1");
    recorded({event});
    ASSERT_EQ(outcome_of(store->record_attempt(event.id, 0, "timed out", milliseconds(0))), "ok");
    EXPECT_EQ(claimed(milliseconds(0)), Lines{"a 1"});
    ASSERT_EQ(
        outcome_of(store->record_attempt(event.id, 500, "answered 500", std::chrono::hours(1))),
        "ok");
    EXPECT_EQ(claimed(milliseconds(0)), Lines{}) << "not due";
    EXPECT_EQ(store->threshold_events(1)->front().attempts, 2);
    EXPECT_EQ(store->threshold_events(1)->front().delivered_at, std::nullopt);
    ASSERT_EQ(outcome_of(store->record_attempt(event.id, 200, "delivered", std::nullopt)), "ok");
    EXPECT_EQ(claimed(milliseconds(0)), Lines{});
    store = database->open();
    EXPECT_TRUE(store->threshold_events(1)->front().delivered_at.has_value());
    const auto attempts = store->delivery_attempts(event.id).value();
    ASSERT_EQ(attempts.size(), 3U);
    EXPECT_EQ(attempts[0].attempt, 1);
    EXPECT_EQ(attempts[0].outcome, "timed out");
    EXPECT_EQ(attempts[1].status, 500);
    EXPECT_LE(attempts[0].attempted_at, attempts[2].attempted_at);
    EXPECT_EQ(outcome_of(store->record_attempt("unknown", 200, "", std::nullopt)), "not_found");
    EXPECT_TRUE(store->delivery_attempts("unknown")->empty());
}

TEST_P(ThresholdContract, an_erased_subject_is_forgotten_here_too) {
    const ThresholdEvent event = event_of("a", "1");
    recorded({event, event_of("b", "1")});
    ASSERT_EQ(outcome_of(store->record_attempt(event.id, 0, "no", milliseconds(0))), "ok");
    ASSERT_TRUE(store->erase_subject("cdn", "a", because).has_value());
    EXPECT_EQ(claimed(milliseconds(0)), Lines{"b 1"});
    EXPECT_EQ(store->threshold_events(9)->size(), 1U);
    EXPECT_TRUE(store->delivery_attempts(event.id)->empty());
}

}  // namespace
}  // namespace tidemark::test
