#include "generate/log_files.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "base/random.h"
#include "generate/names.h"

namespace tidemark {

namespace {

namespace fs = std::filesystem;

struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using OpenFile = std::unique_ptr<std::FILE, CloseFile>;

Error file_error(std::string_view doing, const fs::path& path, int code) {
    return Error{ErrorKind::unavailable,
                 fmt::format("{} {}: {}",
                             doing,
                             path.string(),
                             std::error_code(code, std::generic_category()).message())};
}

Result<GeneratedFile> write_records(const LogGenerator& generator,
                                    std::int64_t first,
                                    std::int64_t end,
                                    const fs::path& path,
                                    Packing packing,
                                    GeneratedTruth* truth) {
    OpenFile file(std::fopen(path.c_str(), "wb"));
    if (file == nullptr) {
        return file_error("write", path, errno);
    }
    const auto compressor = Compressor::make(packing, sink_to(file.get(), path));
    TIDEMARK_RETURN_IF_ERROR(generator.write(
        first,
        end,
        [&compressor](std::string_view block) { return compressor->write(block); },
        truth));
    TIDEMARK_RETURN_IF_ERROR(compressor->finish());
    // What the disk refuses may only show when the last buffer is written.
    if (std::fflush(file.get()) != 0) {
        return file_error("write", path, errno);
    }
    const long size = std::ftell(file.get());
    if (std::fclose(file.release()) != 0) {
        return file_error("close", path, errno);
    }
    return GeneratedFile{.path = path,
                         .kind = GeneratedFile::Kind::original,
                         .size_bytes = static_cast<std::uint64_t>(size)};
}

std::string random_letters(std::uint64_t bits, int count) {
    std::string text(static_cast<std::size_t>(count), '\0');
    write_letters(bits, count, text.data());
    return text;
}

// One file of a day: from which slot on, and which of the day's files it is.
struct FilePlace {
    Slot slot;
    int number = 0;
    std::uint64_t bits = 0;  // what makes the name unique
};

// fastly      2025-06-01T00:30:00.000-<uid>.log        creation time and uid
// edgecast    wpc_A000_20250601_0001.log               rolling number of the day
// cloudfront  EMLARXS9EXAMPLE.2025-06-01-00.<id>       the requests' hour
// others      access-20250601-0030.log
std::string name_of(GeneratedFormat format, const FilePlace& place) {
    const std::string day = place.slot.day().to_string();
    const std::string compact = day.substr(0, 4) + day.substr(5, 2) + day.substr(8, 2);
    const int minute = place.slot.index_in_day() * 30;
    switch (format) {
        case GeneratedFormat::fastly:
        case GeneratedFormat::fastly_text:
            return fmt::format("{}T{:02}:{:02}:00.000-{}{}.log",
                               day,
                               minute / 60,
                               minute % 60,
                               random_letters(place.bits, 10),
                               random_letters(mix(place.bits), 10));
        case GeneratedFormat::edgecast:
            return fmt::format("wpc_A000_{}_{:04}.log", compact, place.number);
        case GeneratedFormat::cloudfront:
            return fmt::format(
                "EMLARXS9EXAMPLE.{}-{:02}.{}", day, minute / 60, random_letters(place.bits, 8));
        default:
            return fmt::format("{}-{}-{:02}{:02}.log",
                               format == GeneratedFormat::ping ? "ping" : "access",
                               compact,
                               minute / 60,
                               minute % 60);
    }
}

Result<GeneratedFile> copy_of(const GeneratedFile& original,
                              const fs::path& path,
                              GeneratedFile::Kind kind) {
    std::error_code code;
    fs::copy_file(original.path, path, fs::copy_options::overwrite_existing, code);
    if (code) {
        return file_error("copy to", path, code.value());
    }
    GeneratedFile copy{.path = path, .kind = kind, .size_bytes = original.size_bytes};
    if (kind == GeneratedFile::Kind::truncated) {
        copy.size_bytes = original.size_bytes * 3 / 5;
        fs::resize_file(path, copy.size_bytes, code);
        if (code) {
            return file_error("cut off", path, code.value());
        }
    }
    return copy;
}

Result<void> check_files(const LogFilesOptions& options) {
    if (options.files_per_day < 1 || Slot::per_day % options.files_per_day != 0) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("files a day {}: give a divisor of 48", options.files_per_day)};
    }
    for (const double share : {options.redelivered_share, options.truncated_share}) {
        if (!(share >= 0.0 && share <= 1.0)) {
            return Error{ErrorKind::invalid_input,
                         fmt::format("share of files {}: a share is between 0 and 1", share)};
        }
    }
    std::error_code code;
    fs::create_directories(options.directory, code);
    if (code) {
        return file_error("make directory", options.directory, code.value());
    }
    return {};
}

}  // namespace

LineSink sink_to(std::FILE* file, const fs::path& path) {
    return [file, path](std::string_view block) -> Result<void> {
        if (std::fwrite(block.data(), 1, block.size(), file) != block.size()) {
            return file_error("write", path, errno);
        }
        return {};
    };
}

Result<GeneratedFile> write_log_file(const LogGenerator& generator,
                                     const fs::path& path,
                                     Packing packing,
                                     GeneratedTruth* truth) {
    return write_records(generator, 0, generator.record_count(), path, packing, truth);
}

Result<std::vector<GeneratedFile>> write_log_files(const LogGenerator& generator,
                                                   const LogFilesOptions& options,
                                                   GeneratedTruth* truth,
                                                   const FilesProgress& progress) {
    TIDEMARK_RETURN_IF_ERROR(check_files(options));
    const GenerateOptions& lines = generator.options();
    const int slots_per_file = Slot::per_day / options.files_per_day;
    const int days = lines.to.days_since_epoch() - lines.from.days_since_epoch();
    const int file_count = days * options.files_per_day;
    const std::string suffix(suffix_of(options.packing));
    RandomStream random(lines.seed, "files");
    std::vector<GeneratedFile> files;
    for (int number = 0; number < file_count; ++number) {
        const std::int64_t slot = std::int64_t{number} * slots_per_file;
        const UtcDay day = lines.from.plus_days(number / options.files_per_day);
        FilePlace place{.slot = Slot::of_day(day, static_cast<int>(slot % Slot::per_day)),
                        .number = number % options.files_per_day + 1,
                        .bits = random.next()};
        const bool redelivered = random.chance(options.redelivered_share);
        const bool truncated = random.chance(options.truncated_share);
        const std::string name = name_of(lines.format, place);
        TIDEMARK_ASSIGN_OR_RETURN(const GeneratedFile original,
                                  write_records(generator,
                                                generator.first_record_of(slot),
                                                generator.first_record_of(slot + slots_per_file),
                                                options.directory / (name + suffix),
                                                options.packing,
                                                truth));
        files.push_back(original);
        if (redelivered) {
            const std::string copy_name = "again-" + name + suffix;
            TIDEMARK_ASSIGN_OR_RETURN(
                GeneratedFile copy,
                copy_of(original, options.directory / copy_name, GeneratedFile::Kind::redelivered));
            files.push_back(std::move(copy));
        }
        if (truncated) {
            const std::string copy_name = "cut-" + name + suffix;
            TIDEMARK_ASSIGN_OR_RETURN(
                GeneratedFile copy,
                copy_of(original, options.directory / copy_name, GeneratedFile::Kind::truncated));
            files.push_back(std::move(copy));
        }
        if (progress) {
            progress(static_cast<std::size_t>(number) + 1, static_cast<std::size_t>(file_count));
        }
    }
    return files;
}

}  // namespace tidemark
