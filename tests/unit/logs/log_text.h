#pragma once
// What the tests of reading need: files with given content, packed contents, readers of them.

#include <array>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <isa-l/igzip_lib.h>
#include <unistd.h>
#include <zstd.h>

#include "logs/log_reader.h"

namespace tidemark::test {

// A file of its own with this content, removed at the end.
class TextFile {
 public:
    explicit TextFile(std::string_view content) {
        std::string pattern = (std::filesystem::temp_directory_path() / "tidemark_XXXXXX").string();
        const int descriptor = ::mkstemp(pattern.data());
        EXPECT_GE(descriptor, 0);
        ::close(descriptor);
        path_ = pattern;
        std::ofstream(path_, std::ios::binary) << content;
    }
    TextFile(const TextFile&) = delete;
    TextFile& operator=(const TextFile&) = delete;
    ~TextFile() { std::filesystem::remove(path_); }

    [[nodiscard]] const std::string& path() const { return path_; }

 private:
    std::string path_;
};

// One gzip member.
inline std::string gzip(std::string_view content) {
    isal_zstream stream;
    isal_deflate_init(&stream);
    stream.gzip_flag = IGZIP_GZIP;
    stream.end_of_stream = 1;
    std::string packed(content.size() * 2 + 1024, '\0');
    std::string copy(content);
    stream.next_in = reinterpret_cast<std::uint8_t*>(copy.data());
    stream.avail_in = static_cast<std::uint32_t>(copy.size());
    stream.next_out = reinterpret_cast<std::uint8_t*>(packed.data());
    stream.avail_out = static_cast<std::uint32_t>(packed.size());
    EXPECT_EQ(isal_deflate(&stream), COMP_OK);
    packed.resize(stream.total_out);
    return packed;
}

// One zstd frame, with its checksum.
inline std::string zstd(std::string_view content) {
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(),
                                                                       &ZSTD_freeCCtx);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    std::string packed(ZSTD_compressBound(content.size()) + 16, '\0');
    packed.resize(ZSTD_compress2(
        context.get(), packed.data(), packed.size(), content.data(), content.size()));
    return packed;
}

// Bytes and requests of combined lines by the first segment of the path; "/" where there is none.
inline Reading combined_reading() {
    Reading reading;
    reading.format = "combined";
    reading.subject = {.kind = SubjectRule::Kind::path, .segment = 1, .text = {}};
    reading.missing_subject = "/";
    reading.metrics = {{MetricRule::Kind::bytes, {}}, {MetricRule::Kind::count, {}}};
    return reading;
}

// 2026-01-01, some months after every line of these tests.
inline ManualClock& test_clock() {
    static ManualClock clock{Timestamp(std::chrono::seconds(1767225600))};
    return clock;
}

inline Result<Aggregation> read_file(const std::string& path,
                                     const Reading& reading,
                                     std::size_t block_bytes = std::size_t{256} << 10U) {
    LogReaderParts parts;
    parts.parser = make_line_parser(reading).value();
    parts.finder = SubjectFinder::make(reading.subject).value();
    parts.block_bytes = block_bytes;
    const auto reader = make_log_reader(reading, std::move(parts), test_clock());
    if (!reader.has_value()) {
        return reader.error();
    }
    return (*reader)->read(path, {});
}

inline Result<Aggregation> read_text(std::string_view content,
                                     const Reading& reading,
                                     std::size_t block_bytes = std::size_t{256} << 10U) {
    const TextFile file(content);
    return read_file(file.path(), reading, block_bytes);
}

using Rows = std::map<std::pair<std::string, std::int32_t>, std::vector<std::int64_t>>;

inline Rows rows_of(Aggregation& aggregation) {
    Rows rows;
    aggregation.rows->rewind();
    while (const UsageRow* row = aggregation.rows->next()) {
        const auto added =
            rows.emplace(std::pair(std::string(row->subject), row->slot.index()),
                         std::vector<std::int64_t>(row->values.begin(), row->values.end()));
        EXPECT_TRUE(added.second) << "a key came twice: " << row->subject;
    }
    return rows;
}

// All that a reading gave, as text to compare.
inline std::string describe(Aggregation& aggregation) {
    const LineCounts& counts = aggregation.counts;
    std::string text =
        fmt::format("{} lines, {} accepted, {} rejected, {} ignored, {} comments, {}\n",
                    counts.lines,
                    counts.accepted,
                    counts.rejected,
                    counts.ignored,
                    counts.comments,
                    aggregation.content_hash.to_string());
    for (const RejectedLine& sample : aggregation.rejected_samples) {
        text += fmt::format("{} {} {}\n", sample.line, to_string(sample.reason), sample.text);
    }
    for (const auto& [key, values] : rows_of(aggregation)) {
        text += fmt::format("{} {} {}\n", key.first, key.second, fmt::join(values, " "));
    }
    return text;
}

inline void expect_accounted_for(const Aggregation& aggregation) {
    const LineCounts& counts = aggregation.counts;
    EXPECT_EQ(counts.accepted + counts.rejected + counts.ignored + counts.comments, counts.lines);
    std::int64_t rejected = 0;
    for (const std::int64_t count : aggregation.rejected_by_reason) {
        rejected += count;
    }
    EXPECT_EQ(rejected, counts.rejected);
    std::int64_t ignored = 0;
    for (const std::int64_t count : aggregation.ignored_by_reason) {
        ignored += count;
    }
    EXPECT_EQ(ignored, counts.ignored);
}

}  // namespace tidemark::test
