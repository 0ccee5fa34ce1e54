// Random histories of a gauge with all that can be done to it, by processes that are killed over
// it: events, voids and voids of voids, purges of days, erasures of subjects. After each step the
// store answers what looking at every event of the standing batches says, and verify finds nothing.
// TIDEMARK_HISTORIES says how many, TIDEMARK_SEED which first.

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/random.h"
#include "contract/gauge_steps.h"
#include "contract/killing.h"
#include "contract/verifying.h"
#include "support/environment.h"

namespace tidemark::test {
namespace {

constexpr int day_count = 5;
constexpr int steps = 40;
const std::vector<std::string> subjects = {"a", "b", "bb", "c", "d"};

class KilledGaugeHistory {
 public:
    KilledGaugeHistory(std::uint64_t seed, const StoreFactory& factory)
        : random_(seed, "killed gauges"),
          database_(factory.make_database()),
          store_(database_->open()) {
        EXPECT_EQ(outcome_of(store_->prepare_dataset(media())), "ok");
    }

    void step(int number) {
        const std::uint64_t draw = random_.below(100);
        if (draw < 55) {
            store_events(number);
        } else if (draw < 80) {
            void_one();
        } else if (draw < 90) {
            purge();
        } else {
            erase();
        }
    }

    void expect_sound() {
        for (int from = 0; from < day_count; ++from) {
            const GaugeQuery query = gauge_question(from, day_count);
            ASSERT_EQ(gauge_lines(*store_, query), plain_.answer(query));
        }
        ASSERT_EQ(verified(*store_, {.dataset = "media_storage"}), Lines{});
    }

 private:
    // What a batch touches, or the batch that is voided, at whatever remove.
    struct KnownBatch {
        std::set<int> days;
        bool is_void = false;
        bool voided = false;
    };

    // The outcome for the survivor, who does it again after the one that was killed over it.
    std::string survive(const std::function<std::string()>& action) {
        killed_ = random_.chance(0.4);
        if (killed_) {
            kill_over(*database_, store_, random_, [&] { static_cast<void>(action()); });
        }
        std::string outcome = action();
        for (int tries = 0; killed_ && outcome == "unavailable" && tries < 100; ++tries) {
            outcome = action();
        }
        return outcome;
    }

    bool shut(const std::set<int>& days) const {
        return std::ranges::any_of(days, [this](int day) { return purged_.contains(day); });
    }

    // Few instants and few values, so that equal instants, equal events and equal marks are common.
    std::vector<GaugeEvent> random_events(std::set<int>& days) {
        std::vector<GaugeEvent> events;
        const std::uint64_t count = random_.below(12);
        for (std::uint64_t index = 0; index < count; ++index) {
            const int day = static_cast<int>(random_.below(day_count));
            if (purged_.contains(day) && !random_.chance(0.02)) {
                continue;
            }
            days.insert(day);
            events.push_back(event_of(subjects[random_.below(subjects.size())],
                                      random_.below(2),
                                      day,
                                      static_cast<std::int64_t>(random_.below(5)) * 17280,
                                      static_cast<std::int64_t>(random_.below(5))));
        }
        return events;
    }

    void store_events(int number) {
        KnownBatch batch;
        const std::vector<GaugeEvent> events = random_events(batch.days);
        std::int64_t batch_seq = 0;
        const std::string outcome = survive([&] {
            const Result<StoredBatch> stored =
                store_media(*store_, fmt::format("step {}", number), events);
            batch_seq = stored.has_value() ? stored->receipt.batch_seq : 0;
            refusal_ = stored.has_value() ? "" : stored.error().message;
            return outcome_of(stored);
        });
        ASSERT_EQ(outcome, shut(batch.days) ? "refused" : "ok") << refusal_;
        if (batch_seq > 0) {
            plain_.add(batch_seq, events);
            batches_.emplace(batch_seq, batch);
        }
    }

    void void_one() {
        if (batches_.empty()) {
            return;
        }
        const auto voided = std::next(batches_.begin(),
                                      static_cast<std::ptrdiff_t>(random_.below(batches_.size())));
        if (voided->second.voided) {
            return;
        }
        std::int64_t batch_seq = 0;
        const std::string outcome = survive([&] {
            const Result<StoredBatch> stored =
                store_->void_batch("media_storage",
                                   voided->first,
                                   fmt::format("void {}", voided->first),
                                   {.reason = "wrong", .by = "billing"});
            batch_seq = stored.has_value() ? stored->receipt.batch_seq : 0;
            return outcome_of(stored);
        });
        ASSERT_EQ(outcome, shut(voided->second.days) ? "refused" : "ok") << voided->first;
        if (batch_seq > 0) {
            voided->second.voided = true;
            plain_.add_void(batch_seq, voided->first);
            batches_.emplace(batch_seq, KnownBatch{.days = voided->second.days, .is_void = true});
        }
    }

    void purge() {
        const int number = static_cast<int>(random_.below(day_count));
        ASSERT_EQ(
            survive([&] { return outcome_of(store_->purge_day("media_storage", day(number))); }),
            "ok");
        const Result<std::vector<UtcDay>> purged = store_->purged_days("media_storage");
        ASSERT_TRUE(purged.has_value());
        if (std::ranges::count(*purged, day(number)) > 0) {
            purged_.insert(number);
        }
        ASSERT_EQ(purged->size(), purged_.size()) << "a day that nobody asked for";
    }

    void erase() {
        const std::string& subject = subjects[random_.below(subjects.size())];
        ASSERT_EQ(survive([&] {
                      return outcome_of(store_->erase_subject(
                          "media_storage", subject, {.reason = "asked for", .by = "billing"}));
                  }),
                  "ok");
        plain_.erase(subject);
    }

    RandomStream random_;
    std::unique_ptr<TestDatabase> database_;
    std::unique_ptr<Store> store_;
    PlainGauges plain_;
    std::map<std::int64_t, KnownBatch> batches_;
    std::set<int> purged_;
    bool killed_ = false;
    std::string refusal_;
};

class KilledGauges : public testing::TestWithParam<StoreFactory> {};

TEST_P(KilledGauges, lose_and_double_nothing) {
    const std::uint64_t first_seed = announced_seed();
    const std::uint64_t histories = number_from_environment("TIDEMARK_HISTORIES", 3);
    for (std::uint64_t seed = first_seed; seed < first_seed + histories; ++seed) {
        SCOPED_TRACE(fmt::format("TIDEMARK_SEED={} TIDEMARK_HISTORIES=1", seed));
        KilledGaugeHistory history(seed, GetParam());
        for (int step = 0; step < steps && !HasFailure(); ++step) {
            SCOPED_TRACE(fmt::format("step {}", step));
            history.step(step);
            history.expect_sound();
        }
        ASSERT_FALSE(HasFailure());
    }
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         KilledGauges,
                         testing::Values(sqlite_store_factory(), postgres_store_factory()),
                         store_name);

}  // namespace
}  // namespace tidemark::test
