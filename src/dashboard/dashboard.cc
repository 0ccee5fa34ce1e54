#include "dashboard/dashboard.h"

#include <algorithm>
#include <array>
#include <string>

#include "dashboard/assets.h"
#include "http/media_type.h"

namespace tidemark {

namespace {

// The page answers at each of them, so that a link into it can be opened; it finds its way itself.
constexpr std::array<std::string_view, 7> page_paths{
    "/", "/usage", "/subject", "/top", "/sources", "/runs", "/rejected"};

constexpr const char* security_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

// Its name holds a digest of its content: under this name it never changes.
constexpr const char* kept_for_ever = "public, max-age=31536000, immutable";

std::string_view path_of(const http::RequestHead& head) {
    const std::string_view raw = head.target.raw;
    return raw.substr(0, raw.find('?'));
}

const Asset* find_asset(std::string_view path) {
    const bool page = std::ranges::find(page_paths, path) != page_paths.end();
    const std::string_view wanted = page ? "/index.html" : path;
    const auto assets = dashboard_assets();
    const auto found = std::ranges::find(assets, wanted, &Asset::path);
    return found == assets.end() ? nullptr : &*found;
}

bool takes_gzip(const http::RequestHead& head) {
    // A list like that of Accept.
    constexpr std::array<std::string_view, 1> offers{"gzip"};
    const auto accepted = head.fields.find("Accept-Encoding");
    return accepted.has_value() && !accepted->empty() &&
           http::choose_media_type(accepted, offers).has_value();
}

}  // namespace

std::optional<http::Response> find_dashboard_file(const http::RequestHead& head) {
    const Asset* asset = head.method == "GET" ? find_asset(path_of(head)) : nullptr;
    if (asset == nullptr) {
        return std::nullopt;
    }
    http::Response response = http::text_response(200, asset->media_type, "");
    response.fields.set("ETag", std::string(asset->entity_tag));
    response.fields.set("Cache-Control",
                        asset->path.starts_with("/assets/") ? kept_for_ever : "no-cache");
    response.fields.set("Vary", "Accept-Encoding");
    response.fields.set("Content-Security-Policy", security_policy);
    response.fields.set("X-Content-Type-Options", "nosniff");
    response.fields.set("Referrer-Policy", "no-referrer");
    if (http::names_entity_tag(head.fields.find("If-None-Match").value_or(""), asset->entity_tag)) {
        response.status = 304;
        return response;
    }
    const bool packed = takes_gzip(head);
    if (packed) {
        response.fields.set("Content-Encoding", "gzip");
    }
    response.body = packed ? asset->gzip : asset->bytes;
    return response;
}

}  // namespace tidemark
