#include "worker/media.h"

#include <deque>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "store/memory/memory_store.h"

namespace tidemark {
namespace {

const Dataset& media() {
    return built_in_datasets()[2];
}

// Hands out what was prepared, piece by piece.
class PreparedInput final : public EventInput {
 public:
    explicit PreparedInput(std::deque<std::string> pieces) : pieces_(std::move(pieces)) {}

    Result<Got> read(std::string& to, std::chrono::milliseconds /*wait_max*/) override {
        if (pieces_.empty()) {
            return Got::end;
        }
        to += pieces_.front();
        pieces_.pop_front();
        return Got::bytes;
    }

 private:
    std::deque<std::string> pieces_;
};

std::string line_of(int site, std::int64_t value) {
    return fmt::format(
        R"({{"subject":"s{}","bytes_stored":{},"observed_at":"2026-11-22T10:00:00Z"}})"
        "\n",
        site,
        value);
}

class PreparedRows final : public RowQuery {
 public:
    std::vector<std::vector<std::string>> rows;
    int polls_that_fail = 0;

    Result<void> read(const RowSink& sink) override {
        if (polls_that_fail-- > 0) {
            return Error{ErrorKind::unavailable, "the library is not there"};
        }
        const std::vector<std::string> names = {"site_id", "media_count", "observed_at"};
        TIDEMARK_RETURN_IF_ERROR(sink.columns(names));
        for (const std::vector<std::string>& row : rows) {
            const std::vector<std::optional<std::string_view>> cells(row.begin(), row.end());
            TIDEMARK_RETURN_IF_ERROR(sink.row(cells));
        }
        return {};
    }
};

class MediaTest : public testing::Test {
 protected:
    MediaTest() { EXPECT_TRUE(open()->prepare_dataset(media()).has_value()); }

    std::unique_ptr<Store> open() { return open_memory_store(database_, clock_); }

    MediaJob job() {
        return {.dataset = media(),
                .feed = "media",
                .source = "test",
                .rows_max = 3,
                .every = std::nullopt,
                .covers = {},
                .patience = std::chrono::milliseconds(0)};
    }

    Result<MediaTotals> store_lines(const MediaJob& of, std::deque<std::string> pieces) {
        PreparedInput input(std::move(pieces));
        return store_media_lines(
            of,
            [this]() -> Result<std::unique_ptr<Store>> { return open(); },
            clock_,
            input,
            EventParser::make(media(), clock_).value(),
            stop_,
            [this](const CommittedChunk& chunk) { chunks_.push_back(chunk); });
    }

    Result<MediaTotals> poll(RowQuery& query, const PollSchedule* schedule) {
        return poll_media(
            job(),
            [this]() -> Result<std::unique_ptr<Store>> { return open(); },
            clock_,
            query,
            schedule,
            stop_,
            [this](const CommittedChunk& chunk) {
                chunks_.push_back(chunk);
                stop_ = schedule_polls_max_ > 0 &&
                        static_cast<int>(chunks_.size()) >= schedule_polls_max_;
            });
    }

    std::map<std::string, std::int64_t> stored_values() {
        std::map<std::string, std::int64_t> values;
        const UtcDay today = UtcDay::parse("2026-11-22").value();
        EXPECT_TRUE(
            open()
                ->read_gauge(
                    {.dataset = "media_storage", .subjects = {}, .from = today, .to = today.next()},
                    [&values](const GaugeSeries& series) -> Result<void> {
                        for (const auto& level : series.days.front().levels) {
                            if (level.has_value()) {
                                values[series.subject] = level->current.value;
                            }
                        }
                        return {};
                    })
                .has_value());
        return values;
    }

    ManualClock clock_{std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) +
                       std::chrono::hours(12)};
    std::shared_ptr<MemoryDatabase> database_ = make_memory_database();
    std::atomic<bool> stop_{false};
    int schedule_polls_max_ = 0;
    std::vector<CommittedChunk> chunks_;
};

TEST_F(MediaTest, lines_are_stored_in_chunks_and_each_is_announced) {
    const std::string all =
        line_of(1, 1) + line_of(2, 2) + line_of(3, 3) + line_of(4, -4) + line_of(5, 5);
    const Result<MediaTotals> totals =
        store_lines(job(), {all.substr(0, 10), all.substr(10, 200), all.substr(210)});
    ASSERT_TRUE(totals.has_value()) << totals.error().message;
    EXPECT_EQ(totals->chunks, 2);
    EXPECT_EQ(totals->counts.accepted, 4);
    EXPECT_EQ(totals->rejected_by_reason.at("negative"), 1);
    ASSERT_EQ(chunks_.size(), 2U);
    EXPECT_EQ(chunks_[0].last_line, 3);
    EXPECT_EQ(chunks_[1].last_line, 5);
    EXPECT_EQ(chunks_[1].counts.rejected, 1);
    EXPECT_EQ(stored_values(),
              (std::map<std::string, std::int64_t>{{"s1", 1}, {"s2", 2}, {"s3", 3}, {"s5", 5}}));
    const tidemark::Run run = open()->runs(1)->front();
    EXPECT_EQ(run.job, "media");
    EXPECT_EQ(run.outcome, RunOutcome::succeeded);
    EXPECT_EQ(run.rows, 4);
    EXPECT_EQ(run.bytes, static_cast<std::int64_t>(all.size()));
    EXPECT_TRUE(run.covered.empty());
}

TEST_F(MediaTest, the_same_lines_again_are_stored_already) {
    ASSERT_TRUE(store_lines(job(), {line_of(1, 1)}).has_value());
    ASSERT_TRUE(store_lines(job(), {line_of(1, 1)}).has_value());
    EXPECT_FALSE(chunks_[0].stored.already_stored);
    EXPECT_TRUE(chunks_[1].stored.already_stored);
    EXPECT_EQ(open()->batches("media_storage", 0, 9)->size(), 1U);
    EXPECT_EQ(open()->runs(1)->front().rows, 0);
}

TEST_F(MediaTest, a_last_line_without_an_end_is_a_line) {
    std::string line = line_of(1, 1);
    line.pop_back();
    ASSERT_TRUE(store_lines(job(), {line}).has_value());
    EXPECT_EQ(stored_values().size(), 1U);
}

TEST_F(MediaTest, events_of_purged_days_are_rejected_by_themselves) {
    const UtcDay gone = UtcDay::parse("2026-09-01").value();
    ASSERT_TRUE(open()->purge_day("media_storage", gone).has_value());
    const Result<MediaTotals> totals =
        store_lines(job(),
                    {R"({"subject":"old","bytes_stored":1,"observed_at":"2026-09-01T10:00:00Z"})"
                     "\n" +
                     line_of(1, 1)});
    ASSERT_TRUE(totals.has_value()) << totals.error().message;
    EXPECT_EQ(totals->counts.accepted, 1);
    EXPECT_EQ(totals->rejected_by_reason.at("day_purged"), 1);
    EXPECT_EQ(stored_values().size(), 1U);
}

TEST_F(MediaTest, a_run_that_fails_says_why_and_keeps_what_was_announced) {
    const Result<MediaTotals> totals =
        store_lines(job(), {"subject,bytes,observed_at\n" + line_of(1, 1)});
    ASSERT_FALSE(totals.has_value());
    const tidemark::Run run = open()->runs(1)->front();
    EXPECT_EQ(run.outcome, RunOutcome::failed);
    EXPECT_NE(run.error.find("bytes_stored"), std::string::npos);
}

TEST_F(MediaTest, a_line_that_never_ends_is_rejected) {
    std::deque<std::string> pieces(6, std::string(400'000, 'x'));
    pieces.push_front("{");
    pieces.push_back("\n" + line_of(1, 1));
    const Result<MediaTotals> totals = store_lines(job(), std::move(pieces));
    ASSERT_TRUE(totals.has_value()) << totals.error().message;
    EXPECT_EQ(totals->rejected_by_reason.at("too_long"), 1);
    EXPECT_EQ(totals->counts.accepted, 1);
}

TEST_F(MediaTest, a_poll_covers_the_day_and_the_same_again_is_stored_already) {
    PreparedRows query;
    query.rows = {{"a", "4", "2026-11-22 09:00:00+00"}, {"b", "-1", "2026-11-22 09:00:00+00"}};
    ASSERT_TRUE(poll(query, nullptr).has_value());
    ASSERT_TRUE(poll(query, nullptr).has_value());
    EXPECT_EQ(stored_values(), (std::map<std::string, std::int64_t>{{"a", 4}}));
    ASSERT_EQ(chunks_.size(), 2U);
    EXPECT_EQ(chunks_[0].counts.rejected, 1);
    EXPECT_TRUE(chunks_[1].stored.already_stored);
    const Coverage covered = open()->coverage("media_storage", "media").value();
    ASSERT_EQ(covered.ranges().size(), 1U);
    EXPECT_EQ(covered.ranges().front().to_string(), "2026-11-22T00:00Z/2026-11-23T00:00Z");
}

TEST_F(MediaTest, a_source_that_is_not_there_is_tried_again_by_the_schedule) {
    PreparedRows query;
    query.rows = {{"a", "4", "2026-11-22 09:00:00+00"}};
    query.polls_that_fail = 2;
    schedule_polls_max_ = 1;
    const PollSchedule schedule = PollSchedule::parse("1ms").value();
    const Result<MediaTotals> totals = poll(query, &schedule);
    ASSERT_TRUE(totals.has_value()) << totals.error().message;
    EXPECT_EQ(totals->chunks, 1);
    const std::vector<tidemark::Run> runs = open()->runs(9).value();
    ASSERT_EQ(runs.size(), 3U);
    EXPECT_EQ(runs[0].outcome, RunOutcome::succeeded);
    EXPECT_EQ(runs[2].error, "the library is not there");
}

}  // namespace
}  // namespace tidemark
