// What verify says of gauges: nothing where all is well, and the place where one value was changed
// by hand.

#include <tuple>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "contract/gauge_steps.h"
#include "contract/verifying.h"

namespace tidemark::test {
namespace {

const VerifyScope all_media{.dataset = "media_storage"};

// Batch 2 has one event that 1 brought as well; 3 is taken back by 4; the day of 5 is purged.
void fill(Store& store) {
    stored_media(store,
                 "k1",
                 {event_of("a", bytes_stored, 0, 60, 5),
                  event_of("a", bytes_stored, 0, 120, 9),
                  event_of("a", media_count, 0, 60, 2),
                  event_of("b", bytes_stored, 0, 60, 7)});
    stored_media(store,
                 "k2",
                 {event_of("a", bytes_stored, 0, 180, 4),
                  event_of("a", bytes_stored, 1, 10, 6),
                  event_of("b", bytes_stored, 0, 60, 7)});
    voided_media(store, stored_media(store, "k3", {event_of("b", bytes_stored, 1, 20, 100)}));
    stored_media(store,
                 "k5",
                 {event_of("c", bytes_stored, 5, 5, 8),
                  event_of("c", bytes_stored, 5, 9, 3),
                  event_of("c", media_count, 5, 5, 1)});
    EXPECT_TRUE(store.purge_day("media_storage", day(5)).has_value());
}

class VerifyGauges : public GaugeTest {
 protected:
    VerifyGauges() { fill(*store); }
};

TEST_P(VerifyGauges, finds_nothing_where_all_is_well) {
    EXPECT_EQ(verified(*store, all_media), Lines{});
    voided_media(*store, 1);
    EXPECT_EQ(verified(*store, all_media), Lines{}) << "what batch 2 repeats stands";
    voided_media(*store, 6);
    EXPECT_EQ(verified(*store, all_media), Lines{}) << "and batch 1 again";
    const CorrectionNote asked_for{.reason = "asked for", .by = "billing"};
    EXPECT_EQ(outcome_of(store->erase_subject("media_storage", "b", asked_for)), "ok");
    EXPECT_EQ(verified(*store, all_media), Lines{}) << "without a subject";
    voided_media(*store, 2);
    EXPECT_EQ(outcome_of(store->erase_subject("media_storage", "a", asked_for)), "ok");
    EXPECT_EQ(verified(*store, all_media), Lines{}) << "before a void and after it";
}

TEST_P(VerifyGauges, says_what_it_looked_at) {
    const auto summary = store->verify(all_media, [](const Difference&) {});
    ASSERT_TRUE(summary.has_value()) << summary.error().message;
    EXPECT_EQ(summary->batches, 5);
    EXPECT_EQ(summary->batch_rows, 8) << "events, without those of the purged day";
}

INSTANTIATE_TEST_SUITE_P(Stores, VerifyGauges, testing::ValuesIn(store_factories()), store_name);

// In the SQL, {0} is day 0.
struct Plant {
    const char* name;
    const char* sql;
    const char* named;
};

constexpr Plant plants[] = {
    {"a_value",
     "UPDATE media_storage SET bytes_stored = 5 WHERE site_id = 'a' AND date = {0}",
     "media_storage a 2026-11-11 bytes_stored: expected 4, found 5, batch 2"},
    {"a_mark",
     "UPDATE media_storage SET max_bytes_stored = 10 WHERE site_id = 'a' AND date = {0}",
     "media_storage a 2026-11-11 max_bytes_stored: expected 9, found 10, batch 1"},
    {"an_instant",
     "UPDATE media_storage SET bytes_stored_at = media_count_at WHERE site_id = 'a' AND date = {0}",
     "media_storage a 2026-11-11 bytes_stored_at: expected "},
    {"a_value_gone",
     "UPDATE media_storage SET media_count = NULL WHERE site_id = 'a' AND date = {0}",
     "media_storage a 2026-11-11 media_count: expected 2, found none, batch 1"},
    {"a_row_gone",
     "DELETE FROM media_storage WHERE site_id = 'b' AND date = {0}",
     "media_storage b 2026-11-11 bytes_stored: expected 7, found none"},
    {"a_row_of_nobody",
     "UPDATE media_storage SET site_id = 'z' WHERE site_id = 'b' AND date = {0}",
     "media_storage z 2026-11-11 bytes_stored: expected none, found 7"},
    {"a_mark_of_a_purged_day",
     "UPDATE media_storage SET max_bytes_stored = 1 WHERE site_id = 'c'",
     "media_storage c 2026-11-16 max_bytes_stored: expected at least 3, found 1"},
    {"the_value_of_an_event",
     "UPDATE media_storage_event SET value = 8 WHERE value = 9",
     "batch_registry bytes_stored: expected 20, found 21, batch 1"},
    {"the_mark_that_it_made",
     "UPDATE media_storage_event SET value = 8 WHERE value = 9",
     "media_storage a 2026-11-11 max_bytes_stored: expected 8, found 9, batch 1"},
    {"an_event_gone",
     "DELETE FROM media_storage_event WHERE value = 9",
     "batch_registry row_count: expected 3, found 4, batch 1"},
    {"an_event_of_no_batch",
     "UPDATE media_storage_event SET batch_seq = 30 WHERE value = 9",
     "media_storage_event 2026-11-11 rows: expected none, found 1, batch 30"},
    {"the_metric_of_an_event",
     "UPDATE media_storage_event SET metric = 2 WHERE value = 9",
     "batch_registry media_count: expected 11, found 2, batch 1"},
    {"the_subject_of_an_event",
     "UPDATE media_storage_event SET site_id = 'z' WHERE value = 9",
     "media_storage z 2026-11-11 bytes_stored: expected 9, found none, batch 1"},
    {"whose_repeats_they_are",
     "UPDATE media_storage_repeat SET batch_seq = 1",
     "batch_registry row_count: expected 2, found 3, batch 2"},
    {"repeats_gone",
     "DELETE FROM media_storage_repeat",
     "batch_registry bytes_stored: expected 10, found 17, batch 2"},
    {"what_a_void_takes_back",
     "UPDATE batch_registry SET voids = 2 WHERE batch_seq = 4",
     "media_storage b 2026-11-12 bytes_stored: expected 100, found none, batch 3"},
};

class PlantedInGauges : public testing::TestWithParam<std::tuple<StoreFactory, Plant>> {};

TEST_P(PlantedInGauges, is_named) {
    const auto& [factory, plant] = GetParam();
    const std::unique_ptr<TestDatabase> database = factory.make_database();
    const std::unique_ptr<Store> store = database->open();
    ASSERT_TRUE(store->prepare_dataset(media()).has_value());
    fill(*store);
    ASSERT_EQ(verified(*store, all_media), Lines{});
    const std::string date = database->server() != nullptr
                                 ? fmt::format("DATE '{}'", day(0).to_string())
                                 : std::to_string(day(0).days_since_epoch());
    database->by_hand(fmt::format(fmt::runtime(plant.sql), date));
    EXPECT_THAT(verified(*store, all_media), testing::Contains(testing::HasSubstr(plant.named)));
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         PlantedInGauges,
                         testing::Combine(testing::Values(sqlite_store_factory(),
                                                          postgres_store_factory()),
                                          testing::ValuesIn(plants)),
                         [](const auto& test) {
                             return std::get<0>(test.param).name + "_" +
                                    std::get<1>(test.param).name;
                         });

}  // namespace
}  // namespace tidemark::test
