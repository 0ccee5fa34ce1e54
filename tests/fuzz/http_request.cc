// What the other side says, read by all that reads it before a store is asked: the target, the
// fields that are lists, keys and tokens, a batch as JSON.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/check.h"
#include "http/media_type.h"
#include "http/target.h"
#include "serve/access_token.h"
#include "serve/api_key.h"
#include "serve/json_batch.h"

namespace {

using namespace tidemark;

void check_target(std::string_view text) {
    const Result<http::Target> target = http::parse_target(text);
    if (!target.has_value()) {
        return;
    }
    TIDEMARK_CHECK(target->raw == text);
    for (const std::string& segment : target->segments) {
        TIDEMARK_CHECK(!segment.empty() && segment != "." && segment != "..");
        TIDEMARK_CHECK(segment.find('\0') == std::string::npos);
        TIDEMARK_CHECK(segment.find('\n') == std::string::npos);
    }
}

void check_fields(std::string_view text) {
    constexpr std::array<std::string_view, 2> offers{"application/json", "text/csv"};
    const auto chosen = http::choose_media_type(text, offers);
    TIDEMARK_CHECK(!chosen.has_value() || *chosen == offers[0] || *chosen == offers[1]);
    (void)http::names_entity_tag(text, "W/\"a\"");
    TIDEMARK_CHECK(http::bare_media_type(text).size() <= text.size());
}

void check_bearer(std::string_view text) {
    const KeyParts parts = parts_of_key(text);
    TIDEMARK_CHECK(parts.id.size() + parts.secret.size() <= text.size());
    const std::optional<SignedToken> token = parse_token(text);
    if (token.has_value()) {
        TIDEMARK_CHECK(text.starts_with(token->signed_text) && !token->claims.subjects.empty());
        TIDEMARK_CHECK(!is_signed_by(*token, std::string(64, '1')));
    }
}

// Rows come whole: together they are no longer than the text, and none spans lines.
void check_json_batch(std::string_view text) {
    std::size_t size = 0;
    const Result<JsonBatch> batch =
        read_json_batch(text, "rows", [&size](std::string_view row) -> Result<void> {
            TIDEMARK_CHECK(!row.empty() && row.find('\n') == std::string_view::npos);
            size += row.size();
            return {};
        });
    TIDEMARK_CHECK(size <= text.size());
    TIDEMARK_CHECK(batch.has_value() || batch.error().kind == ErrorKind::invalid_input);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(bytes), size);
    check_target(text);
    check_fields(text);
    check_bearer(text);
    check_json_batch(text);
    return 0;
}
