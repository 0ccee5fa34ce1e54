#include "serve/body_source.h"

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "http/media_type.h"

namespace tidemark {

namespace {

class BodySource final : public ByteSource {
 public:
    explicit BodySource(const http::RequestBody& body) : body_(body) {}

    Result<std::size_t> read(std::span<char> into) override {
        TIDEMARK_ASSIGN_OR_RETURN(const std::size_t got, body_.read_at(offset_, into));
        offset_ += got;
        return got;
    }

    [[nodiscard]] std::uint64_t bytes_read() const override { return offset_; }

 private:
    const http::RequestBody& body_;
    std::uint64_t offset_ = 0;
};

}  // namespace

Result<std::unique_ptr<ByteSource>> open_body(const http::RequestBody& body,
                                              std::string_view encoding,
                                              std::uint64_t expanded_bytes_max) {
    auto stored = std::make_unique<BodySource>(body);
    const UnpackingLimits limits{.expanded_bytes_max = expanded_bytes_max,
                                 .accept_truncated = false};
    const std::string name = http::bare_media_type(encoding);
    if (name.empty() || name == "identity") {
        return std::unique_ptr<ByteSource>(std::move(stored));
    }
    if (name == "gzip") {
        return make_gzip_source(std::move(stored), "request body", limits);
    }
    if (name == "zstd") {
        return make_zstd_source(std::move(stored), "request body", limits);
    }
    return Error{
        ErrorKind::invalid_input,
        fmt::format("header Content-Encoding '{}': expected gzip, zstd or identity", encoding)};
}

Result<std::string> read_whole(ByteSource& source, std::size_t bytes_max) {
    std::string text;
    std::vector<char> chunk(std::size_t{64} << 10U);
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const std::size_t got, source.read(chunk));
        if (got == 0) {
            return text;
        }
        if (text.size() + got > bytes_max) {
            return Error{ErrorKind::invalid_input,
                         fmt::format("request body: longer than {} bytes; send rows as "
                                     "application/x-ndjson or text/csv",
                                     bytes_max)};
        }
        text.append(chunk.data(), got);
    }
}

}  // namespace tidemark
