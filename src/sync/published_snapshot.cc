#include "sync/published_snapshot.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/content_hash.h"
#include "sync/json_object.h"
#include "sync/snapshot_json.h"

namespace tidemark {

namespace {

constexpr std::string_view head = R"({"schema":1,"checksum":")";
constexpr std::string_view middle = R"(","body":)";
constexpr std::size_t checksum_length = 32;

std::string checksum_of(std::string_view body) {
    ContentHasher hasher;
    hasher.update(body);
    return hasher.finish().to_string();
}

Error unbelievable(std::string_view why) {
    return {ErrorKind::corrupt,
            fmt::format("published snapshot: {}; the next cycle of `tidemark sync` writes it anew",
                        why)};
}

Result<PublishedSnapshot> read_body(std::string_view body) {
    TIDEMARK_ASSIGN_OR_RETURN(const nlohmann::json value, parse_json(body, "body"));
    JsonObject object(value, "");
    PublishedSnapshot published;
    std::int64_t period_ms = 0;
    object.read("generation", published.fence.generation);
    object.read("epoch", published.fence.epoch);
    object.read("seq", published.fence.seq);
    object.read("worker", published.worker);
    object.read("period_ms", period_ms);
    published.period = std::chrono::milliseconds(period_ms);
    object.require("snapshot");
    if (const nlohmann::json* snapshot = object.find("snapshot"); snapshot != nullptr) {
        TIDEMARK_ASSIGN_OR_RETURN(published.snapshot, snapshot_of(*snapshot, "snapshot"));
    }
    TIDEMARK_RETURN_IF_ERROR(object.finish(JsonObject::Unknown::ignored));
    return published;
}

}  // namespace

std::string publish_text(const PublishedSnapshot& published) {
    const std::string body = fmt::format(
        R"({{"generation":{},"epoch":{},"seq":{},"worker":{},"period_ms":{},"snapshot":{}}})",
        published.fence.generation,
        published.fence.epoch,
        published.fence.seq,
        nlohmann::json(published.worker)
            .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
        published.period.count(),
        snapshot_json(published.snapshot));
    return fmt::format("{}{}{}{}}}", head, checksum_of(body), middle, body);
}

Result<PublishedSnapshot> parse_published(std::string_view text) {
    const std::size_t body_begin = head.size() + checksum_length + middle.size();
    if (text.size() <= body_begin || !text.starts_with(head) || !text.ends_with('}') ||
        text.substr(head.size() + checksum_length, middle.size()) != middle) {
        return unbelievable("cut, or of another schema");
    }
    const std::string_view body = text.substr(body_begin, text.size() - body_begin - 1);
    if (checksum_of(body) != text.substr(head.size(), checksum_length)) {
        return unbelievable("its checksum is wrong");
    }
    Result<PublishedSnapshot> published = read_body(body);
    if (!published.has_value()) {
        return unbelievable(published.error().message);
    }
    return published;
}

}  // namespace tidemark
