// Zstandard (RFC 8878), one frame after another.

#include <fmt/format.h>
#include <zstd.h>

#include "base/check.h"
#include "logs/unpacking.h"

namespace tidemark {

namespace {

struct FreeContext {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// Frames that ask for a window beyond zstd's default of 128 MB are refused by the library, which
// bounds the memory.
class ZstdSource final : public UnpackingSource {
 public:
    ZstdSource(std::unique_ptr<ByteSource> packed, std::string name, const UnpackingLimits& limits)
        : UnpackingSource(std::move(packed), std::move(name), limits), context_(ZSTD_createDCtx()) {
        TIDEMARK_CHECK(context_ != nullptr);
    }

 protected:
    Result<std::size_t> unpack(std::span<char> into) override {
        if (packed().empty() && at_boundary()) {
            return 0;
        }
        ZSTD_inBuffer input{packed().data(), packed().size(), 0};
        ZSTD_outBuffer output{into.data(), into.size(), 0};
        const std::size_t outcome = ZSTD_decompressStream(context_.get(), &output, &input);
        take(input.pos);
        if (ZSTD_isError(outcome) != 0) {
            return damaged(
                fmt::format("the zstd content is damaged: {}", ZSTD_getErrorName(outcome)));
        }
        wanted_ = outcome;
        return output.pos;
    }

    // The library asks for 0 more bytes exactly when a frame is complete and given out.
    [[nodiscard]] bool at_boundary() const override { return wanted_ == 0; }

 private:
    std::unique_ptr<ZSTD_DCtx, FreeContext> context_;
    std::size_t wanted_ = 1;
};

}  // namespace

std::unique_ptr<ByteSource> make_zstd_source(std::unique_ptr<ByteSource> packed,
                                             std::string name,
                                             const UnpackingLimits& limits) {
    return std::make_unique<ZstdSource>(std::move(packed), std::move(name), limits);
}

}  // namespace tidemark
