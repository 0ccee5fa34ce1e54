// The real logs, read whole and compared with independently computed totals; and the same requests
// written in other formats.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "logs/aggregation.h"
#include "logs/lines/formats.h"
#include "support/source_tree.h"
#include "support/usage_map.h"

namespace tidemark {
namespace {

using nlohmann::json;

Reading reading_of(std::string_view format, std::string_view subject) {
    Reading reading;
    reading.format = format;
    reading.subject = *SubjectRule::parse(subject);
    reading.missing_subject.push_back('/');
    reading.metrics = default_metric_rules(built_in_datasets()[0]);
    return reading;
}

Aggregation read_file(const Reading& reading, const std::filesystem::path& path) {
    static const SystemClock clock;
    Result<std::unique_ptr<LogReader>> reader = LogReader::make(reading, clock);
    if (!reader.has_value()) {
        ADD_FAILURE() << reader.error().message;
        return {};
    }
    Result<Aggregation> aggregation = (*reader)->read(path.string(), {});
    if (!aggregation.has_value()) {
        ADD_FAILURE() << aggregation.error().message;
        return {};
    }
    return std::move(aggregation).value();
}

// Every total that truth.json gives, computed from the rows.
struct Sums {
    std::int64_t bytes = 0;
    std::map<std::string, std::int64_t> bytes_by_day;
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> windows;  // lines, bytes
    std::map<std::string, std::pair<std::int64_t, std::int64_t>> subjects;
};

Sums sum_up(RowSource& rows) {
    Sums sums;
    rows.rewind();
    while (const UsageRow* row = rows.next()) {
        const std::int64_t bytes = row->values[0];
        const std::int64_t lines = row->values[1];
        const std::time_t begin = row->slot.begin().time_since_epoch().count();
        sums.bytes += bytes;
        sums.bytes_by_day[fmt::format("{:%Y-%m-%d}", fmt::gmtime(begin))] += bytes;
        auto& window = sums.windows[fmt::format("{:%Y-%m-%dT%H:%MZ}", fmt::gmtime(begin))];
        window = {window.first + lines, window.second + bytes};
        auto& subject = sums.subjects[std::string(row->subject)];
        subject = {subject.first + lines, subject.second + bytes};
    }
    return sums;
}

using Ranked = std::vector<std::pair<std::string, std::int64_t>>;

Ranked top_5(const Sums& sums, bool by_bytes) {
    Ranked ranked;
    for (const auto& [subject, counts] : sums.subjects) {
        ranked.emplace_back(subject, by_bytes ? counts.second : counts.first);
    }
    std::ranges::sort(ranked, [](const auto& left, const auto& right) {
        return std::pair(-left.second, left.first) < std::pair(-right.second, right.first);
    });
    ranked.resize(std::min<std::size_t>(ranked.size(), 5));
    return ranked;
}

struct RealLog {
    const char* name;
    const char* file;
    const char* format;
    const char* subject;
    const char* bytes_field;  // null: the format's own
};

constexpr RealLog real_logs[] = {
    {"cloudfront", "cloudfront_2011_example-174k.log.gz", "cloudfront", "path:1", nullptr},
    {"combined", "combined_elastic_apache_10k.log.gz", "combined", "path:1", nullptr},
    {"nasa", "nasa_http_19950701_10k.tsv.gz", "delimited", "path:1", nullptr},
    {"thedash", "nginx_json_thedash_part1.ndjson.gz", "json", "path:1", nullptr},
    {"wikiticker", "wikiticker_2015-09-12_part1.ndjson.gz", "json", "field:channel", "added"},
};

class RealLogs : public testing::TestWithParam<RealLog> {};

TEST_P(RealLogs, give_the_independent_totals) {
    const auto shared = test::shared_data();
    if (!shared) {
        GTEST_SKIP() << "no ../shared/data beside the checkout";
    }
    std::ifstream truth_file(*shared / "truth.json");
    const json truth = json::parse(truth_file).at(GetParam().file);
    Reading reading = reading_of(GetParam().format, GetParam().subject);
    if (GetParam().bytes_field != nullptr) {
        reading.fields = {{"bytes", GetParam().bytes_field}, {"time", "time"}};
    }
    // Two threads, so that layouts travel from piece to piece.
    for (const int threads : {1, 2}) {
        SCOPED_TRACE(threads);
        reading.threads = threads;
        const Aggregation found = read_file(reading, *shared / GetParam().file);
        ASSERT_NE(found.rows, nullptr);
        EXPECT_EQ(found.counts.lines, truth.at("lines"));
        EXPECT_EQ(found.counts.comments, truth.at("header_or_comment_lines"));
        EXPECT_EQ(found.counts.accepted, truth.at("parseable"));
        EXPECT_EQ(found.counts.rejected, truth.at("malformed"));
        EXPECT_EQ(found.counts.ignored, 0);
        std::vector<std::int64_t> rejected_lines;
        for (const RejectedLine& line : found.rejected_samples) {
            rejected_lines.push_back(line.line);
        }
        EXPECT_EQ(rejected_lines, truth.at("first_malformed_line_numbers"));
        const Sums sums = sum_up(*found.rows);
        EXPECT_EQ(sums.bytes, truth.at("bytes_total"));
        EXPECT_EQ(json(sums.bytes_by_day), truth.at("bytes_by_utc_day"));
        EXPECT_EQ(json(sums.windows), truth.at("windows_30min"));
        EXPECT_EQ(json(top_5(sums, true)), truth.at("top5_first_segment_by_bytes"));
        EXPECT_EQ(json(top_5(sums, false)), truth.at("top5_first_segment_by_lines"));
    }
}

INSTANTIATE_TEST_SUITE_P(Files, RealLogs, testing::ValuesIn(real_logs), [](const auto& test) {
    return test.param.name;
});

TEST(RealSamples, give_the_same_compressed_and_plain) {
    const auto shared = test::shared_data();
    if (!shared) {
        GTEST_SKIP() << "no ../shared/data beside the checkout";
    }
    const std::filesystem::path samples = *shared / "samples";
    const Reading reading = reading_of("fastly", "path:2");
    const Aggregation plain = read_file(reading, samples / "cratesio_fastly_basic.log");
    const Aggregation packed = read_file(reading, samples / "cratesio_fastly_basic.log.zst");
    ASSERT_NE(plain.rows, nullptr);
    ASSERT_NE(packed.rows, nullptr);
    EXPECT_EQ(plain.counts.accepted, 23);
    EXPECT_EQ(plain.counts, packed.counts);
    EXPECT_EQ(test::to_map(*plain.rows), test::to_map(*packed.rows));
    // This one was packed from an older edition, which differs in an agent only.
    const Aggregation cloudfront =
        read_file(reading_of("cloudfront", "path:2"), samples / "cratesio_cloudfront_basic.log.gz");
    ASSERT_NE(cloudfront.rows, nullptr);
    EXPECT_EQ(cloudfront.counts.accepted, 20);
    EXPECT_EQ(cloudfront.counts.comments, 2);
    EXPECT_EQ(sum_up(*cloudfront.rows).bytes, 2073512);
}

// Writers of one request in every format. All of them say the same.
using Writer = std::string (*)(const LogRecord&);

std::string clf_time(const LogRecord& record) {
    return fmt::format("{:%d/%b/%Y:%H:%M:%S} +0000",
                       fmt::gmtime(record.time.time_since_epoch().count()));
}

std::string as_combined(const LogRecord& record) {
    return fmt::format(R"~(192.0.2.1 - - [{}] "{} {} HTTP/1.1" {} {} "-" "agent (x; y)")~",
                       clf_time(record),
                       record.method,
                       record.url,
                       record.status,
                       record.bytes);
}

std::string as_fastly_text(const LogRecord& record) {
    return fmt::format(
        R"(<134>2016-01-01T00:00:00Z cache-x log[1]: 192.0.2.1 - - [{}] "{} {}" {} {})",
        clf_time(record),
        record.method,
        record.url,
        record.status,
        record.bytes == 0 ? std::string("-") : std::to_string(record.bytes));
}

std::string as_fastly_json(const LogRecord& record) {
    const json object = {{"bytes", record.bytes},
                         {"date_time",
                          fmt::format("{:%Y-%m-%dT%H:%M:%S}.999999999Z",
                                      fmt::gmtime(record.time.time_since_epoch().count()))},
                         {"method", record.method},
                         {"status", record.status},
                         {"tls", {{"cipher", nullptr}}},
                         {"url", fmt::format("https://www.example.com{}", record.url)},
                         {"version", "1"}};
    return "<134>2016-01-01T00:00:00Z cache-x log[1]: " + object.dump();
}

std::string as_edgecast(const LogRecord& record) {
    return fmt::format(
        "{} 27 192.0.2.1 0 192.0.2.2 80 TCP_HIT/{} {} {} http://www.example.com{} - "
        "0 844 \"-\" \"agent (x; y)\" 56086 \"-\"",
        record.time.time_since_epoch().count(),
        record.status,
        record.bytes,
        record.method,
        record.url);
}

std::string as_cloudfront(const LogRecord& record) {
    const std::size_t mark = std::min(record.url.find('?'), record.url.size());
    const std::string_view query = record.url.substr(mark);
    return fmt::format(
        "{:%Y-%m-%d\t%H:%M:%S}\tFRA2\t{}\t192.0.2.1\t{}\td1.cloudfront.net\t{}\t{}\t-"
        "\tagent\t{}",
        fmt::gmtime(record.time.time_since_epoch().count()),
        record.bytes,
        record.method,
        record.url.substr(0, mark),
        record.status,
        query.empty() ? "-" : query.substr(1));
}

constexpr std::string_view edgecast_header =
    "#Fields: timestamp time-taken c-ip filesize s-ip s-port sc-status sc-bytes cs-method "
    "cs-uri-stem - rs-duration rs-bytes c-referrer c-user-agent customer-id x-ec_custom-1";
constexpr std::string_view cloudfront_header =
    "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) "
    "cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query";

struct Encoding {
    const char* name;
    const char* format;
    std::string_view header;
    Writer write;
};

constexpr Encoding encodings[] = {
    {"edgecast", "edgecast", edgecast_header, as_edgecast},
    {"fastly_json", "fastly", "", as_fastly_json},
    {"fastly_text", "fastly", "", as_fastly_text},
    {"cloudfront", "cloudfront", cloudfront_header, as_cloudfront},
    {"combined", "combined", "", as_combined},
};

class ReEncoded : public testing::TestWithParam<Encoding> {};

TEST_P(ReEncoded, requests_give_the_same_usage) {
    const auto shared = test::shared_data();
    if (!shared) {
        GTEST_SKIP() << "no ../shared/data beside the checkout";
    }
    const std::filesystem::path folder =
        std::filesystem::path(testing::TempDir()) / fmt::format("re_encoded_{}", GetParam().name);
    std::filesystem::create_directories(folder);
    const std::filesystem::path plain = folder / "plain.log";
    const std::filesystem::path written = folder / "written.log";
    const std::string unpack =
        fmt::format("gzip -dc '{}' > '{}'",
                    (*shared / "combined_elastic_apache_10k.log.gz").string(),
                    plain.string());
    ASSERT_EQ(std::system(unpack.c_str()), 0);  // NOLINT(concurrency-mt-unsafe): one thread
    const Reading combined = reading_of("combined", "path:1");
    {
        const std::unique_ptr<LineParser> parser = *make_line_parser(combined);
        std::ifstream in(plain);
        std::ofstream out(written);
        if (!GetParam().header.empty()) {
            out << GetParam().header << '\n';
        }
        LogRecord record;
        for (std::string line; std::getline(in, line);) {
            const std::size_t size = line.size();
            line.append(64, ' ');
            if (parser->parse(std::string_view(line).substr(0, size), record).kind ==
                LineKind::record) {
                out << GetParam().write(record) << '\n';
            }
        }
    }
    const Aggregation expected = read_file(combined, plain);
    const Aggregation found = read_file(reading_of(GetParam().format, "path:1"), written);
    ASSERT_NE(expected.rows, nullptr);
    ASSERT_NE(found.rows, nullptr);
    EXPECT_EQ(found.counts.accepted, 9999);
    EXPECT_EQ(found.counts.rejected, 0);
    EXPECT_EQ(test::to_map(*found.rows), test::to_map(*expected.rows));
    std::filesystem::remove_all(folder);
}

INSTANTIATE_TEST_SUITE_P(Formats, ReEncoded, testing::ValuesIn(encodings), [](const auto& test) {
    return test.param.name;
});

}  // namespace
}  // namespace tidemark
