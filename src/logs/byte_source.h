#pragma once
// ByteSource: a file's content as a stream of bytes, unpacked when it is compressed.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"

namespace tidemark {

// One thread at a time.
class ByteSource {
 public:
    ByteSource() = default;
    ByteSource(const ByteSource&) = delete;
    ByteSource& operator=(const ByteSource&) = delete;
    virtual ~ByteSource() = default;

    // Fills `into` (not empty) from its beginning, perhaps not to its end; 0 when nothing is left.
    // Fails as LogReader::read() does, and with unavailable when the medium cannot be read.
    virtual Result<std::size_t> read(std::span<char> into) = 0;

    // So far, as stored.
    [[nodiscard]] virtual std::uint64_t bytes_read() const = 0;

    // After the end: the compressed content was cut off, and what came is only a part.
    [[nodiscard]] virtual bool truncated() const { return false; }

    // False for content that is handed on as it is stored, so that reading ahead gains nothing.
    [[nodiscard]] virtual bool unpacks() const { return false; }
};

struct UnpackingLimits {
    std::uint64_t expanded_bytes_max = 0;  // beyond it a compressed content is refused
    bool accept_truncated = false;         // a cut-off content ends where it can be read no more
};

// Opens a file, or standard input as "-", and tells gzip and zstd by their first bytes.
Result<std::unique_ptr<ByteSource>> open_byte_source(const std::string& path,
                                                     const UnpackingLimits& limits);

// The unpackers by themselves. `name` is for error messages.
std::unique_ptr<ByteSource> make_gzip_source(std::unique_ptr<ByteSource> packed,
                                             std::string name,
                                             const UnpackingLimits& limits);
std::unique_ptr<ByteSource> make_zstd_source(std::unique_ptr<ByteSource> packed,
                                             std::string name,
                                             const UnpackingLimits& limits);

// Reads `inner` in a thread of its own, a bounded number of buffers ahead of the caller.
std::unique_ptr<ByteSource> make_read_ahead(std::unique_ptr<ByteSource> inner);

}  // namespace tidemark
