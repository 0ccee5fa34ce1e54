#pragma once
// Which of the forms of an answer the other side wants, and which form a body says it has.

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tidemark::http {

// The offer that an Accept field prefers (RFC 9110 section 12.5.1, with wildcards and q), the
// earlier one among equals; the first one without a field. Nothing when none is acceptable.
std::optional<std::string_view> choose_media_type(std::optional<std::string_view> accept,
                                                  std::span<const std::string_view> offers);

// "zstd", "gzip" or "identity": the content coding that an Accept-Encoding field prefers (RFC 9110
// section 12.5.3), zstd among equals; "identity" without a field.
std::string_view choose_encoding(std::optional<std::string_view> accept_encoding);

// "text/csv" of "Text/CSV; charset=utf-8".
std::string bare_media_type(std::string_view content_type);

// Whether an If-None-Match field names the entity tag, compared weakly, or is "*".
bool names_entity_tag(std::string_view if_none_match, std::string_view entity_tag);

}  // namespace tidemark::http
