// What every store promises about what thresholds fired and who was told.

#include <memory>
#include <utility>

#include "base/check.h"
#include "contract/store_steps.h"
#include "store/memory/memory_store.h"
#include "store/memory/memory_threshold_store.h"
#include "store/postgres/postgres_store.h"
#include "store/postgres/postgres_threshold_store.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/sqlite_threshold_store.h"
#include "support/scratch_database.h"
#include "support/scratch_directory.h"

namespace tidemark::test {
namespace {

using std::chrono::milliseconds;

// One database, with `cdn` prepared.
class ThresholdDatabase {
 public:
    ThresholdDatabase() = default;
    ThresholdDatabase(const ThresholdDatabase&) = delete;
    ThresholdDatabase& operator=(const ThresholdDatabase&) = delete;
    virtual ~ThresholdDatabase() = default;
    virtual std::unique_ptr<Store> open() = 0;
    virtual std::unique_ptr<ThresholdStore> open_thresholds() = 0;
};

template <typename T>
T opened(Result<T> store) {
    TIDEMARK_CHECK(store.has_value());
    return std::move(store).value();
}

class InMemory final : public ThresholdDatabase {
    std::unique_ptr<Store> open() override { return open_memory_store(database_, clock_); }
    std::unique_ptr<ThresholdStore> open_thresholds() override {
        return open_memory_threshold_store(database_, clock_);
    }

    SystemClock clock_;
    std::shared_ptr<MemoryDatabase> database_ = make_memory_database();
};

class OnSqlite final : public ThresholdDatabase {
    std::unique_ptr<Store> open() override { return opened(open_sqlite_store(path(), clock_)); }
    std::unique_ptr<ThresholdStore> open_thresholds() override {
        return opened(open_sqlite_threshold_store(path(), clock_));
    }

    [[nodiscard]] std::string path() const { return (directory_ / "tidemark.db").string(); }

    ScratchDirectory directory_;
    SystemClock clock_;
};

class OnPostgres final : public ThresholdDatabase {
    std::unique_ptr<Store> open() override { return opened(open_postgres_store(database_.url())); }
    std::unique_ptr<ThresholdStore> open_thresholds() override {
        return opened(open_postgres_threshold_store(database_.url()));
    }

    ScratchDatabase database_;
};

using MakeDatabase = std::unique_ptr<ThresholdDatabase> (*)();

template <typename Database>
std::unique_ptr<ThresholdDatabase> make() {
    return std::make_unique<Database>();
}

class ThresholdContract : public testing::TestWithParam<std::pair<const char*, MakeDatabase>> {
 protected:
    void SetUp() override {
        if (GetParam().first == std::string_view("postgres") && !postgres_server().has_value()) {
            GTEST_SKIP() << "TIDEMARK_TEST_POSTGRES names no server";
        }
        database = GetParam().second();
        usage = database->open();
        store = database->open_thresholds();
        ASSERT_EQ(outcome_of(usage->prepare_dataset(cdn())), "ok");
    }

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
        const auto events = store->claim_deliveries(name, lease, limit);
        EXPECT_TRUE(events.has_value()) << events.error().message;
        Lines lines;
        for (const ThresholdEvent& event : *events) {
            lines.push_back(event.subject + " " + event.period);
        }
        return lines;
    }

    std::unique_ptr<ThresholdDatabase> database;
    std::unique_ptr<Store> usage;
    std::unique_ptr<ThresholdStore> store;
};
INSTANTIATE_TEST_SUITE_P(
    Stores,
    ThresholdContract,
    testing::Values(std::pair<const char*, MakeDatabase>("memory", make<InMemory>),
                    std::pair<const char*, MakeDatabase>("sqlite", make<OnSqlite>),
                    std::pair<const char*, MakeDatabase>("postgres", make<OnPostgres>)),
    [](const auto& test) { return test.param.first; });

TEST_P(ThresholdContract, an_event_is_kept_once_and_as_it_fired) {
    const ThresholdEvent event = event_of("a", "2026-11");
    EXPECT_EQ(recorded({event, event_of("b", "2026-11")}), 2);
    ThresholdEvent later = event;
    later.value = Total(99);
    EXPECT_EQ(recorded({later, event_of("a", "2026-12")}), 1);
    store = database->open_thresholds();
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
    store = database->open_thresholds();
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

TEST_P(ThresholdContract, of_many_attempts_the_last_are_logged) {
    const ThresholdEvent event = event_of("a", "1");
    const ThresholdEvent other = event_of("b", "1");
    recorded({event, other});
    ASSERT_EQ(outcome_of(store->record_attempt(other.id, 500, "once", milliseconds(0))), "ok");
    for (std::int64_t made = 0; made < logged_attempts_max + 2; ++made) {
        ASSERT_EQ(outcome_of(store->record_attempt(event.id, 500, "no", milliseconds(0))), "ok");
    }
    const auto attempts = store->delivery_attempts(event.id).value();
    ASSERT_EQ(std::ssize(attempts), logged_attempts_max);
    EXPECT_EQ(attempts.front().attempt, 3);
    EXPECT_EQ(attempts.back().attempt, logged_attempts_max + 2);
    EXPECT_EQ(store->threshold_events(9)->back().attempts, logged_attempts_max + 2);
    EXPECT_EQ(store->delivery_attempts(other.id)->size(), 1U);
}

TEST_P(ThresholdContract, an_erased_subject_is_forgotten_here_too) {
    const ThresholdEvent event = event_of("asker", "1");
    recorded({event, event_of("b", "1")});
    ASSERT_EQ(outcome_of(store->record_attempt(event.id, 0, "no", milliseconds(0))), "ok");
    ASSERT_EQ(outcome_of(usage->erase_subject("cdn", "asker", because)), "ok");
    EXPECT_EQ(claimed(milliseconds(0)), Lines{"b 1"});
    EXPECT_EQ(store->threshold_events(9)->size(), 1U);
    EXPECT_TRUE(store->delivery_attempts(event.id)->empty());
}

}  // namespace
}  // namespace tidemark::test
