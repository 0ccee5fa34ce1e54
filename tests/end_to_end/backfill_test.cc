// History of three years in a million rows, as one batch, in bounded memory.

#include <fstream>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include "domain/utc_day.h"
#include "end_to_end/test_store.h"

namespace tidemark::test {
namespace {

using nlohmann::json;

constexpr int day_count = 1096;
constexpr int subject_count = 913;  // 1,000,648 rows
constexpr std::int64_t row_count = std::int64_t{day_count} * subject_count;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr long memory_kib_max = 1024L * 1024;  // shadow memory comes on top
#else
constexpr long memory_kib_max = 256L * 1024;
#endif

std::int64_t bytes_of(int day, int subject) {
    return std::int64_t{day} * 1000 + subject;
}

// The rows of all subjects of all days, subject by subject, which is not the order of the store;
// one value is another when `changed`.
void write_history(const std::string& path, bool changed) {
    std::ofstream file(path, std::ios::binary);
    const UtcDay first = UtcDay::parse("2022-01-01").value();
    std::string lines = "site_id,date,bytes_streamed,requests\n";
    for (int subject = 0; subject < subject_count; ++subject) {
        for (int day = 0; day < day_count; ++day) {
            const bool other = changed && subject == 500 && day == 700;
            lines += fmt::format("site_{:05},{},{},{}\n",
                                 subject,
                                 first.plus_days(day).to_string(),
                                 bytes_of(day, subject),
                                 other ? 2 : 1);
        }
        file << lines;
        lines.clear();
    }
}

class Backfill : public testing::TestWithParam<StoreKind> {
 protected:
    void SetUp() override {
        if (const std::string reason = reason_to_skip(GetParam()); !reason.empty()) {
            GTEST_SKIP() << reason;
        }
    }
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         Backfill,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         [](const auto& test) { return std::string(to_string(test.param)); });

TEST_P(Backfill, of_a_million_rows_counts_once_in_bounded_memory) {
    const TestStore store(GetParam());
    const std::string path = (store.folder().path() / "history.csv").string();
    write_history(path, false);
    const std::vector<std::string> arguments = {
        "batch", "--dataset", "cdn", "--feed", "history", "--key", "2022-2024", "--json", path};
    const auto send = [&] {
        Process process(store.start(arguments));
        return process.finish(std::chrono::seconds(500));
    };
    const ProcessEnd first = send();
    ASSERT_EQ(first.exit_code, 0) << first.to_string();
    const json receipt = json::parse(first.output);
    std::int64_t total = 0;
    for (int day = 0; day < day_count; ++day) {
        total += std::int64_t{subject_count} * bytes_of(day, 0);
        total += std::int64_t{subject_count} * (subject_count - 1) / 2;
    }
    EXPECT_EQ(receipt["accepted"], row_count);
    EXPECT_EQ(receipt["rows"], row_count);
    EXPECT_EQ(receipt["rejected"], 0);
    EXPECT_EQ(receipt["lines"], row_count + 1);
    EXPECT_EQ(receipt["totals"]["bytes_streamed"], total);
    EXPECT_EQ(receipt["totals"]["requests"], row_count);
    EXPECT_EQ(receipt["days"].size(), static_cast<std::size_t>(day_count));
    EXPECT_EQ(receipt["day_grained"], true);
    EXPECT_EQ(receipt["already_stored"], false);

    const ProcessEnd again = send();
    ASSERT_EQ(again.exit_code, 0) << again.to_string();
    json same = json::parse(again.output);
    EXPECT_EQ(same["already_stored"], true);
    same["already_stored"] = false;
    EXPECT_EQ(same, receipt);

    write_history(path, true);
    const ProcessEnd changed = send();
    EXPECT_EQ(changed.exit_code, 3) << changed.to_string();
    EXPECT_NE(changed.errors.find("already stored as batch 1"), std::string::npos)
        << changed.to_string();

    const ProcessEnd usage = store.run({"usage",
                                        "--from",
                                        "2022-01-01",
                                        "--to",
                                        "2025-01-01",
                                        "--by",
                                        "total",
                                        "--format",
                                        "json"});
    const json rows = json::parse(usage.output)["rows"];
    EXPECT_EQ(rows[0]["bytes_streamed"], total);
    EXPECT_EQ(rows[0]["requests"], row_count);

    rusage children{};
    ASSERT_EQ(getrusage(RUSAGE_CHILDREN, &children), 0);
    fmt::print("{}: {} MiB at most\n", to_string(GetParam()), children.ru_maxrss / 1024);
    EXPECT_LT(children.ru_maxrss, memory_kib_max);
}

}  // namespace
}  // namespace tidemark::test
