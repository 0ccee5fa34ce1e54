// Every line of the sample files of real CDNs: how many there are, what each gives, and why the
// ones that are rejected are.
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/line_cases.h"
#include "support/source_tree.h"

namespace tidemark {
namespace {

using test::LineReader;
using test::reading_of;

struct SampleTotals {
    std::vector<std::string> verdicts;  // "record", "comment" or "rejected REASON", one a line
    std::int64_t bytes = 0;
    std::map<std::string, std::int64_t> bytes_by_subject;
};

SampleTotals read_sample(const std::filesystem::path& path,
                         std::string_view format,
                         std::string_view subject) {
    Reading reading = reading_of(format);
    reading.subject = *SubjectRule::parse(subject);
    LineReader reader(reading);
    const std::unique_ptr<SubjectFinder> finder = *SubjectFinder::make(reading.subject);
    SampleTotals totals;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        const std::string text = reader.read(line);
        const bool counted =
            !text.starts_with("rejected") && !text.starts_with("ignored") && text != "comment";
        totals.verdicts.push_back(counted ? "record" : text);
        if (counted) {
            bool malformed = false;
            totals.bytes += reader.record().bytes;
            totals.bytes_by_subject[std::string(finder->find(reader.record(), malformed))] +=
                reader.record().bytes;
        }
    }
    return totals;
}

class Samples : public testing::Test {
 protected:
    void SetUp() override {
        const auto shared = test::shared_data();
        if (!shared) {
            GTEST_SKIP() << "no ../shared/data beside the checkout";
        }
        folder_ = *shared / "samples";
    }

    std::filesystem::path folder_;
};

std::vector<std::string> records(std::size_t count) {
    return std::vector<std::string>(count, "record");
}

std::vector<std::string> two_comments_and_records(std::size_t count) {
    std::vector<std::string> verdicts = records(count + 2);
    verdicts[0] = verdicts[1] = "comment";
    return verdicts;
}

TEST_F(Samples, cloudfront_basic_is_counted_whole) {
    const SampleTotals totals =
        read_sample(folder_ / "cratesio_cloudfront_basic.log", "cloudfront", "path:2");
    EXPECT_EQ(totals.verdicts, two_comments_and_records(20));
    EXPECT_EQ(totals.bytes, 2073512);
    EXPECT_EQ(totals.bytes_by_subject.at("quick-error"), 3 * 15495);
    const SampleTotals by_host =
        read_sample(folder_ / "cratesio_cloudfront_basic.log", "cloudfront", "host");
    EXPECT_EQ(by_host.bytes_by_subject,
              (std::map<std::string, std::int64_t>{{"static.crates.io", 2073512}}));
}

TEST_F(Samples, cloudfront_percent_encoding_stays_as_written) {
    const SampleTotals totals =
        read_sample(folder_ / "cratesio_cloudfront_percent-encoding.log", "cloudfront", "path:3");
    EXPECT_EQ(totals.verdicts, two_comments_and_records(3));
    EXPECT_EQ(totals.bytes_by_subject,
              (std::map<std::string, std::int64_t>{{"zstd-sys-2.0.8%252Bzstd.1.5.5.crate", 737549},
                                                   {"zstd-sys-2.0.8%2Bzstd.1.5.5.crate", 737549},
                                                   {"zstd-sys-2.0.8+zstd.1.5.5.crate", 737549}}));
}

TEST_F(Samples, fastly_files_are_counted_whole) {
    const SampleTotals basic =
        read_sample(folder_ / "cratesio_fastly_basic.log", "fastly", "path:2");
    EXPECT_EQ(basic.verdicts, records(23));
    EXPECT_EQ(basic.bytes, 10587640);
    const SampleTotals full =
        read_sample(folder_ / "cratesio_fastly_full-info.log", "fastly", "host");
    EXPECT_EQ(full.verdicts, records(20));
    EXPECT_EQ(full.bytes_by_subject,
              (std::map<std::string, std::int64_t>{{"static.crates.io", 1920843}}));
    // Other statuses, methods and paths count unless the feed says otherwise.
    const SampleTotals unrelated =
        read_sample(folder_ / "cratesio_fastly_unrelated-traffic.log", "fastly", "path:1");
    EXPECT_EQ(unrelated.verdicts, records(5));
    EXPECT_EQ(unrelated.bytes_by_subject,
              (std::map<std::string, std::int64_t>{{"crates", 4 * 11355}, {"readmes", 11355}}));
}

TEST_F(Samples, edgecast_test_lines_are_each_accounted_for) {
    const SampleTotals totals =
        read_sample(folder_ / "nuget_edgecast_testlines.log", "edgecast", "path:1");
    const std::vector<std::string> expected = {
        "comment",
        // The status is `{0}`, a placeholder that the test it comes from never filled in.
        "rejected bad_status",
        // The referrer is empty and the last columns are missing, behind all that is needed.
        "record",
        // time-taken is no number, but no usage is read from it.
        "record",
        "record",
        // URL, referrer, agent and custom field are quoted, the agent with blanks in it.
        "record",
    };
    EXPECT_EQ(totals.verdicts, expected);
    EXPECT_EQ(totals.bytes, 2 * 2788 + 2 * 1482769);
    EXPECT_EQ(totals.bytes_by_subject,
              (std::map<std::string, std::int64_t>{{"packages", 2 * 2788 + 2 * 1482769}}));
}

}  // namespace
}  // namespace tidemark
