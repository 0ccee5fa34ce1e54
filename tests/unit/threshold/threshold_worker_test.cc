#include "threshold/threshold_worker.h"

#include <functional>
#include <map>
#include <mutex>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "store/memory/memory_store.h"
#include "store/memory/memory_threshold_store.h"
#include "threshold/judging.h"
#include "threshold/webhook_message.h"

namespace tidemark {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

UtcDay day(const char* text) {
    return UtcDay::parse(text).value();
}

WindowDays window(const char* from, const char* to) {
    return {day(from), day(to)};
}

TEST(WindowsToJudge, are_those_that_were_open_or_new) {
    using Windows = std::vector<WindowDays>;
    const auto begin = [](const char* text) { return day(text).begin(); };
    EXPECT_EQ(windows_to_judge(ThresholdWindow::month, std::nullopt, begin("2026-11-01")),
              Windows{window("2026-10-01", "2026-11-01")})
        << "all of October is complete, nothing of November";
    EXPECT_EQ(
        windows_to_judge(ThresholdWindow::month, std::nullopt, begin("2026-11-01") + seconds(1800)),
        Windows{window("2026-11-01", "2026-12-01")});
    EXPECT_EQ(windows_to_judge(ThresholdWindow::month, begin("2026-11-30"), begin("2027-01-02")),
              (Windows{window("2026-11-01", "2026-12-01"),
                       window("2026-12-01", "2027-01-01"),
                       window("2027-01-01", "2027-02-01")}));
    EXPECT_EQ(windows_to_judge(ThresholdWindow::day, begin("2026-11-03"), begin("2026-11-04")),
              (Windows{window("2026-11-02", "2026-11-03"), window("2026-11-03", "2026-11-04")}))
        << "what ended when it was judged is judged once more, and fires nothing twice";
    EXPECT_EQ(windows_to_judge(
                  ThresholdWindow::month, begin("2028-02-10"), begin("2028-02-29") + hours(1)),
              Windows{window("2028-02-01", "2028-03-01")});
}

// A receiver that answers as it is told, in memory.
class Receiver {
 public:
    MessageSender sender() {
        return [this](const Webhook& webhook,
                      const http::Fields& fields,
                      const std::string& body) -> Result<int> {
            const std::lock_guard lock(mutex);
            if (const auto once = std::exchange(meanwhile, nullptr)) {
                once();
            }
            const std::string timestamp(fields.find("Tidemark-Timestamp").value());
            EXPECT_EQ(fields.find("Tidemark-Signature"),
                      signature_of(webhook.secret, std::stoll(timestamp), body));
            bodies.push_back(nlohmann::json::parse(body));
            EXPECT_EQ(fields.find("Tidemark-Event"), bodies.back()["event_id"]);
            return status == 0 ? Result<int>(Error{ErrorKind::unavailable, "timed out"}) : status;
        };
    }

    std::mutex mutex;
    std::vector<nlohmann::json> bodies;
    int status = 200;
    std::function<void()> meanwhile;  // called once
};

// What forgets to log an attempt, as if its process had been killed just before.
class ForgetfulStore final : public ThresholdStore {
 public:
    explicit ForgetfulStore(ThresholdStore& store) : store_(store) {}

    Result<std::optional<std::chrono::sys_seconds>> judged_through(
        std::string_view threshold) override {
        return store_.judged_through(threshold);
    }
    Result<std::int64_t> record_judgement(std::string_view threshold,
                                          std::chrono::sys_seconds through,
                                          std::span<const ThresholdEvent> events) override {
        return store_.record_judgement(threshold, through, events);
    }
    Result<std::vector<ThresholdEvent>> claim_deliveries(std::string_view threshold,
                                                         std::chrono::milliseconds lease,
                                                         std::int64_t limit) override {
        return store_.claim_deliveries(threshold, lease, limit);
    }
    Result<void> record_attempt(std::string_view,
                                std::int64_t,
                                std::string_view,
                                std::optional<std::chrono::milliseconds>) override {
        return Error{ErrorKind::unavailable, "killed"};
    }
    Result<std::vector<ThresholdEvent>> threshold_events(std::int64_t limit) override {
        return store_.threshold_events(limit);
    }
    Result<std::vector<DeliveryAttempt>> delivery_attempts(std::string_view event_id) override {
        return store_.delivery_attempts(event_id);
    }

 private:
    ThresholdStore& store_;
};

class ThresholdWorkerTest : public testing::Test {
 protected:
    ThresholdWorkerTest()
        : store(open_memory_store(database_, clock)),
          events(open_memory_threshold_store(database_, clock)) {
        for (const Dataset& dataset : built_in_datasets()) {
            EXPECT_TRUE(store->prepare_dataset(dataset).has_value());
        }
    }

    static Threshold threshold(std::string name, std::int64_t at_least, ThresholdWindow of) {
        return {.name = std::move(name),
                .dataset = built_in_datasets()[0],
                .metric = "bytes_streamed",
                .window = of,
                .at_least = at_least,
                .webhook = {.url = {}, .secret = "a secret of both sides"}};
    }

    ThresholdWorker worker(std::vector<Threshold> thresholds) {
        return worker_on(*events, std::move(thresholds));
    }

    ThresholdWorker worker_on(ThresholdStore& kept, std::vector<Threshold> thresholds) {
        return {
            *store,
            kept,
            clock,
            std::move(thresholds),
            receiver.sender(),
            {.fired = [this](const std::string& threshold,
                             std::int64_t fired) { noted[threshold + " fired"] += fired; },
             .told = [this](const std::string& threshold,
                            bool heard) { ++noted[threshold + (heard ? " heard" : " failed")]; }}};
    }

    void add(const std::string& subject,
             const char* date,
             int slot,
             std::int64_t bytes,
             bool day_grained = false) {
        UsageRows::Builder builder(2);
        const std::int64_t values[] = {bytes, 1};
        builder.add(subject, Slot::of_day(day(date), slot), values);
        Result<UsageRows> rows = std::move(builder).finish();
        const Batch batch{.identity = {.dataset = "cdn",
                                       .feed = "feed",
                                       .key = std::to_string(++keys_),
                                       .content_hash = {}},
                          .source = {},
                          .counts = {},
                          .rejected_by_reason = {},
                          .rejected_samples = {},
                          .day_grained = day_grained};
        ASSERT_TRUE(store->store_batch(batch, *rows).has_value());
    }

    static KnownProgress synced_through(std::chrono::sys_seconds instant) {
        Snapshot snapshot;
        for (const Dataset& dataset : built_in_datasets()) {
            snapshot.datasets[dataset.name()].synced_through = instant;
        }
        snapshot.overall.synced_through = instant;
        return {.snapshot = snapshot};
    }

    ManualClock clock{Timestamp(seconds(1'800'000'000))};

 private:
    std::shared_ptr<MemoryDatabase> database_ = make_memory_database();
    int keys_ = 0;

 protected:
    std::unique_ptr<Store> store;
    std::unique_ptr<ThresholdStore> events;
    Receiver receiver;
    std::map<std::string, std::int64_t> noted;
};

TEST_F(ThresholdWorkerTest, each_subject_fires_once_a_period) {
    ThresholdWorker told = worker({threshold("big", 10, ThresholdWindow::month)});
    add("a", "2026-11-01", 3, 9);
    add("b", "2026-11-01", 3, 10);
    EXPECT_EQ(told.judge_all(synced_through(day("2026-11-02").begin())).value(), 1);
    add("a", "2026-11-02", 3, 5);
    add("b", "2026-11-02", 3, 50);
    EXPECT_EQ(told.judge_all(synced_through(day("2026-11-03").begin())).value(), 1);
    add("b", "2026-12-01", 3, 50);
    EXPECT_EQ(told.judge_all(synced_through(day("2026-12-02").begin())).value(), 1);
    EXPECT_EQ(told.deliver_due().value(), 3);
    EXPECT_EQ(told.deliver_due().value(), 0);
    std::map<std::string, nlohmann::json> heard;
    for (const nlohmann::json& body : receiver.bodies) {
        heard[body["subject"].get<std::string>() + " " + body["period"].get<std::string>()] = body;
    }
    ASSERT_EQ(heard.size(), 3U);
    EXPECT_EQ(heard["a 2026-11"]["value"], 14);
    EXPECT_EQ(heard["b 2026-11"]["value"], 10);
    EXPECT_EQ(heard["b 2026-12"]["value"], 50);
    EXPECT_EQ(noted, (std::map<std::string, std::int64_t>{{"big fired", 3}, {"big heard", 3}}));
}

TEST_F(ThresholdWorkerTest, only_what_is_synchronised_counts) {
    ThresholdWorker told = worker({threshold("big", 10, ThresholdWindow::day)});
    add("a", "2026-11-01", 3, 9);
    add("a", "2026-11-01", 20, 9);
    EXPECT_EQ(told.judge_all({}).value(), 0) << "nothing is known";
    const auto noon = day("2026-11-01").begin() + hours(10);
    EXPECT_EQ(told.judge_all(synced_through(noon)).value(), 0) << "slot 20 begins at 10:00";
    EXPECT_EQ(told.judge_all(synced_through(noon + seconds(1800))).value(), 1);
}

TEST_F(ThresholdWorkerTest,
       neither_a_dataset_nor_the_others_are_judged_further_than_both_are_complete) {
    ThresholdWorker told = worker({threshold("big", 10, ThresholdWindow::month)});
    add("a", "2026-11-02", 3, 50);
    KnownProgress known = synced_through(day("2026-11-03").begin());
    known.snapshot->datasets["cdn"].synced_through = day("2026-11-02").begin();
    EXPECT_EQ(told.judge_all(known).value(), 0) << "cdn itself is behind";
    known.snapshot->datasets["cdn"].synced_through.reset();
    EXPECT_EQ(told.judge_all(known).value(), 0) << "nothing is known of cdn";
    known = synced_through(day("2026-11-03").begin());
    known.snapshot->overall.synced_through = day("2026-11-02").begin();
    EXPECT_EQ(told.judge_all(known).value(), 0) << "another one is behind";
    EXPECT_EQ(told.judge_all(synced_through(day("2026-11-03").begin())).value(), 1);
}

TEST_F(ThresholdWorkerTest, a_day_that_is_known_as_a_whole_counts_once_it_is_over) {
    ThresholdWorker told = worker({threshold("big", 10, ThresholdWindow::day)});
    add("a", "2026-11-01", 0, 50, true);
    EXPECT_EQ(told.judge_all(synced_through(day("2026-11-01").begin() + hours(9))).value(), 0);
    EXPECT_EQ(told.judge_all(synced_through(day("2026-11-02").begin())).value(), 1);
}

TEST_F(ThresholdWorkerTest, what_was_long_before_it_was_declared_does_not_fire) {
    add("a", "2026-10-30", 3, 50);
    ThresholdWorker told = worker({threshold("big", 10, ThresholdWindow::day)});
    EXPECT_EQ(told.judge_all(synced_through(day("2026-11-02").begin())).value(), 0);
}

TEST_F(ThresholdWorkerTest, what_was_passed_over_while_nobody_judged_fires_afterwards) {
    ThresholdWorker told = worker({threshold("big", 10, ThresholdWindow::day)});
    EXPECT_EQ(told.judge_all(synced_through(day("2026-11-02").begin())).value(), 0);
    add("a", "2026-11-03", 3, 50);
    add("a", "2026-11-05", 3, 50);
    EXPECT_EQ(told.judge_all(synced_through(day("2026-11-09").begin())).value(), 2);
}

TEST_F(ThresholdWorkerTest, another_limit_fires_anew) {
    add("a", "2026-11-01", 3, 50);
    EXPECT_EQ(worker({threshold("big", 10, ThresholdWindow::month)})
                  .judge_all(synced_through(day("2026-11-02").begin()))
                  .value(),
              1);
    EXPECT_EQ(worker({threshold("big", 20, ThresholdWindow::month)})
                  .judge_all(synced_through(day("2026-11-03").begin()))
                  .value(),
              1);
}

TEST_F(ThresholdWorkerTest, one_subject_may_be_named) {
    Threshold named = threshold("big", 10, ThresholdWindow::month);
    named.subject = "b";
    add("a", "2026-11-01", 3, 50);
    add("b", "2026-11-01", 3, 50);
    ThresholdWorker told = worker({named});
    EXPECT_EQ(told.judge_all(synced_through(day("2026-11-02").begin())).value(), 1);
    EXPECT_EQ(events->threshold_events(9)->front().subject, "b");
}

TEST_F(ThresholdWorkerTest, of_a_gauge_the_high_water_mark_counts) {
    Threshold stored = threshold("full", 100, ThresholdWindow::month);
    stored.dataset = built_in_datasets()[2];
    stored.metric = "bytes_stored";
    std::vector<GaugeEvent> read;
    const std::pair<const char*, int> readings[] = {{"2026-11-01", 120}, {"2026-11-02", 30}};
    for (const auto& [date, value] : readings) {
        read.push_back({.subject = "a",
                        .metric = 0,
                        .value = value,
                        .observed_at = day(date).begin() + hours(5),
                        .event_id = {}});
    }
    const Batch batch{
        .identity = {.dataset = "media_storage", .feed = "f", .key = "k", .content_hash = {}},
        .source = {},
        .counts = {},
        .rejected_by_reason = {},
        .rejected_samples = {}};
    ASSERT_TRUE(store->store_events(batch, read).has_value());
    ThresholdWorker told = worker({stored});
    EXPECT_EQ(told.judge_all(synced_through(day("2026-11-01").begin() + hours(9))).value(), 0)
        << "the day is not over";
    EXPECT_EQ(told.judge_all(synced_through(day("2026-11-03").begin())).value(), 1);
    EXPECT_EQ(events->threshold_events(9)->front().value, Total(120));
}

TEST_F(ThresholdWorkerTest, who_does_not_hear_is_told_again_later_and_later) {
    add("a", "2026-11-01", 3, 50);
    ThresholdWorker told = worker({threshold("big", 10, ThresholdWindow::month)});
    ASSERT_EQ(told.judge_all(synced_through(day("2026-11-02").begin())).value(), 1);
    for (const int status : {0, 500, 404, 301}) {
        receiver.status = status;
        EXPECT_EQ(told.deliver_due().value(), 0);
        EXPECT_EQ(told.deliver_due().value(), 0) << "not yet";
        clock.advance(pause_after(events->threshold_events(1)->front().attempts));
    }
    receiver.status = 204;
    EXPECT_EQ(told.deliver_due().value(), 1);
    EXPECT_EQ(receiver.bodies.size(), 5U);
    for (const nlohmann::json& body : receiver.bodies) {
        EXPECT_EQ(body["event_id"], receiver.bodies.front()["event_id"]);
    }
    const ThresholdEvent event = events->threshold_events(1)->front();
    const auto attempts = events->delivery_attempts(event.id).value();
    ASSERT_EQ(attempts.size(), 5U);
    EXPECT_EQ(attempts[0].outcome, "timed out");
    EXPECT_EQ(attempts[1].status, 500);
    EXPECT_EQ(attempts[4].outcome, "delivered");
    EXPECT_TRUE(event.delivered_at.has_value());
}

TEST_F(ThresholdWorkerTest, a_kill_between_telling_and_logging_it_tells_again_under_the_same_id) {
    add("a", "2026-11-01", 3, 50);
    const std::vector<Threshold> declared = {threshold("big", 10, ThresholdWindow::month)};
    ASSERT_EQ(worker(declared).judge_all(synced_through(day("2026-11-02").begin())).value(), 1);
    ForgetfulStore forgetful(*events);
    EXPECT_FALSE(worker_on(forgetful, declared).deliver_due().has_value());
    ThresholdWorker started_again = worker(declared);
    EXPECT_EQ(started_again.deliver_due().value(), 0) << "whoever claimed it may still be telling";
    clock.advance(std::chrono::minutes(1));
    EXPECT_EQ(started_again.deliver_due().value(), 1);
    ASSERT_EQ(receiver.bodies.size(), 2U);
    EXPECT_EQ(receiver.bodies[0], receiver.bodies[1]);
    clock.advance(hours(24));
    EXPECT_EQ(started_again.deliver_due().value(), 0);
}

TEST_F(ThresholdWorkerTest, an_erasure_while_it_is_told_is_no_failure) {
    add("asker", "2026-11-01", 3, 50);
    add("b", "2026-11-01", 3, 50);
    ThresholdWorker told = worker({threshold("big", 10, ThresholdWindow::month)});
    ASSERT_EQ(told.judge_all(synced_through(day("2026-11-02").begin())).value(), 2);
    receiver.meanwhile = [this] {
        EXPECT_TRUE(
            store->erase_subject("cdn", "asker", {.reason = "said so", .by = "law"}).has_value());
    };
    EXPECT_EQ(told.deliver_due().value(), 2);
    ASSERT_EQ(events->threshold_events(9)->size(), 1U);
    EXPECT_TRUE(events->threshold_events(9)->front().delivered_at.has_value());
}

TEST_F(ThresholdWorkerTest, who_does_not_answer_leaves_the_others_their_turn) {
    for (int subject = 0; subject < 20; ++subject) {
        add("s" + std::to_string(subject), "2026-11-01", 3, 50);
    }
    Threshold one = threshold("one", 10, ThresholdWindow::month);
    one.subject = "s7";
    ThresholdWorker told = worker({threshold("all", 10, ThresholdWindow::month), one});
    ASSERT_EQ(told.judge_all(synced_through(day("2026-11-02").begin())).value(), 21);
    ASSERT_TRUE(told.deliver_due().has_value());
    EXPECT_EQ(noted["one heard"], 1);
    EXPECT_LT(noted["all heard"], 20);
}

TEST_F(ThresholdWorkerTest, what_is_not_declared_any_more_is_not_told) {
    add("a", "2026-11-01", 3, 50);
    ASSERT_EQ(worker({threshold("big", 10, ThresholdWindow::month)})
                  .judge_all(synced_through(day("2026-11-02").begin()))
                  .value(),
              1);
    ThresholdWorker other = worker({threshold("other", 10, ThresholdWindow::month)});
    EXPECT_EQ(other.deliver_due().value(), 0);
    EXPECT_TRUE(receiver.bodies.empty());
}

TEST(PauseAfter, doubles_up_to_an_hour) {
    EXPECT_EQ(pause_after(1), seconds(5));
    EXPECT_EQ(pause_after(2), seconds(10));
    EXPECT_EQ(pause_after(10), seconds(2560));
    EXPECT_EQ(pause_after(11), hours(1));
    EXPECT_EQ(pause_after(1'000'000), hours(1));
}

}  // namespace
}  // namespace tidemark
