#pragma once
// The words in which the stores' tests speak: rows, batches and questions in one line each.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "contract/store_factory.h"
#include "domain/dataset.h"
#include "domain/usage_rows.h"
#include "store/store.h"

namespace tidemark::test {

// Day 0 of the tests; the others are counted from it. It is in mid-month.
inline const UtcDay first_day = UtcDay::from_days_since_epoch(20768);  // 2026-11-11

inline UtcDay day(int number) {
    return first_day.plus_days(number);
}

// Why the tests correct what they correct.
inline const CorrectionNote because{.reason = "it was wrong", .by = "a test"};

// One row of the `cdn` dataset.
struct CdnRow {
    std::string subject;
    int day_number = 0;
    int slot = 0;  // within the day
    std::int64_t bytes = 0;
    std::int64_t requests = 0;
};

UsageRows rows_of(const std::vector<CdnRow>& rows);

// A batch of feed "fastly" whose content hash follows from `content`.
Batch batch_of(std::string_view key, std::string_view content = "content");

Result<StoredBatch> store_rows(Store& store,
                               std::string_view key,
                               const std::vector<CdnRow>& rows,
                               std::string_view content = "content");

// Stores rows that the store must accept; the batch_seq.
std::int64_t stored(Store& store, std::string_view key, const std::vector<CdnRow>& rows);

// Folds, which the store must do.
FoldOutcome folded(Store& store, const FoldScope& scope = {});

// Every subject of days [from, to).
UsageQuery question(int from, int to, UsagePeriod period = UsagePeriod::day);

// The answer in lines, "2026-11-11T00:00Z a: 5 1".
std::vector<std::string> lines_of(const UsageAnswer& answer);

// The same, or the error's kind.
std::vector<std::string> ask(Store& store, const UsageQuery& query);

// ask(question(0, 30)) by day: everything that the tests store.
std::vector<std::string> daily_usage(Store& store);

using Lines = std::vector<std::string>;

// "ok", or the kind of the error.
template <typename T>
std::string outcome_of(const Result<T>& result) {
    return result.has_value() ? "ok" : std::string(to_string(result.error().kind));
}

// A test of each store: a fresh database with `cdn` prepared, and one store open on it.
class StoreTest : public testing::TestWithParam<StoreFactory> {
 protected:
    StoreTest();
    std::unique_ptr<TestDatabase> database;
    std::unique_ptr<Store> store;
};

std::string store_name(const testing::TestParamInfo<StoreFactory>& test);

const Dataset& cdn();

}  // namespace tidemark::test
