#include "pings/ping_batches.h"

#include <filesystem>
#include <fstream>
#include <future>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "pings/ping_line.h"
#include "store/memory/memory_store.h"
#include "support/temporary_directory.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;

const Dataset& ping() {
    return built_in_datasets()[1];
}

// A collector with its journal, on a memory store, at 2027-01-15T08:00Z to begin with.
class PingBatchesTest : public testing::Test {
 protected:
    PingBatchesTest() {
        EXPECT_TRUE(open_memory_store(database, clock)->prepare_dataset(ping()).has_value());
        reader = LogReader::make(default_ping_reading(ping()), clock).value();
        start();
    }

    void start() {
        collector.reset();
        journal.reset();
        journal = Journal::open({.directory = (folder.path() / "journal").string()}).value();
        collector = PingCollector::make(default_ping_reading(ping()), *journal, clock).value();
    }

    PingJudgement collect(const std::vector<std::string_view>& queries,
                          std::string_view path = "/v1/ping.gif") {
        std::promise<Result<PingJudgement>> judged;
        EXPECT_TRUE(collector->collect(
            path, queries, [&](const Result<PingJudgement>& result) { judged.set_value(result); }));
        return judged.get_future().get().value();
    }

    Result<PingPass> pass() {
        return store_pings({.dataset = "ping", .feed = "pings"},
                           *collector,
                           *reader,
                           [this]() -> Result<std::unique_ptr<Store>> {
                               if (store_is_away) {
                                   return Error{ErrorKind::unavailable, "the store is away"};
                               }
                               return open_memory_store(database, clock);
                           });
    }

    std::vector<fs::path> segments() const {
        std::vector<fs::path> found;
        for (const auto& entry : fs::directory_iterator(folder.path() / "journal")) {
            if (entry.path().filename() != "lock") {
                found.push_back(entry.path());
            }
        }
        return found;
    }

    // "subject slot plays impressions completes;" of all that is stored.
    std::string usage() {
        const auto store = open_memory_store(database, clock);
        const UsageAnswer answer = store
                                       ->read_usage({.dataset = "ping",
                                                     .subjects = {},
                                                     .from = UtcDay::parse("2027-01-14").value(),
                                                     .to = UtcDay::parse("2027-01-17").value(),
                                                     .period = UsagePeriod::slot})
                                       .value();
        std::string text;
        for (const UsageAnswerRow& row : answer.rows) {
            text += fmt::format("{} {}", row.subject, row.period_begin.to_string().substr(11));
            for (const Total& value : row.values) {
                text += " " + value.to_string();
            }
            text += ";";
        }
        return text;
    }

    std::string coverage() {
        const auto covered = open_memory_store(database, clock)->coverage("ping", "pings").value();
        std::string text;
        for (const SlotRange& range : covered.ranges()) {
            text += range.to_string() + ";";
        }
        return text;
    }

    test::TemporaryDirectory folder;
    ManualClock clock{Timestamp(std::chrono::seconds(1'800'000'000))};
    std::shared_ptr<MemoryDatabase> database = make_memory_database();
    std::unique_ptr<LogReader> reader;
    std::unique_ptr<Journal> journal;
    std::unique_ptr<PingCollector> collector;
    bool store_is_away = false;
};

TEST_F(PingBatchesTest, count_by_their_path_and_event_when_they_came) {
    EXPECT_EQ(collect({"aid=a&e=s&t=%22x%22"}).counts.accepted, 1);
    EXPECT_EQ(collect({"e=i&aid=a", "e=c&aid=b%2B", "aid=a&e=gab"}).counts.ignored, 1);
    EXPECT_EQ(collect({"e=s&aid=c"}, "/v1/jwplayer6/ping.gif").counts.accepted, 1);
    EXPECT_EQ(collect({"e=i&aid=c"}, "/v1/jwplayer6/ping.gif").counts.ignored, 1);
    EXPECT_EQ(collect({"e=i&aid=c"}, "/v1/clienta/ping.gif").counts.accepted, 1);
    clock.advance(std::chrono::minutes(31));
    EXPECT_EQ(collect({"aid=a&e=s"}).counts.accepted, 1);
    ASSERT_TRUE(pass().has_value());
    EXPECT_EQ(usage(), "a 08:00Z 1 1 0;b+ 08:00Z 0 0 1;c 08:00Z 1 1 0;a 08:30Z 1 0 0;");
    EXPECT_TRUE(segments().empty());
}

TEST_F(PingBatchesTest, what_is_wrong_is_told_at_once_and_kept_as_rejected) {
    const PingJudgement judged =
        collect({"e=s", "aid=%zz&e=s", "aid=a&e=s", "aid=" + std::string(600, 'x') + "&e=s"});
    EXPECT_EQ(judged.counts.accepted, 1);
    ASSERT_EQ(judged.rejected.size(), 3U);
    EXPECT_EQ(judged.rejected[0].reason, "no_subject");
    EXPECT_EQ(judged.rejected[1].reason, "bad_url");
    EXPECT_EQ(judged.rejected[2].reason, "bad_subject");
    EXPECT_EQ(judged.rejected[2].line, 4);
    ASSERT_TRUE(pass().has_value());
    const auto store = open_memory_store(database, clock);
    const std::vector<BatchReceipt> batches = store->batches("ping", 0, 10).value();
    ASSERT_EQ(batches.size(), 1U);
    EXPECT_EQ(batches[0].counts.accepted, 1);
    const std::vector<RejectedSample> samples =
        store->rejected_samples("ping", batches[0].batch_seq).value();
    ASSERT_EQ(samples.size(), 3U);
    for (std::size_t index = 0; index < samples.size(); ++index) {
        EXPECT_EQ(samples[index].reason, judged.rejected[index].reason);
        EXPECT_EQ(samples[index].line, judged.rejected[index].line);
    }
}

TEST_F(PingBatchesTest, whatever_bytes_a_query_has_it_stays_one_line) {
    EXPECT_EQ(
        collect({std::string_view("aid=a&e=s&t=a\n\r\0\" \\#\xff\xc3\xa9", 23)}).counts.accepted,
        1);
    EXPECT_EQ(ping_line(std::chrono::sys_seconds(std::chrono::seconds(0)), "/p", "a b\"\n"),
              "- - - [01/Jan/1970:00:00:00 +0000] \"GET /p?a%20b%22%0A HTTP/1.1\" 200 43");
    ASSERT_TRUE(pass().has_value());
    EXPECT_EQ(usage(), "a 08:00Z 1 0 0;");
}

// As if it was killed between the commit and the removal.
TEST_F(PingBatchesTest, a_segment_that_was_committed_counts_once_and_is_removed) {
    collect({"aid=a&e=s"});
    collector.reset();
    journal.reset();
    const fs::path segment = segments().at(0);
    fs::copy_file(segment, folder.path() / "kept");
    start();
    EXPECT_EQ(pass().value().already_stored, 0);
    fs::copy_file(folder.path() / "kept", segment);
    collect({"aid=a&e=s"});
    const PingPass again = pass().value();
    EXPECT_EQ(again.batches, 2);
    EXPECT_EQ(again.already_stored, 1);
    EXPECT_TRUE(segments().empty());
    EXPECT_EQ(usage(), "a 08:00Z 2 0 0;");
}

TEST_F(PingBatchesTest, equal_pings_in_two_segments_are_two) {
    collect({"aid=a&e=s"});
    ASSERT_TRUE(pass().has_value());
    collect({"aid=a&e=s"});
    ASSERT_TRUE(pass().has_value());
    EXPECT_EQ(usage(), "a 08:00Z 2 0 0;");
}

TEST_F(PingBatchesTest, they_wait_for_a_store_that_is_away) {
    collect({"aid=a&e=s"});
    clock.advance(std::chrono::minutes(40));
    store_is_away = true;
    EXPECT_FALSE(pass().has_value());
    EXPECT_FALSE(pass().has_value());
    collect({"aid=b&e=s"});
    store_is_away = false;
    EXPECT_EQ(pass().value().batches, 2);
    EXPECT_EQ(usage(), "a 08:00Z 1 0 0;b 08:30Z 1 0 0;");
    EXPECT_EQ(coverage(), "2027-01-15T08:00Z/2027-01-15T08:30Z;");
}

TEST_F(PingBatchesTest, covers_every_slot_that_has_ended_over_a_restart_too) {
    ASSERT_TRUE(pass().has_value());
    EXPECT_EQ(coverage(), "");
    clock.advance(std::chrono::minutes(65));
    ASSERT_TRUE(pass().has_value());
    EXPECT_EQ(coverage(), "2027-01-15T08:00Z/2027-01-15T09:00Z;");
    clock.advance(std::chrono::hours(3));
    start();
    ASSERT_TRUE(pass().has_value());
    ASSERT_TRUE(pass().has_value());
    EXPECT_EQ(coverage(), "2027-01-15T08:00Z/2027-01-15T12:00Z;");
    const auto runs = open_memory_store(database, clock)->runs(10).value();
    EXPECT_EQ(runs.size(), 2U);
}

TEST_F(PingBatchesTest, a_torn_end_is_cut_off_and_damage_is_put_aside) {
    collect({"aid=a&e=s"});
    collect({"aid=b&e=s"});
    collector.reset();
    journal.reset();
    const fs::path segment = segments().at(0);
    const std::string bytes = test::read_file(segment);
    std::string changed = bytes;
    changed[record_head_bytes + 5] = '?';
    std::ofstream(segment, std::ios::binary) << changed << "0000";
    start();
    ASSERT_TRUE(pass().has_value());
    EXPECT_EQ(usage(), "b 08:00Z 1 0 0;");
    const std::vector<fs::path> left = segments();
    ASSERT_EQ(left.size(), 1U);
    EXPECT_EQ(left[0].extension(), ".damaged");
    ASSERT_TRUE(pass().has_value());
    EXPECT_EQ(usage(), "b 08:00Z 1 0 0;");
}

TEST_F(PingBatchesTest, a_segment_without_a_whole_record_leaves_nothing) {
    const SegmentName name{.number = 1, .identity = std::string(32, 'e')};
    std::ofstream(folder.path() / "journal" / name.to_string()) << "00000010 torn";
    EXPECT_EQ(pass().value().batches, 0);
    EXPECT_TRUE(segments().empty());
    EXPECT_TRUE(open_memory_store(database, clock)->runs(10).value().empty());
}

}  // namespace
}  // namespace tidemark
