#include "report/ledger_report.h"

#include <limits>

#include <gtest/gtest.h>

#include "store/memory/memory_store.h"

namespace tidemark {
namespace {

using namespace std::chrono_literals;

bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

class LedgerReport : public testing::Test {
 protected:
    LedgerReport() { EXPECT_TRUE(store->prepare_dataset(cdn).has_value()); }

    void store_rejecting(const std::string& key,
                         std::vector<std::pair<std::string, std::int64_t>> reasons) {
        Batch batch;
        batch.identity = {.dataset = "cdn", .feed = "fastly", .key = key, .content_hash = {}};
        batch.source = key + ".log";
        for (const auto& [reason, count] : reasons) {
            batch.counts.rejected += count;
            for (std::int64_t line = 1; line <= count; ++line) {
                batch.rejected_samples.push_back(
                    {.line = line, .reason = reason, .text = "line of " + key});
            }
        }
        batch.counts.lines = batch.counts.rejected;
        batch.rejected_by_reason = std::move(reasons);
        UsageRows rows = std::move(UsageRows::Builder(2)).finish().value();
        EXPECT_TRUE(store->store_batch(batch, rows).has_value());
    }

    BatchList list_all() {
        return {.dataset = cdn,
                .receipts = store->find_batches({.dataset = "cdn"}).value(),
                .corrections =
                    store->corrections("cdn", 1, std::numeric_limits<std::int64_t>::max()).value()};
    }

    const Dataset cdn = built_in_datasets()[0];
    ManualClock clock{Timestamp(1793536205s)};  // 2026-11-01T12:30:05Z
    std::unique_ptr<Store> store = open_memory_store(make_memory_database(), clock);
};

TEST_F(LedgerReport, runs_say_how_long_they_took_and_which_never_ended) {
    const std::int64_t good = store->begin_run("aggregate", "cdn", "fastly").value();
    clock.advance(3s);
    ASSERT_TRUE(store
                    ->end_run(good,
                              {.outcome = RunOutcome::succeeded,
                               .covered = {},
                               .rows = 1000,
                               .bytes = 5,
                               .error = {}})
                    .has_value());
    const std::int64_t bad = store->begin_run("aggregate", "cdn", "fastly").value();
    clock.advance(9s);
    ASSERT_TRUE(
        store
            ->end_run(
                bad,
                {.outcome = RunOutcome::failed, .covered = {}, .rows = 200, .error = "a.log: gone"})
            .has_value());
    ASSERT_TRUE(store->begin_run("aggregate", "cdn", "fastly").has_value());
    clock.advance(61s);
    ASSERT_TRUE(store->begin_run("compact", "", "").has_value());
    const auto runs = store->find_runs({}).value();
    const std::string table = format_runs(runs, clock.now(), LedgerFormat::table);
    EXPECT_TRUE(contains(table, "2026-11-01T12:30:05Z")) << table;
    EXPECT_TRUE(contains(table, "silent for 1 min 1 s")) << table;
    EXPECT_TRUE(contains(table, "a.log: gone")) << table;
    // 3 runs, 1 failed, 1 never ended; 3 s and 9 s; 1,200 rows in the two that ended.
    EXPECT_TRUE(contains(table, "aggregate  cdn      fastly     3       1            1     9 s"))
        << table;
    EXPECT_TRUE(contains(table, "600\n")) << table;
    const std::string json = format_runs(runs, clock.now(), LedgerFormat::json);
    EXPECT_TRUE(contains(json, "\"took_s\": 9.0")) << json;
    EXPECT_TRUE(contains(json, "\"silent\": true")) << json;
    EXPECT_EQ(format_runs({}, clock.now(), LedgerFormat::table), "no such run\n");
}

TEST_F(LedgerReport, batches_say_who_corrected_them_and_why) {
    store_rejecting("wrong", {});
    store_rejecting("other", {});
    ASSERT_TRUE(store->void_batch("cdn", 1, "v", {.reason = "twice", .by = "billing"}).has_value());
    Batch right;
    right.identity = {.dataset = "cdn", .feed = "fastly", .key = "right", .content_hash = {}};
    UsageRows rows = std::move(UsageRows::Builder(2)).finish().value();
    ASSERT_TRUE(
        store->replace_batch(2, right, rows, {.reason = "cut", .by = "billing"}).has_value());
    const std::string table = format_batches(list_all(), LedgerFormat::table);
    EXPECT_TRUE(contains(table, "taken back by 3: twice (billing)")) << table;
    EXPECT_TRUE(contains(table, "takes back 1")) << table;
    EXPECT_TRUE(contains(table, "replaced by 5: cut (billing)")) << table;
    EXPECT_TRUE(contains(table, "replaces 2: cut (billing)")) << table;
    const std::string json = format_batches(list_all(), LedgerFormat::json);
    EXPECT_TRUE(contains(json, "\"kind\": \"replaced\"")) << json;
    EXPECT_TRUE(contains(json, "\"by\": \"billing\"")) << json;
}

TEST_F(LedgerReport, adjusted_rows_are_told_where_they_count_and_where_they_belong) {
    const std::vector<UtcDay> days = {UtcDay::parse("2026-09-01").value()};
    ASSERT_TRUE(store->seal_days("cdn", days).has_value());
    ASSERT_TRUE(store->freeze_days("cdn", days, FreezePolicy::adjust).has_value());
    UsageRows::Builder builder(2);
    builder.add("a", Slot::of_day(days[0], 3), {{1500, 2}});
    builder.add("b", Slot::of_day(days[0], 4), {{7, 1}});
    UsageRows rows = std::move(builder).finish().value();
    Batch late;
    late.identity = {.dataset = "cdn", .feed = "fastly", .key = "late", .content_hash = {}};
    const StoredBatch stored = store->store_batch(late, rows).value();
    EXPECT_EQ(
        adjusted_text(cdn, *stored.receipt.adjusted),
        "2 rows of frozen days booked in 2026-11-01T12:30Z: bytes_streamed 1,507, requests 3");
    EXPECT_TRUE(contains(format_batches(list_all(), LedgerFormat::table),
                         "2 rows of frozen days booked in 2026-11-01T12:30Z"));
    EXPECT_TRUE(contains(receipt_json(cdn, stored), "\"booked\": \"2026-11-01T12:30Z\""));
    ASSERT_TRUE(store->erase_subject("cdn", "b", {.reason = "gone", .by = "x"}).has_value());
    const auto links = store->adjustments({.dataset = "cdn"}).value();
    const std::string table = format_adjustments(cdn, links, LedgerFormat::table);
    EXPECT_TRUE(contains(table, "cdn:1  a         2026-09-01T01:30Z  2026-11-01T12:30Z"))
        << table;
    EXPECT_TRUE(contains(table, "(erased)  ")) << table;
    const std::string json = format_adjustments(cdn, links, LedgerFormat::json);
    EXPECT_TRUE(contains(json, "\"subject\": null")) << json;
    EXPECT_TRUE(contains(json, "\"slot\": \"2026-09-01T01:30Z\"")) << json;
    EXPECT_EQ(format_adjustments(cdn, {}, LedgerFormat::table), "no such adjustment\n");
}

TEST_F(LedgerReport, rejected_lines_are_counted_by_reason_and_source_with_samples) {
    store_rejecting("old", {{"bad_time", 2}});
    store_rejecting("clean", {});
    store_rejecting("new", {{"bad_time", 1}, {"no_subject", 3}});
    const RejectedQuery everything{.batches = {.dataset = "cdn"}, .batch_seq = {}, .reason = {}};
    const RejectedList all = find_rejected(*store, everything).value();
    ASSERT_EQ(all.batches.size(), 2U);
    EXPECT_EQ(all.batches[0].receipt.batch_seq, 3);
    EXPECT_EQ(all.batches[0].samples.size(), 4U);
    const std::string table = format_rejected(all, LedgerFormat::table);
    EXPECT_TRUE(contains(table, "bad_time    fastly      3        2\n")) << table;
    EXPECT_TRUE(contains(table, "old.log")) << table;
    EXPECT_TRUE(contains(table, "line of new")) << table;

    RejectedQuery one_reason = everything;
    one_reason.reason = "no_subject";
    one_reason.samples_max = 2;
    const RejectedList some = find_rejected(*store, one_reason).value();
    ASSERT_EQ(some.batches.size(), 1U);
    EXPECT_EQ(some.batches[0].counts, (ReasonCounts{{"no_subject", 3}}));
    EXPECT_EQ(some.batches[0].samples.size(), 2U);

    RejectedQuery one_batch = everything;
    one_batch.batch_seq = 2;
    EXPECT_EQ(format_rejected(find_rejected(*store, one_batch).value(), LedgerFormat::table),
              "nothing was rejected\n");
    one_batch.batch_seq = 9;
    EXPECT_EQ(find_rejected(*store, one_batch).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace tidemark
