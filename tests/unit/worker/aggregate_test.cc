#include "worker/aggregate.h"

#include <map>

#include <gtest/gtest.h>

#include "store/memory/memory_store.h"

namespace tidemark {
namespace {

// Stands in for the files: what a name gives is written down beforehand.
class PreparedReader final : public LogReader {
 public:
    struct File {
        std::int64_t bytes = 0;     // of site "s" in slot 900,000
        std::int64_t rejected = 0;  // lines, beside one accepted
    };

    explicit PreparedReader(std::map<std::string, File> files) : files_(std::move(files)) {}

    [[nodiscard]] Result<Aggregation> read(const std::string& path,
                                           const ProgressCallback& /*progress*/) const override {
        const auto found = files_.find(path);
        if (found == files_.end()) {
            return Error{ErrorKind::not_found, path + ": no such file"};
        }
        UsageRows::Builder builder(2);
        const std::int64_t values[] = {found->second.bytes, 1};
        builder.add("s", Slot::from_index(900'000), values);
        Aggregation aggregation;
        aggregation.counts = {
            .lines = 1 + found->second.rejected, .accepted = 1, .rejected = found->second.rejected};
        aggregation.rejected_by_reason[0] = found->second.rejected;
        aggregation.content_hash = {.high = static_cast<std::uint64_t>(found->second.bytes)};
        aggregation.subject_count = 1;
        aggregation.rows = std::make_unique<UsageRows>(std::move(builder).finish().value());
        return aggregation;
    }

    [[nodiscard]] Result<Aggregation> read_source(
        std::unique_ptr<ByteSource> /*source*/,
        const ProgressCallback& /*progress*/) const override {
        return Error{ErrorKind::not_found, "only files are prepared"};
    }

 private:
    std::map<std::string, File> files_;
};

class AggregateTest : public testing::Test {
 protected:
    AggregateTest() { EXPECT_TRUE(open()->prepare_dataset(built_in_datasets()[0]).has_value()); }

    std::unique_ptr<Store> open() { return open_memory_store(database_, clock_); }

    Result<std::vector<FileOutcome>> aggregate(const AggregateJob& job) {
        const PreparedReader reader({{"a", {.bytes = 10}},
                                     {"a-renamed", {.bytes = 10}},
                                     {"b", {.bytes = 5}},
                                     {"noisy", {.bytes = 7, .rejected = 9}}});
        return aggregate_files(
            job,
            reader,
            [this]() -> Result<std::unique_ptr<Store>> { return open(); },
            {.progress = {}, .file_done = [this](const FileOutcome&) { ++files_done_; }});
    }

    Total usage() {
        const UtcDay day = Slot::from_index(900'000).day();
        const Result<UsageAnswer> answer = open()->read_usage({.dataset = "cdn",
                                                               .subjects = {},
                                                               .from = day,
                                                               .to = day.next(),
                                                               .period = UsagePeriod::total,
                                                               .per_subject = false});
        return answer->rows.empty() ? Total() : answer->rows.front().values.front();
    }

    static AggregateJob job_of(std::vector<std::string> files) {
        AggregateJob job{.dataset = "cdn", .feed = "feed", .files = std::move(files), .covers = {}};
        job.covers.add({Slot::from_index(900'000), Slot::from_index(900'001)});
        return job;
    }

    ManualClock clock_{Timestamp(std::chrono::seconds(1'800'000'000))};
    std::shared_ptr<MemoryDatabase> database_ = make_memory_database();
    int files_done_ = 0;
};

TEST_F(AggregateTest, the_same_content_under_two_names_counts_once) {
    const auto outcomes = aggregate(job_of({"a", "a-renamed", "b"}));
    ASSERT_TRUE(outcomes.has_value());
    EXPECT_EQ(usage(), Total(15));
    EXPECT_FALSE(outcomes->at(0).already_stored);
    EXPECT_TRUE(outcomes->at(1).already_stored);
    EXPECT_EQ(outcomes->at(1).receipt->source, "a");
    EXPECT_EQ(files_done_, 3);

    ASSERT_TRUE(aggregate(job_of({"b", "a"})).has_value());
    EXPECT_EQ(usage(), Total(15));
}

TEST_F(AggregateTest, coverage_is_declared_when_every_file_is_stored) {
    ASSERT_TRUE(aggregate(job_of({"a"})).has_value());
    EXPECT_TRUE(open()->coverage("cdn", "feed")->covers(Slot::from_index(900'000)));
    const std::vector<tidemark::Run> runs = open()->runs(10).value();
    ASSERT_EQ(runs.size(), 1U);
    EXPECT_EQ(runs[0].outcome, RunOutcome::succeeded);
    EXPECT_EQ(runs[0].rows, 1);
}

TEST_F(AggregateTest, a_file_that_fails_is_named_and_the_others_are_stored) {
    const auto outcomes = aggregate(job_of({"missing", "b"}));
    ASSERT_TRUE(outcomes.has_value());
    EXPECT_EQ(outcomes->at(0).error->message, "missing: no such file");
    EXPECT_EQ(usage(), Total(5));
    EXPECT_TRUE(open()->coverage("cdn", "feed")->empty());
    EXPECT_EQ(open()->runs(10)->front().outcome, RunOutcome::failed);
}

TEST_F(AggregateTest, a_file_with_too_many_rejected_lines_is_refused_whole) {
    AggregateJob job = job_of({"noisy"});
    job.rejected_share_max = 0.9;
    EXPECT_FALSE(aggregate(job)->front().error.has_value()) << "nine of ten is not more than 90 %";

    job.files = {"noisy"};
    job.dataset = "cdn";
    job.feed = "strict";
    job.rejected_share_max = 0.89;
    const auto outcomes = aggregate(job);
    EXPECT_EQ(outcomes->front().error->kind, ErrorKind::refused);
    EXPECT_EQ(usage(), Total(7));
}

TEST_F(AggregateTest, counting_without_a_store_counts_equal_contents_once) {
    const PreparedReader reader({{"a", {.bytes = 10}}, {"a-renamed", {.bytes = 10}}});
    const auto outcomes = count_files(job_of({"a", "a-renamed"}), reader, {});
    EXPECT_FALSE(outcomes.at(0).already_stored);
    EXPECT_TRUE(outcomes.at(1).already_stored);
    EXPECT_EQ(total_of(*outcomes.at(0).aggregation->rows).front(), Total(10));
}

}  // namespace
}  // namespace tidemark
