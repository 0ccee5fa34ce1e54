#pragma once
// Compressing generated files on the way to disk.

#include <memory>
#include <string_view>

#include "base/result.h"
#include "generate/log_generator.h"

namespace tidemark {

enum class Packing : std::uint8_t { none, gzip, zstd };

// "none", "gzip", "zstd"; fails with invalid_input for another.
Result<Packing> parse_packing(std::string_view text);
// "", ".gz", ".zst"
std::string_view suffix_of(Packing packing);

// One file at a time: write() pieces, then finish(). The sink's errors come through.
class Compressor {
 public:
    // At the fastest level of each library.
    static std::unique_ptr<Compressor> make(Packing packing, LineSink sink);

    Compressor() = default;
    Compressor(const Compressor&) = delete;
    Compressor& operator=(const Compressor&) = delete;
    virtual ~Compressor() = default;

    virtual Result<void> write(std::string_view piece) = 0;
    // Writes the end of the file.
    virtual Result<void> finish() = 0;
};

}  // namespace tidemark
