#pragma once
// The dashboard's files as the binary carries them. Made from web/ when the program is built
// (cmake/embed_dashboard.cmake).

#include <span>
#include <string_view>

namespace tidemark {

struct Asset {
    std::string_view path;  // "/assets/index-BxY3k2.js"; "/index.html" is the page itself
    std::string_view media_type;
    std::string_view entity_tag;  // weak: of the content, however it is packed
    std::string_view bytes;
    std::string_view gzip;  // the same, packed
};

// In no order; they live as long as the program.
std::span<const Asset> dashboard_assets();

}  // namespace tidemark
