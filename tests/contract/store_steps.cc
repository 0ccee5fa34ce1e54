#include "contract/store_steps.h"

#include <array>

#include <fmt/format.h>

#include "base/check.h"

namespace tidemark::test {

const Dataset& cdn() {
    return built_in_datasets()[0];
}

UsageRows rows_of(const std::vector<CdnRow>& rows) {
    UsageRows::Builder builder(2);
    for (const CdnRow& row : rows) {
        const std::array<std::int64_t, 2> values = {row.bytes, row.requests};
        builder.add(row.subject, Slot::of_day(day(row.day_number), row.slot), values);
    }
    Result<UsageRows> finished = std::move(builder).finish();
    TIDEMARK_CHECK(finished.has_value());
    return std::move(finished).value();
}

Batch batch_of(std::string_view key, std::string_view content) {
    ContentHasher hasher;
    hasher.update(content);
    Batch batch;
    batch.identity = {.dataset = "cdn",
                      .feed = "fastly",
                      .key = std::string(key),
                      .content_hash = hasher.finish()};
    batch.source = fmt::format("{}.log", key);
    return batch;
}

Result<StoredBatch> store_rows(Store& store,
                               std::string_view key,
                               const std::vector<CdnRow>& rows,
                               std::string_view content) {
    UsageRows source = rows_of(rows);
    return store.store_batch(batch_of(key, content), source);
}

std::int64_t stored(Store& store, std::string_view key, const std::vector<CdnRow>& rows) {
    const Result<StoredBatch> batch = store_rows(store, key, rows);
    EXPECT_TRUE(batch.has_value()) << batch.error().message;
    return batch.has_value() ? batch->receipt.batch_seq : 0;
}

FoldOutcome folded(Store& store, const FoldScope& scope) {
    const Result<FoldOutcome> outcome = store.fold("cdn", scope);
    EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
    return outcome.has_value() ? *outcome : FoldOutcome{};
}

UsageQuery question(int from, int to, UsagePeriod period) {
    return {.dataset = "cdn", .subjects = {}, .from = day(from), .to = day(to), .period = period};
}

std::vector<std::string> ask(Store& store, const UsageQuery& query) {
    const Result<UsageAnswer> answer = store.read_usage(query);
    if (!answer.has_value()) {
        return {std::string(to_string(answer.error().kind))};
    }
    return lines_of(*answer);
}

std::vector<std::string> lines_of(const UsageAnswer& answer) {
    std::vector<std::string> lines;
    for (const UsageAnswerRow& row : answer.rows) {
        std::string line = fmt::format("{} {}:", row.period_begin.to_string(), row.subject);
        for (const Total& value : row.values) {
            line += fmt::format(" {}", value.to_string());
        }
        lines.push_back(line);
    }
    for (const UtcDay purged : answer.purged_days) {
        lines.push_back(fmt::format("{} purged", purged.to_string()));
    }
    return lines;
}

std::vector<std::string> daily_usage(Store& store) {
    return ask(store, question(0, 30));
}

StoreTest::StoreTest() : database(GetParam().make_database()), store(database->open()) {
    const Result<void> prepared = store->prepare_dataset(cdn());
    TIDEMARK_CHECK(prepared.has_value());
}

std::string store_name(const testing::TestParamInfo<StoreFactory>& test) {
    return test.param.name;
}

}  // namespace tidemark::test
