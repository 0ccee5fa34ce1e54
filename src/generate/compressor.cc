#include "generate/compressor.h"

#include <array>
#include <vector>

#include <fmt/format.h>
#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include "base/check.h"
#include "base/nearest_name.h"

namespace tidemark {

namespace {

constexpr std::array<std::string_view, 3> packing_texts = {"none", "gzip", "zstd"};
constexpr std::array<std::string_view, 3> packing_suffixes = {"", ".gz", ".zst"};
constexpr std::size_t block_bytes = std::size_t{256} << 10U;

class Plain final : public Compressor {
 public:
    explicit Plain(LineSink sink) : sink_(std::move(sink)) {}

    Result<void> write(std::string_view piece) override { return sink_(piece); }
    Result<void> finish() override { return {}; }

 private:
    LineSink sink_;
};

class Gzip final : public Compressor {
 public:
    explicit Gzip(LineSink sink)
        : sink_(std::move(sink)), output_(block_bytes), level_buffer_(ISAL_DEF_LVL1_DEFAULT) {
        isal_deflate_init(&stream_);
        stream_.gzip_flag = IGZIP_GZIP;
        stream_.level = 1;
        stream_.level_buf = level_buffer_.data();
        stream_.level_buf_size = static_cast<std::uint32_t>(level_buffer_.size());
    }

    Result<void> write(std::string_view piece) override {
        // ISA-L reads only, but takes a pointer to what could be written.
        stream_.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(piece.data()));
        stream_.avail_in = static_cast<std::uint32_t>(piece.size());
        while (stream_.avail_in > 0) {
            TIDEMARK_RETURN_IF_ERROR(deflate_some());
        }
        return {};
    }

    Result<void> finish() override {
        stream_.end_of_stream = 1;
        stream_.avail_in = 0;
        while (stream_.internal_state.state != ZSTATE_END) {
            TIDEMARK_RETURN_IF_ERROR(deflate_some());
        }
        return {};
    }

 private:
    Result<void> deflate_some() {
        stream_.next_out = output_.data();
        stream_.avail_out = static_cast<std::uint32_t>(output_.size());
        TIDEMARK_CHECK(isal_deflate(&stream_) == COMP_OK);
        const std::size_t size = output_.size() - stream_.avail_out;
        if (size == 0) {
            return {};
        }
        return sink_({reinterpret_cast<const char*>(output_.data()), size});
    }

    LineSink sink_;
    isal_zstream stream_{};
    std::vector<std::uint8_t> output_;
    std::vector<std::uint8_t> level_buffer_;
};

class Zstd final : public Compressor {
 public:
    explicit Zstd(LineSink sink)
        : sink_(std::move(sink)), context_(ZSTD_createCCtx()), output_(block_bytes) {
        TIDEMARK_CHECK(context_ != nullptr);
        ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, 1);
    }

    Result<void> write(std::string_view piece) override {
        ZSTD_inBuffer input{.src = piece.data(), .size = piece.size(), .pos = 0};
        while (input.pos < input.size) {
            TIDEMARK_RETURN_IF_ERROR(compress_some(input, ZSTD_e_continue));
        }
        return {};
    }

    Result<void> finish() override {
        ZSTD_inBuffer input{.src = nullptr, .size = 0, .pos = 0};
        std::size_t remaining = 1;
        while (remaining > 0) {
            TIDEMARK_ASSIGN_OR_RETURN(remaining, compress_some(input, ZSTD_e_end));
        }
        return {};
    }

 private:
    struct FreeContext {
        void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
    };

    // How many bytes the library still holds back.
    Result<std::size_t> compress_some(ZSTD_inBuffer& input, ZSTD_EndDirective directive) {
        ZSTD_outBuffer output{.dst = output_.data(), .size = output_.size(), .pos = 0};
        const std::size_t remaining =
            ZSTD_compressStream2(context_.get(), &output, &input, directive);
        TIDEMARK_CHECK(ZSTD_isError(remaining) == 0);
        if (output.pos > 0) {
            TIDEMARK_RETURN_IF_ERROR(sink_({output_.data(), output.pos}));
        }
        return remaining;
    }

    LineSink sink_;
    std::unique_ptr<ZSTD_CCtx, FreeContext> context_;
    std::vector<char> output_;
};

}  // namespace

Result<Packing> parse_packing(std::string_view text) {
    for (std::size_t index = 0; index < packing_texts.size(); ++index) {
        if (packing_texts[index] == text) {
            return static_cast<Packing>(index);
        }
    }
    return Error{
        ErrorKind::invalid_input,
        fmt::format("unknown compression '{}'{}", text, did_you_mean(text, packing_texts))};
}

std::string_view suffix_of(Packing packing) {
    return packing_suffixes[static_cast<std::size_t>(packing)];
}

std::unique_ptr<Compressor> Compressor::make(Packing packing, LineSink sink) {
    switch (packing) {
        case Packing::none:
            return std::make_unique<Plain>(std::move(sink));
        case Packing::gzip:
            return std::make_unique<Gzip>(std::move(sink));
        case Packing::zstd:
            return std::make_unique<Zstd>(std::move(sink));
    }
    TIDEMARK_CHECK(false);
}

}  // namespace tidemark
