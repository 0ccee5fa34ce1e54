#pragma once
// Generated logs as a feed delivers them: many files a day, compressed, some of them twice, some
// cut off.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "generate/compressor.h"
#include "generate/log_generator.h"

namespace tidemark {

struct LogFilesOptions {
    std::filesystem::path directory;  // made when it is not there
    int files_per_day = 48;           // a divisor of 48: files begin with slots
    Packing packing = Packing::none;
    double redelivered_share = 0;  // files that come a second time under another name
    double truncated_share = 0;    // files of which a cut-off copy lies beside the whole one
};

struct GeneratedFile {
    enum class Kind : std::uint8_t { original, redelivered, truncated };
    std::filesystem::path path;
    Kind kind = Kind::original;
    std::uint64_t size_bytes = 0;  // as stored
};

// After every file, for progress bars: files written so far and in all.
using FilesProgress = std::function<void(std::size_t written, std::size_t all)>;

// Writes the files of every day, named as the format's vendor names them, in order of time; copies
// follow their originals. `truth` may be nullptr and counts every original once. Files that exist
// are replaced. Fails with invalid_input for options out of range and unavailable when the disk
// refuses (the message names the file).
Result<std::vector<GeneratedFile>> write_log_files(const LogGenerator& generator,
                                                   const LogFilesOptions& options,
                                                   GeneratedTruth* truth,
                                                   const FilesProgress& progress);

// One file, for a generator whose lines all go to `path`.
Result<GeneratedFile> write_log_file(const LogGenerator& generator,
                                     const std::filesystem::path& path,
                                     Packing packing,
                                     GeneratedTruth* truth);

// A sink that writes to an open file; fails with unavailable, naming `path`.
LineSink sink_to(std::FILE* file, const std::filesystem::path& path);

}  // namespace tidemark
