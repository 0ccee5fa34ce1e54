// What every store answers to those who look into what happened.

#include "contract/store_steps.h"

namespace tidemark::test {
namespace {

class LedgerContract : public StoreTest {
 protected:
    void store_for(std::string_view feed, std::string_view key, const std::vector<CdnRow>& rows) {
        Batch batch = batch_of(key);
        batch.identity.feed = feed;
        UsageRows source = rows_of(rows);
        EXPECT_EQ(outcome_of(store->store_batch(batch, source)), "ok");
    }

    std::string keys(const BatchQuery& query) {
        const auto found = store->find_batches(query);
        std::string text;
        for (const BatchReceipt& receipt : *found) {
            text += receipt.identity.key + " ";
        }
        return text;
    }

    std::string jobs(const RunQuery& query) {
        const auto found = store->find_runs(query);
        std::string text;
        for (const tidemark::Run& run : *found) {
            text += run.job + "/" + run.feed + " ";
        }
        return text;
    }
};
INSTANTIATE_TEST_SUITE_P(Stores, LedgerContract, testing::ValuesIn(store_factories()), store_name);

TEST_P(LedgerContract, batches_are_found_by_feed_and_day_the_newest_first) {
    store_for("fastly", "one", {{"a", 0, 0, 5, 1}, {"a", 2, 0, 5, 1}});
    store_for("edgecast", "two", {{"a", 1, 0, 5, 1}});
    store_for("fastly", "three", {{"a", 1, 47, 5, 1}});
    store_for("fastly", "empty", {});
    EXPECT_EQ(keys({.dataset = "cdn"}), "empty three two one ");
    EXPECT_EQ(keys({.dataset = "cdn", .limit = 2}), "empty three ");
    EXPECT_EQ(keys({.dataset = "cdn", .feed = "fastly"}), "empty three one ");
    EXPECT_EQ(keys({.dataset = "cdn", .day = day(1)}), "three two ");
    EXPECT_EQ(keys({.dataset = "cdn", .feed = "fastly", .day = day(1)}), "three ");
    EXPECT_EQ(keys({.dataset = "cdn", .feed = "nobody"}), "");
    EXPECT_EQ(keys({.dataset = "cdn", .limit = 0}), "");
    EXPECT_EQ(keys({.dataset = "cdn", .limit = -1}), "");
    EXPECT_EQ(outcome_of(store->find_batches({.dataset = "never"})), "not_found");
}

TEST_P(LedgerContract, a_batch_found_is_the_receipt_that_was_given) {
    store_for("fastly", "one", {{"a", 0, 0, 5, 1}, {"b", 2, 0, 6, 1}});
    const BatchReceipt given = store->find_batch("fastly", "one")->value();
    const BatchReceipt found = store->find_batches({.dataset = "cdn"})->front();
    EXPECT_EQ(found.batch_seq, given.batch_seq);
    EXPECT_EQ(found.days, given.days);
    EXPECT_EQ(found.totals, given.totals);
    EXPECT_EQ(found.committed_at, given.committed_at);
}

TEST_P(LedgerContract, runs_are_found_by_job_feed_and_day_the_newest_first) {
    for (const auto& [job, dataset, feed] : {std::tuple("aggregate", "cdn", "fastly"),
                                             std::tuple("compact", "", ""),
                                             std::tuple("aggregate", "ping", "player"),
                                             std::tuple("aggregate", "cdn", "edgecast")}) {
        ASSERT_EQ(outcome_of(store->begin_run(job, dataset, feed)), "ok");
    }
    EXPECT_EQ(jobs({}), "aggregate/edgecast aggregate/player compact/ aggregate/fastly ");
    EXPECT_EQ(jobs({.limit = 1}), "aggregate/edgecast ");
    EXPECT_EQ(jobs({.job = "aggregate", .dataset = "cdn"}), "aggregate/edgecast aggregate/fastly ");
    EXPECT_EQ(jobs({.feed = "player"}), "aggregate/player ");
    EXPECT_EQ(jobs({.job = "nothing"}), "");
    EXPECT_EQ(jobs({.limit = 0}), "");
    const UtcDay today = UtcDay::containing(
        std::chrono::floor<std::chrono::seconds>(store->runs(1)->front().started_at));
    EXPECT_EQ(jobs({.job = "compact", .day = today.plus_days(-1)}), "");
    EXPECT_EQ(jobs({.job = "compact", .day = today.plus_days(2)}), "");
    // A run that began the moment before midnight is of that day; the answer to both is one run.
    EXPECT_EQ(jobs({.job = "compact", .day = today}) +
                  jobs({.job = "compact", .day = today.plus_days(-1)}),
              "compact/ ");
}

TEST_P(LedgerContract, rejected_lines_are_counted_by_reason) {
    Batch batch = batch_of("k");
    batch.rejected_by_reason = {{"no_subject", 1}, {"bad_time", 20}};
    UsageRows rows = rows_of({});
    ASSERT_EQ(outcome_of(store->store_batch(batch, rows)), "ok");
    stored(*store, "clean", {{"a", 0, 0, 5, 1}});
    const ReasonCounts expected = {{"bad_time", 20}, {"no_subject", 1}};
    EXPECT_EQ(store->rejected_by_reason("cdn", 1).value(), expected);
    EXPECT_EQ(store->rejected_by_reason("cdn", 2).value(), ReasonCounts{});
    EXPECT_EQ(outcome_of(store->rejected_by_reason("cdn", 3)), "not_found");
    EXPECT_EQ(outcome_of(store->rejected_by_reason("never", 1)), "not_found");
}

}  // namespace
}  // namespace tidemark::test
