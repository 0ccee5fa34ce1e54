// A real library's history, event by event: whatever the order and the cut, the state at the end of
// each day is the one that was computed independently.

#include "support/media_history.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/random.h"
#include "contract/gauge_steps.h"
#include "logs/byte_source.h"
#include "support/environment.h"
#include "support/source_tree.h"

namespace tidemark::test {
namespace {

// Site to (bytes, media).
using State = std::map<std::string, std::pair<std::int64_t, std::int64_t>>;

std::string unpacked(const std::filesystem::path& path) {
    const auto source = open_byte_source(path.string(), {.expanded_bytes_max = 1U << 30U}).value();
    std::string text;
    std::vector<char> block(65536);
    while (true) {
        const std::size_t got = source->read(block).value();
        if (got == 0) {
            return text;
        }
        text.append(block.data(), got);
    }
}

std::vector<GaugeEvent> events_of(const std::string& history) {
    std::vector<GaugeEvent> events;
    for (const SiteState& state : states_of(history)) {
        for (const auto& [metric, value] :
             {std::pair(bytes_stored, state.bytes), std::pair(media_count, state.media)}) {
            events.push_back({.subject = state.site,
                              .metric = metric,
                              .value = value,
                              .observed_at = Timestamp(std::chrono::seconds(state.epoch_s)),
                              .event_id = {}});
        }
    }
    return events;
}

using MediaHistory = GaugeTest;
INSTANTIATE_TEST_SUITE_P(Stores, MediaHistory, testing::ValuesIn(store_factories()), store_name);

void store_in_chunks(Store& store, const std::vector<GaugeEvent>& events, std::size_t size) {
    for (std::size_t begin = 0; begin < events.size(); begin += size) {
        const std::size_t end = std::min(events.size(), begin + size);
        stored_media(store,
                     fmt::format("chunk {}", begin),
                     {events.begin() + static_cast<std::ptrdiff_t>(begin),
                      events.begin() + static_cast<std::ptrdiff_t>(end)});
    }
}

// The state at the end of each of the days, carried forward where a site has no event.
std::map<std::string, State> states(Store& store, const std::set<std::string>& days) {
    std::map<std::string, State> found;
    const GaugeQuery all = {.dataset = "media_storage",
                            .subjects = {},
                            .from = UtcDay::parse("2000-01-01").value(),
                            .to = UtcDay::parse("2040-01-01").value()};
    const Result<void> read = store.read_gauge(all, [&](const GaugeSeries& series) -> Result<void> {
        for (const std::string& day : days) {
            std::pair<std::int64_t, std::int64_t> state;
            for (const GaugeDay& of_day : series.days) {
                if (of_day.day.to_string() <= day) {
                    state = {of_day.levels[bytes_stored]->current.value,
                             of_day.levels[media_count]->current.value};
                }
            }
            if (state.second > 0) {
                found[day][series.subject] = state;
            }
        }
        return {};
    });
    EXPECT_TRUE(read.has_value());
    return found;
}

TEST_P(MediaHistory, gives_the_true_state_of_each_day_in_any_order_and_cut) {
    if (!shared_data().has_value()) {
        GTEST_SKIP() << "no real history beside this checkout (../shared/data)";
    }
    const char* const name = "media_history_elastic_examples.tsv.gz";
    const std::vector<GaugeEvent> given = events_of(unpacked(*shared_data() / name));
    std::ifstream file(*shared_data() / "truth.json");
    const nlohmann::json whole = nlohmann::json::parse(file);
    const nlohmann::json& days = whole[name]["end_of_day_state_on_days_with_events"]["days"];
    std::map<std::string, State> truth;
    std::set<std::string> names;
    for (const auto& [day, sites] : days.items()) {
        names.insert(day);
        for (const auto& [site, state] : sites.items()) {
            truth[day][site] = {state[0], state[1]};
        }
    }
    std::vector<GaugeEvent> reversed(given.rbegin(), given.rend());
    RandomStream random(announced_seed(), "history");
    std::vector<GaugeEvent> shuffled = given;
    for (std::size_t left = shuffled.size(); left > 1; --left) {
        std::swap(shuffled[left - 1], shuffled[random.below(left)]);
    }
    std::vector<GaugeEvent> doubled = shuffled;
    doubled.insert(doubled.end(), given.begin(), given.end());
    const std::pair<const char*, const std::vector<GaugeEvent>*> orders[] = {
        {"given", &given}, {"reversed", &reversed}, {"shuffled", &shuffled}, {"doubled", &doubled}};
    for (const auto& [order, events] : orders) {
        for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
            SCOPED_TRACE(fmt::format("{} in chunks of {}", order, size));
            const std::unique_ptr<TestDatabase> own_database = GetParam().make_database();
            const std::unique_ptr<Store> own = own_database->open();
            ASSERT_EQ(outcome_of(own->prepare_dataset(media())), "ok");
            store_in_chunks(*own, *events, size);
            ASSERT_EQ(states(*own, names), truth);
        }
    }
}

}  // namespace
}  // namespace tidemark::test
