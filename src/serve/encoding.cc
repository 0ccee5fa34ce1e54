#include "serve/encoding.h"

#include <cstdint>
#include <vector>

#include <isa-l/igzip_lib.h>
#include <zstd.h>

#include "base/check.h"
#include "http/media_type.h"

namespace tidemark {

namespace {

// Smaller ones fit into one packet as they are.
constexpr std::size_t body_bytes_min = 1024;
constexpr int zstd_level = 3;

bool is_text(std::string_view content_type) {
    const std::string type = http::bare_media_type(content_type);
    return type.starts_with("text/") || type.starts_with("application/json") ||
           type.ends_with("+json") || type == "application/x-ndjson";
}

// Level 1 of ISA-L: several times faster than zlib, and nearly as small.
std::string packed_by_gzip(std::string& body) {
    std::vector<std::uint8_t> levels(ISAL_DEF_LVL1_DEFAULT);
    isal_zstream stream{};
    isal_deflate_init(&stream);
    stream.gzip_flag = IGZIP_GZIP;
    stream.level = 1;
    stream.level_buf = levels.data();
    stream.level_buf_size = static_cast<std::uint32_t>(levels.size());
    stream.end_of_stream = 1;
    stream.next_in = reinterpret_cast<std::uint8_t*>(body.data());
    stream.avail_in = static_cast<std::uint32_t>(body.size());
    std::string packed;
    while (stream.internal_state.state != ZSTATE_END) {
        const std::size_t size = packed.size();
        packed.resize(size + body.size() / 4 + 1024);
        stream.next_out = reinterpret_cast<std::uint8_t*>(packed.data() + size);
        stream.avail_out = static_cast<std::uint32_t>(packed.size() - size);
        TIDEMARK_CHECK(isal_deflate(&stream) == COMP_OK);
        packed.resize(packed.size() - stream.avail_out);
    }
    return packed;
}

std::string packed_by_zstd(const std::string& body) {
    std::string packed(ZSTD_compressBound(body.size()), '\0');
    const std::size_t size =
        ZSTD_compress(packed.data(), packed.size(), body.data(), body.size(), zstd_level);
    TIDEMARK_CHECK(ZSTD_isError(size) == 0);
    packed.resize(size);
    return packed;
}

}  // namespace

void encode(const http::RequestHead& head, http::Response& response) {
    const bool packable = response.body.size() >= body_bytes_min &&
                          response.body.size() < UINT32_MAX &&
                          !response.fields.find("Content-Encoding").has_value() &&
                          is_text(response.fields.find("Content-Type").value_or(""));
    if (!packable) {
        return;
    }
    std::string vary(response.fields.find("Vary").value_or(""));
    response.fields.set("Vary", vary + (vary.empty() ? "" : ", ") + "Accept-Encoding");
    const std::string_view encoding = http::choose_encoding(head.fields.find("Accept-Encoding"));
    if (encoding == "identity") {
        return;
    }
    response.body =
        encoding == "gzip" ? packed_by_gzip(response.body) : packed_by_zstd(response.body);
    response.fields.set("Content-Encoding", std::string(encoding));
}

}  // namespace tidemark
