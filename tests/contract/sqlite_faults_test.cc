// Every call to the disk fails once: after each failure the store shows the last committed state,
// and the same call made again succeeds as if nothing had happened.

#include <functional>

#include <gtest/gtest.h>

#include "contract/failing_file_layer.h"
#include "contract/store_steps.h"
#include "store/sqlite/sqlite_store.h"
#include "support/scratch_directory.h"

namespace tidemark::test {
namespace {

// Enough rows that a batch and a fold write several pages before they commit.
std::vector<CdnRow> many_rows() {
    std::vector<CdnRow> rows;
    for (int subject = 0; subject < 300; ++subject) {
        rows.push_back({.subject = "subject with a long name " + std::to_string(subject),
                        .day_number = subject % 2,
                        .slot = subject % 48,
                        .bytes = 1,
                        .requests = 1});
    }
    return rows;
}

struct Fault {
    const char* name;
    DiskFailure failure;
    std::function<void(Store&)> prepare;
    std::function<std::string(Store&)> act;  // outcome_of() the call
    Lines after;                             // what total_usage() is once it succeeded
};

Lines total_usage(Store& store) {
    UsageQuery query = question(0, 10000, UsagePeriod::total);
    query.per_subject = false;
    Lines lines = ask(store, query);
    const Result<DatasetState> state = store.dataset_state("cdn");
    lines.push_back(state.has_value() ? std::to_string(state->last_seq) + " batches, " +
                                            std::to_string(state->folded_through) + " folded"
                                      : outcome_of(state));
    const auto receipts = store.batches("cdn", 0, 100);
    lines.push_back(std::to_string(receipts.has_value() ? receipts->size() : 0) + " receipts");
    const auto links = store.adjustments({.dataset = "cdn", .limit = 1000});
    if (!links.has_value() || !links->empty()) {
        lines.push_back(links.has_value() ? std::to_string(links->size()) + " links"
                                          : outcome_of(links));
    }
    return lines;
}

void nothing(Store&) {}
void one_batch(Store& store) {
    stored(store, "one", many_rows());
}
void one_folded_batch(Store& store) {
    one_batch(store);
    folded(store);
}
void one_frozen_batch(Store& store) {
    one_folded_batch(store);
    const std::vector<UtcDay> days = {day(0), day(1)};
    EXPECT_TRUE(store.seal_days("cdn", days).has_value());
    EXPECT_TRUE(store.freeze_days("cdn", days, FreezePolicy::adjust).has_value());
}
std::string store_it(Store& store) {
    return outcome_of(store_rows(store, "two", many_rows()));
}
std::string fold_it(Store& store) {
    return outcome_of(store.fold("cdn", {}));
}
std::string void_it(Store& store) {
    return outcome_of(store.void_batch("cdn", 1, "void", because));
}
std::string replace_it(Store& store) {
    UsageRows rows = rows_of(many_rows());
    return outcome_of(store.replace_batch(1, batch_of("right", "mended"), rows, because));
}
std::string erase_it(Store& store) {
    return outcome_of(store.erase_subject("cdn", "subject with a long name 7", because));
}
std::string purge_it(Store& store) {
    return outcome_of(store.purge_day("cdn", day(0)));
}

const Fault faults[] = {
    {"store_on_a_broken_disk",
     DiskFailure::input_output,
     nothing,
     store_it,
     {"2026-11-11T00:00Z : 300 300", "1 batches, 0 folded", "1 receipts"}},
    {"store_on_a_full_disk",
     DiskFailure::full,
     one_folded_batch,
     store_it,
     {"2026-11-11T00:00Z : 600 600", "2 batches, 1 folded", "2 receipts"}},
    {"adjust_on_a_broken_disk",
     DiskFailure::input_output,
     one_frozen_batch,
     store_it,
     {"2026-11-11T00:00Z : 600 600", "2 batches, 1 folded", "2 receipts", "300 links"}},
    {"fold_on_a_broken_disk",
     DiskFailure::input_output,
     one_batch,
     fold_it,
     {"2026-11-11T00:00Z : 300 300", "1 batches, 1 folded", "1 receipts"}},
    {"fold_on_a_full_disk",
     DiskFailure::full,
     one_batch,
     fold_it,
     {"2026-11-11T00:00Z : 300 300", "1 batches, 1 folded", "1 receipts"}},
    {"void_on_a_broken_disk",
     DiskFailure::input_output,
     one_folded_batch,
     void_it,
     {"2026-11-11T00:00Z : 0 0", "2 batches, 1 folded", "2 receipts"}},
    {"replace_on_a_broken_disk",
     DiskFailure::input_output,
     one_folded_batch,
     replace_it,
     {"2026-11-11T00:00Z : 300 300", "3 batches, 1 folded", "3 receipts"}},
    {"erase_on_a_broken_disk",
     DiskFailure::input_output,
     one_folded_batch,
     erase_it,
     {"2026-11-11T00:00Z : 299 299", "1 batches, 1 folded", "1 receipts"}},
    {"purge_on_a_full_disk",
     DiskFailure::full,
     one_folded_batch,
     purge_it,
     {"2026-11-11T00:00Z : 300 300", "1 batches, 1 folded", "1 receipts"}},
};

class SqliteFaults : public testing::TestWithParam<Fault> {};
INSTANTIATE_TEST_SUITE_P(Calls, SqliteFaults, testing::ValuesIn(faults), [](const auto& test) {
    return std::string(test.param.name);
});

TEST_P(SqliteFaults, leave_the_last_committed_state) {
    const Fault& fault = GetParam();
    const SystemClock clock;
    FailingFileLayer disk;
    std::int64_t call = 1;
    for (bool failed = true; failed; ++call) {
        SCOPED_TRACE("call " + std::to_string(call) + " fails");
        const ScratchDirectory directory;
        const std::string path = (directory / "tidemark.db").string();
        auto store = open_sqlite_store(path, clock, {.file_layer = disk.name()}).value();
        ASSERT_EQ(outcome_of(store->prepare_dataset(cdn())), "ok");
        fault.prepare(*store);
        const Lines before = total_usage(*store);

        disk.fail_from(call, fault.failure);
        const std::string outcome = fault.act(*store);
        failed = disk.failed();
        disk.heal();

        const Lines now = total_usage(*store);
        if (outcome == "ok") {
            EXPECT_EQ(now, fault.after);
        } else {
            EXPECT_EQ(outcome, "unavailable");
            EXPECT_EQ(now, before);
        }
        EXPECT_EQ(fault.act(*store), "ok");
        EXPECT_EQ(total_usage(*store), fault.after);
        store.reset();
        store = open_sqlite_store(path, clock, {.file_layer = disk.name()}).value();
        EXPECT_EQ(total_usage(*store), fault.after);
    }
    // Each of these calls writes at least its rows' pages and syncs once.
    EXPECT_GT(call, 3);
}

}  // namespace
}  // namespace tidemark::test
