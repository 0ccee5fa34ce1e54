// Random histories of gauges: whatever order the events come in, however often one comes, however
// they are cut into batches, whatever is voided and by which of two writers, a store answers what
// looking at every event of the standing batches says, and verify finds nothing. TIDEMARK_HISTORIES
// says how many, TIDEMARK_SEED which first.

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/random.h"
#include "contract/gauge_steps.h"
#include "contract/verifying.h"
#include "support/environment.h"

namespace tidemark::test {
namespace {

using GaugeHistories = GaugeTest;
INSTANTIATE_TEST_SUITE_P(Stores, GaugeHistories, testing::ValuesIn(store_factories()), store_name);

constexpr int day_count = 4;
const std::vector<std::string> subjects = {"a", "b", "bb", "c", "d"};

// Few instants and few values, so that equal instants, equal events and equal marks are common. The
// two metrics come from two sources: each event is of one of them alone.
std::vector<GaugeEvent> random_events(RandomStream& random, std::size_t count) {
    std::vector<GaugeEvent> events;
    for (std::size_t index = 0; index < count; ++index) {
        events.push_back(event_of(subjects[random.below(subjects.size())],
                                  random.below(2),
                                  static_cast<int>(random.below(day_count)),
                                  static_cast<std::int64_t>(random.below(6)) * 17280,
                                  static_cast<std::int64_t>(random.below(5))));
    }
    return events;
}

void shuffle(std::vector<GaugeEvent>& events, RandomStream& random) {
    for (std::size_t left = events.size(); left > 1; --left) {
        std::swap(events[left - 1], events[random.below(left)]);
    }
}

// Stores all events in pieces of 1 to `piece_max`.
void store_cut(Store& store,
               const std::string& name,
               const std::vector<GaugeEvent>& events,
               std::size_t piece_max,
               RandomStream& random) {
    for (std::size_t begin = 0; begin < events.size();) {
        const std::size_t end = std::min(events.size(), begin + 1 + random.below(piece_max));
        stored_media(store,
                     fmt::format("{}-{}", name, begin),
                     {events.begin() + static_cast<std::ptrdiff_t>(begin),
                      events.begin() + static_cast<std::ptrdiff_t>(end)});
        begin = end;
    }
}

TEST_P(GaugeHistories, order_repeats_and_cuts_do_not_matter) {
    const std::uint64_t seed = announced_seed();
    const std::uint64_t histories = number_from_environment("TIDEMARK_HISTORIES", 2);
    for (std::uint64_t history = 0; history < histories; ++history) {
        SCOPED_TRACE(fmt::format("TIDEMARK_SEED={}", seed + history));
        RandomStream random(seed + history, "gauges");
        const std::unique_ptr<TestDatabase> own_database = GetParam().make_database();
        const std::unique_ptr<Store> own = own_database->open();
        ASSERT_EQ(outcome_of(own->prepare_dataset(media())), "ok");
        const std::vector<GaugeEvent> events = random_events(random, 60);
        PlainGauges plain;
        plain.add(1, events);
        for (int round = 0; round < 3; ++round) {
            std::vector<GaugeEvent> sent = events;
            for (const GaugeEvent& event : events) {
                if (random.chance(0.3)) {
                    sent.push_back(event);
                }
            }
            shuffle(sent, random);
            store_cut(*own, fmt::format("round {}", round), sent, 1 + random.below(30), random);
            for (int from = 0; from < day_count; ++from) {
                const GaugeQuery query = gauge_question(from, day_count);
                ASSERT_EQ(gauge_lines(*own, query), plain.answer(query));
            }
            ASSERT_EQ(verified(*own, {.dataset = "media_storage"}), Lines{});
        }
    }
}

// What a history has of committed batches, and which of them may be voided.
struct KnownBatches {
    std::vector<std::int64_t> standing;
    PlainGauges plain;
};

void random_step(Store& store, KnownBatches& known, RandomStream& random, int step) {
    if (!known.standing.empty() && random.chance(0.4)) {
        const std::size_t place = random.below(known.standing.size());
        const std::int64_t batch_seq = known.standing[place];
        known.standing.erase(known.standing.begin() + static_cast<std::ptrdiff_t>(place));
        const std::int64_t voiding = voided_media(store, batch_seq);
        known.plain.add_void(voiding, batch_seq);
        known.standing.push_back(voiding);
        return;
    }
    const std::vector<GaugeEvent> events = random_events(random, random.below(12));
    const std::int64_t batch_seq = stored_media(store, fmt::format("step {}", step), events);
    known.plain.add(batch_seq, events);
    known.standing.push_back(batch_seq);
}

TEST_P(GaugeHistories, voids_and_voids_of_voids_leave_what_the_standing_batches_say) {
    const std::uint64_t seed = announced_seed();
    const std::uint64_t histories = number_from_environment("TIDEMARK_HISTORIES", 2);
    for (std::uint64_t history = 0; history < histories; ++history) {
        SCOPED_TRACE(fmt::format("TIDEMARK_SEED={}", seed + history));
        RandomStream random(seed + history, "gauge voids");
        const std::unique_ptr<TestDatabase> own_database = GetParam().make_database();
        const std::unique_ptr<Store> own = own_database->open();
        ASSERT_EQ(outcome_of(own->prepare_dataset(media())), "ok");
        const std::unique_ptr<Store> other = own_database->open();
        KnownBatches known;
        for (int step = 0; step < 40; ++step) {
            random_step(random.chance(0.3) ? *other : *own, known, random, step);
            const GaugeQuery query = gauge_question(static_cast<int>(random.below(2)), day_count);
            ASSERT_EQ(gauge_lines(*own, query), known.plain.answer(query)) << "step " << step;
            ASSERT_EQ(verified(*own, {.dataset = "media_storage"}), Lines{}) << "step " << step;
        }
    }
}

}  // namespace
}  // namespace tidemark::test
