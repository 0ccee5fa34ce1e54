#include "store/key_store.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/nearest_name.h"

namespace tidemark {

namespace {

constexpr std::array<std::string_view, 3> scope_names{"ingest", "read", "admin"};
constexpr char separator = '\n';

std::string joined(const KeyNames& texts) {
    std::string all;
    for (const std::string& text : texts) {
        all += all.empty() ? "" : std::string(1, separator);
        all += text;
    }
    return all;
}

KeyNames parted(std::string_view all) {
    KeyNames texts;
    while (!all.empty()) {
        const std::size_t end = std::min(all.find(separator), all.size());
        texts.emplace(all.substr(0, end));
        all.remove_prefix(std::min(end + 1, all.size()));
    }
    return texts;
}

std::optional<std::int64_t> us_of(const std::optional<Timestamp>& instant) {
    return instant.has_value() ? std::optional(instant->time_since_epoch().count()) : std::nullopt;
}

std::optional<Timestamp> instant_of(const std::optional<std::int64_t>& us) {
    return us.has_value() ? std::optional(Timestamp(std::chrono::microseconds(*us))) : std::nullopt;
}

Result<void> check_id(const std::vector<ApiKey>& known, std::string_view id) {
    if (std::ranges::find(known, id, &ApiKey::id) == known.end()) {
        return {};
    }
    return Error{ErrorKind::refused, fmt::format("key '{}': is there already", id)};
}

}  // namespace

std::string_view to_string(KeyScope scope) {
    return scope_names.at(static_cast<std::size_t>(scope));
}

Result<KeyScope> parse_key_scope(std::string_view text) {
    const auto* const found = std::ranges::find(scope_names, text);
    if (found == scope_names.end()) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("scope '{}': expected ingest, read or admin{}",
                                 text,
                                 did_you_mean(text, scope_names))};
    }
    return static_cast<KeyScope>(found - scope_names.begin());
}

KeyRow row_of(const ApiKey& key) {
    KeyNames scopes;
    for (const KeyScope scope : key.scopes) {
        scopes.emplace(to_string(scope));
    }
    return {.id = key.id,
            .name = key.name,
            .secret_digest = key.secret_digest,
            .token_key = key.token_key,
            .scopes = joined(scopes),
            .datasets = joined(key.datasets),
            .subjects = joined(key.subjects),
            .requests_per_minute = key.requests_per_minute,
            .created_us = key.created_at.time_since_epoch().count(),
            .expires_us = us_of(key.expires_at),
            .revoked_us = us_of(key.revoked_at)};
}

Result<ApiKey> key_of(const KeyRow& row) {
    ApiKey key{.id = row.id,
               .name = row.name,
               .secret_digest = row.secret_digest,
               .token_key = row.token_key,
               .scopes = {},
               .datasets = parted(row.datasets),
               .subjects = parted(row.subjects),
               .requests_per_minute = row.requests_per_minute,
               .created_at = Timestamp(std::chrono::microseconds(row.created_us)),
               .expires_at = instant_of(row.expires_us),
               .revoked_at = instant_of(row.revoked_us)};
    for (const std::string& name : parted(row.scopes)) {
        const Result<KeyScope> scope = parse_key_scope(name);
        if (!scope.has_value()) {
            return Error{ErrorKind::corrupt,
                         fmt::format("key '{}': {}", row.id, scope.error().message)};
        }
        key.scopes.insert(*scope);
    }
    return key;
}

Result<void> check_new_key(const std::vector<ApiKey>& known, const ApiKey& key) {
    TIDEMARK_RETURN_IF_ERROR(check_id(known, key.id));
    const auto same = std::ranges::find(known, key.name, &ApiKey::name);
    if (same != known.end()) {
        return Error{ErrorKind::refused,
                     fmt::format("name '{}': key {} has it; rotate that one, or choose another",
                                 key.name,
                                 same->id)};
    }
    return {};
}

Result<void> check_rotation(const std::vector<ApiKey>& known,
                            std::string_view id,
                            const ApiKey& key) {
    const auto old = std::ranges::find(known, id, &ApiKey::id);
    if (old == known.end()) {
        return no_such_key(id);
    }
    if (old->name != key.name) {
        return Error{
            ErrorKind::refused,
            fmt::format("name '{}': key {} has the name '{}'", key.name, old->id, old->name)};
    }
    return check_id(known, key.id);
}

Error no_such_key(std::string_view id) {
    return {ErrorKind::not_found,
            fmt::format("key '{}': there is none; tidemark keys list shows them", id)};
}

}  // namespace tidemark
