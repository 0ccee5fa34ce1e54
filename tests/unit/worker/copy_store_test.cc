#include "worker/copy_store.h"

#include <gtest/gtest.h>

#include "store/memory/memory_store.h"

namespace tidemark {
namespace {

class CompareStores : public testing::Test {
 protected:
    // A store with one batch of one row.
    std::unique_ptr<Store> store_with(const std::string& key, std::int64_t bytes) {
        std::unique_ptr<Store> store = open_memory_store(make_memory_database(), clock_);
        EXPECT_TRUE(store->prepare_dataset(built_in_datasets()[0]).has_value());
        UsageRows::Builder builder(2);
        builder.add("a", Slot::from_index(0), std::vector<std::int64_t>{bytes, 1});
        UsageRows rows = std::move(builder).finish().value();
        Batch batch;
        batch.identity = {.dataset = "cdn", .feed = "fastly", .key = key, .content_hash = {}};
        EXPECT_TRUE(store->store_batch(batch, rows).has_value());
        return store;
    }

 private:
    ManualClock clock_{Timestamp(std::chrono::seconds(1))};
};

TEST_F(CompareStores, finds_equal_ones_equal_whatever_is_folded) {
    const auto left = store_with("k", 5);
    const auto right = store_with("k", 5);
    ASSERT_TRUE(right->fold("cdn", {}).has_value());
    const Result<CopyComparison> comparison = compare_stores(*left, *right);
    ASSERT_TRUE(comparison.has_value()) << comparison.error().message;
    EXPECT_EQ(comparison->receipt_count, 1);
    EXPECT_EQ(comparison->usage_count, 1);
}

TEST_F(CompareStores, names_the_first_difference) {
    const auto left = store_with("k", 5);
    for (const auto& right : {store_with("other", 5), store_with("k", 6)}) {
        const Result<CopyComparison> comparison = compare_stores(*left, *right);
        ASSERT_FALSE(comparison.has_value());
        EXPECT_EQ(comparison.error().kind, ErrorKind::refused);
        EXPECT_NE(comparison.error().message.find("cdn:1"), std::string::npos);
    }
    const auto fewer = store_with("k", 5);
    ASSERT_TRUE(fewer->erase_subject("cdn", "a", {.reason = "why", .by = "test"}).has_value());
    const Result<CopyComparison> comparison = compare_stores(*left, *fewer);
    ASSERT_FALSE(comparison.has_value());
    EXPECT_NE(comparison.error().message.find("subject 'a'"), std::string::npos)
        << comparison.error().message;
}

TEST(CompareGauges, names_the_subject_that_differs) {
    const ManualClock clock(Timestamp(std::chrono::seconds(1)));
    const auto store_with = [&clock](const std::string& subject, std::int64_t value) {
        std::unique_ptr<Store> store = open_memory_store(make_memory_database(), clock);
        EXPECT_TRUE(store->prepare_dataset(built_in_datasets()[2]).has_value());
        Batch batch;
        batch.identity = {
            .dataset = "media_storage", .feed = "media", .key = "k", .content_hash = {}};
        const GaugeEvent event{.subject = subject,
                               .metric = 0,
                               .value = 5,
                               .observed_at = Timestamp(std::chrono::hours(value)),
                               .event_id = {}};
        EXPECT_TRUE(store->store_events(batch, {&event, 1}).has_value());
        return store;
    };
    const auto left = store_with("a", 1);
    const Result<CopyComparison> same = compare_stores(*left, *store_with("a", 1));
    ASSERT_TRUE(same.has_value()) << same.error().message;
    EXPECT_EQ(same->usage_count, 1);
    for (const auto& right : {store_with("a", 2), store_with("b", 1)}) {
        const Result<CopyComparison> comparison = compare_stores(*left, *right);
        ASSERT_FALSE(comparison.has_value());
        EXPECT_NE(comparison.error().message.find("subject 'a'"), std::string::npos)
            << comparison.error().message;
    }
}

TEST(CopyParts, come_in_chunks_first_and_then_together) {
    const std::vector<Dataset> datasets(built_in_datasets().begin(), built_in_datasets().end());
    const std::vector<CopyPart> parts = copy_parts(datasets);
    EXPECT_EQ(parts.front().name(), "batch_rows cdn");
    EXPECT_EQ(parts.back().name(), "adjusted_batches");
    bool together = false;
    for (const CopyPart& part : parts) {
        EXPECT_EQ(part.dataset == "media_storage", part.name().starts_with("gauge_"))
            << part.name();
        together = together || !part.in_chunks();
        EXPECT_EQ(part.in_chunks(), !together) << part.name();
    }
}

}  // namespace
}  // namespace tidemark
