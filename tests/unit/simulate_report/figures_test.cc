#include "simulate/report/figures.h"

#include <filesystem>

#include <gtest/gtest.h>

#include "simulate/run/operation_record.h"
#include "support/temporary_directory.h"

namespace tidemark::simulate {
namespace {

constexpr std::int64_t second_us = 1'000'000;

// One transaction a second for a minute, each a run with a deadline of 5 s.
constexpr const char* plan_text = R"toml(
duration = "1m"
[[writer]]
name = "w"
kind = "stream"
every = "1s"
phase = "0s"
deadline = "5s"
statement = "select 1"
objectives = { p99 = "2s" }
)toml";

// The folder of a run in which the first `begun` transactions were begun and all of them were
// committed after 10 ms but the one that was lost.
class ReadFigures : public testing::Test {
 protected:
    ReadFigures()
        : folder_(RunFolder::make((place_.path() / "run").string(),
                                  {.file = "plan.toml", .text = plan_text})
                      .value()) {}

    [[nodiscard]] Result<Figures> read(std::uint32_t begun, std::uint32_t lost, RunFacts facts) {
        const std::string file = folder_.ledger_file("w", 0);
        std::filesystem::create_directories(std::filesystem::path(file).parent_path());
        const auto ledger = LedgerFile::open(file, false).value();
        for (std::uint32_t place = 0; place < begun; ++place) {
            const std::int64_t planned_us = place * second_us;
            const OperationRecord record{
                .kind = place == lost ? RecordKind::intent : RecordKind::committed,
                .operation = place,
                .planned_us = planned_us,
                .dequeued_us = planned_us,
                .committed_us = planned_us + 10'000};
            EXPECT_TRUE(ledger->append(record).has_value());
        }
        facts.plan_file = "plan.toml";
        EXPECT_TRUE(folder_.write(facts).has_value());
        return read_figures(folder_.path());
    }

 private:
    const test::TemporaryDirectory place_;
    RunFolder folder_;
};

TEST_F(ReadFigures, of_an_interrupted_run_judge_what_its_end_left_no_time) {
    const Result<Figures> figures =
        read(11, 4, {.ended_us = 10 * second_us + second_us / 2, .interrupted = true});
    ASSERT_TRUE(figures.has_value()) << figures.error().message;
    const WriterFigures& writer = figures->writers.at(0);
    EXPECT_EQ(writer.counts.planned, 60U);
    EXPECT_EQ(writer.counts.committed, 10U);
    // Planned until 8.5 s: nine, of which the fifth was lost. Their deadlines: until 5.5 s.
    EXPECT_EQ(writer.judged.planned, 9U);
    EXPECT_EQ(writer.judged.committed, 8U);
    EXPECT_EQ(writer.response.count(), 8U);
    EXPECT_EQ(writer.judged_late, 0U);
    EXPECT_EQ(writer.runs, 6U);
    EXPECT_EQ(writer.runs_missed, 1U);
}

TEST_F(ReadFigures, of_a_run_that_came_to_its_end_judge_all_that_was_planned) {
    const Result<Figures> figures = read(11, 4, {.ended_us = 60 * second_us});
    ASSERT_TRUE(figures.has_value()) << figures.error().message;
    const WriterFigures& writer = figures->writers.at(0);
    EXPECT_EQ(writer.judged.planned, 60U);
    EXPECT_EQ(writer.judged.committed, 10U);
    EXPECT_EQ(writer.runs, 60U);
    EXPECT_EQ(writer.runs_missed, 50U);
}

TEST_F(ReadFigures, of_a_run_interrupted_before_its_load_judge_nothing) {
    const Result<Figures> figures = read(0, 0, {.ended_us = 1, .interrupted = true});
    ASSERT_TRUE(figures.has_value()) << figures.error().message;
    const WriterFigures& writer = figures->writers.at(0);
    EXPECT_EQ(writer.counts.skipped, 60U);
    EXPECT_EQ(writer.judged.planned, 0U);
    EXPECT_EQ(writer.runs, 0U);
}

}  // namespace
}  // namespace tidemark::simulate
