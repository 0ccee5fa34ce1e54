#include "generate/log_files.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <isa-l/igzip_lib.h>
#include <unistd.h>
#include <zstd.h>

namespace tidemark {
namespace {

namespace fs = std::filesystem;

class LogFiles : public testing::Test {
 protected:
    LogFiles()
        : directory_(fs::temp_directory_path() /
                     ("tidemark_generate_" + std::to_string(getpid()))) {
        fs::remove_all(directory_);
    }
    ~LogFiles() override { fs::remove_all(directory_); }

    const fs::path directory_;
};

std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string gunzip(const fs::path& path) {
    const std::string packed = content_of(path);
    std::string text(20'000'000, '\0');
    inflate_state state{};
    isal_inflate_init(&state);
    state.crc_flag = ISAL_GZIP;
    std::vector<std::uint8_t> input(packed.begin(), packed.end());
    state.next_in = input.data();
    state.avail_in = static_cast<std::uint32_t>(input.size());
    state.next_out = reinterpret_cast<std::uint8_t*>(text.data());
    state.avail_out = static_cast<std::uint32_t>(text.size());
    EXPECT_EQ(isal_inflate(&state), ISAL_DECOMP_OK);
    EXPECT_EQ(state.block_state, ISAL_BLOCK_FINISH);
    text.resize(state.total_out);
    return text;
}

std::string unzstd(const fs::path& path) {
    const std::string packed = content_of(path);
    std::string text(20'000'000, '\0');
    const std::size_t size =
        ZSTD_decompress(text.data(), text.size(), packed.data(), packed.size());
    EXPECT_EQ(ZSTD_isError(size), 0U);
    text.resize(size);
    return text;
}

std::unique_ptr<LogGenerator> generator_of(GeneratedFormat format) {
    GenerateOptions options;
    options.format = format;
    options.lines = 20000;
    options.subjects = 40;
    options.objects = 50;
    auto generator = LogGenerator::make(options);
    EXPECT_TRUE(generator.has_value());
    return std::move(*generator);
}

TEST_F(LogFiles, hold_the_same_lines_however_packed) {
    const auto generator = generator_of(GeneratedFormat::combined);
    fs::create_directories(directory_);
    const fs::path plain = directory_ / "a.log";
    for (const Packing packing : {Packing::none, Packing::gzip, Packing::zstd}) {
        const fs::path path = plain.string() + std::string(suffix_of(packing));
        const auto file = write_log_file(*generator, path, packing, nullptr);
        ASSERT_TRUE(file.has_value());
        EXPECT_EQ(file->size_bytes, fs::file_size(path));
    }
    const std::string text = content_of(plain);
    EXPECT_GT(text.size(), 20000U * 100);
    EXPECT_TRUE(gunzip(directory_ / "a.log.gz") == text);
    EXPECT_TRUE(unzstd(directory_ / "a.log.zst") == text);
    EXPECT_LT(fs::file_size(directory_ / "a.log.gz"), text.size() / 3);
}

TEST_F(LogFiles, of_a_day_hold_every_line_once) {
    const auto generator = generator_of(GeneratedFormat::edgecast);
    LogFilesOptions options{.directory = directory_, .files_per_day = 24};
    GeneratedTruth truth;
    const auto files = write_log_files(*generator, options, &truth, {});
    ASSERT_TRUE(files.has_value());
    ASSERT_EQ(files->size(), 24U);
    EXPECT_EQ(files->front().path.filename(), "wpc_A000_20250601_0001.log");
    std::int64_t lines = 0;
    for (const GeneratedFile& file : *files) {
        const std::string text = content_of(file.path);
        EXPECT_TRUE(text.starts_with("#Fields: timestamp "));
        lines += std::count(text.begin(), text.end(), '\n');
    }
    EXPECT_EQ(truth.lines, lines);
    EXPECT_EQ(truth.comments, 24);
    EXPECT_GE(truth.accepted + truth.rejected, 20000);
}

TEST_F(LogFiles, come_again_and_cut_off_as_told) {
    const auto generator = generator_of(GeneratedFormat::fastly);
    LogFilesOptions options{.directory = directory_,
                            .files_per_day = 4,
                            .packing = Packing::gzip,
                            .redelivered_share = 1,
                            .truncated_share = 1};
    const auto files = write_log_files(*generator, options, nullptr, {});
    ASSERT_TRUE(files.has_value());
    ASSERT_EQ(files->size(), 12U);
    std::set<fs::path> names;
    for (std::size_t index = 0; index < files->size(); index += 3) {
        const std::string original = content_of((*files)[index].path);
        EXPECT_TRUE(content_of((*files)[index + 1].path) == original);
        EXPECT_EQ((*files)[index + 2].kind, GeneratedFile::Kind::truncated);
        const std::string cut = content_of((*files)[index + 2].path);
        EXPECT_TRUE(cut.size() < original.size() && original.starts_with(cut));
        for (std::size_t copy = 0; copy < 3; ++copy) {
            names.insert((*files)[index + copy].path);
        }
    }
    EXPECT_EQ(names.size(), 12U);
}

TEST_F(LogFiles, say_which_file_the_disk_refuses) {
    const auto generator = generator_of(GeneratedFormat::combined);
    const auto file = write_log_file(*generator, "/dev/full", Packing::none, nullptr);
    ASSERT_FALSE(file.has_value());
    EXPECT_EQ(file.error().kind, ErrorKind::unavailable);
    EXPECT_EQ(file.error().message, "write /dev/full: No space left on device");
}

TEST_F(LogFiles, refuse_days_that_files_do_not_divide) {
    const auto generator = generator_of(GeneratedFormat::combined);
    const auto files =
        write_log_files(*generator, {.directory = directory_, .files_per_day = 7}, nullptr, {});
    ASSERT_FALSE(files.has_value());
    EXPECT_EQ(files.error().message, "files a day 7: give a divisor of 48");
    EXPECT_FALSE(fs::exists(directory_));
}

}  // namespace
}  // namespace tidemark
