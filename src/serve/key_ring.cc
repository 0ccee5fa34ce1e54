#include "serve/key_ring.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "serve/access_token.h"
#include "serve/api_key.h"

namespace tidemark {

namespace {

// What follows "Bearer " (RFC 6750); nothing when that is not what the one field says.
std::optional<std::string_view> bearer_of(const http::RequestHead& head) {
    constexpr std::string_view scheme = "bearer ";
    const auto lower = [](char character) {
        return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a')
                                                    : character;
    };
    const std::string_view field = head.fields.find("Authorization").value_or("");
    if (head.fields.count("Authorization") != 1 || field.size() < scheme.size() ||
        !std::ranges::equal(field.substr(0, scheme.size()), scheme, {}, lower)) {
        return std::nullopt;
    }
    return field.substr(scheme.size());
}

bool has_come(const std::optional<Timestamp>& instant, Timestamp now) {
    return instant.has_value() && now >= *instant;
}

}  // namespace

std::string_view to_string(KeyRefusal refusal) {
    switch (refusal) {
        case KeyRefusal::missing:
            return "missing";
        case KeyRefusal::unknown:
            return "unknown";
        case KeyRefusal::expired:
            return "expired";
        case KeyRefusal::revoked:
            return "revoked";
        case KeyRefusal::rate:
            break;
    }
    return "rate";
}

http::Problem problem_of(KeyRefusal refusal) {
    if (refusal == KeyRefusal::rate) {
        return {.status = 429,
                .detail = "the key was used more often than it may; come again later"};
    }
    return {.status = 401,
            .detail =
                "header Authorization: expected Bearer and a key that is neither revoked nor "
                "expired; tidemark keys create makes one",
            .field = "Authorization"};
}

void KeyRing::replace(std::vector<ApiKey> keys) {
    std::map<std::string, std::shared_ptr<const ApiKey>, std::less<>> by_id;
    for (ApiKey& key : keys) {
        auto shared = std::make_shared<const ApiKey>(std::move(key));
        by_id.emplace(shared->id, shared);
    }
    const std::lock_guard lock(mutex_);
    keys_.swap(by_id);
}

bool KeyRing::asks() const {
    const std::lock_guard lock(mutex_);
    return !keys_.empty();
}

std::variant<Access, KeyRefusal> KeyRing::admit(const http::RequestHead& head) {
    if (!asks()) {
        return Access();
    }
    const std::optional<std::string_view> bearer = bearer_of(head);
    if (!bearer.has_value()) {
        return KeyRefusal::missing;
    }
    const Timestamp now = clock_.now();
    std::shared_ptr<const ApiKey> key =
        bearer->starts_with(token_prefix) ? prove_token(*bearer, now) : prove_key(*bearer);
    if (key == nullptr) {
        return KeyRefusal::unknown;
    }
    if (has_come(key->revoked_at, now)) {
        return KeyRefusal::revoked;
    }
    if (has_come(key->expires_at, now)) {
        return KeyRefusal::expired;
    }
    if (!spend(*key, now)) {
        return KeyRefusal::rate;
    }
    return Access(std::move(key));
}

std::shared_ptr<const ApiKey> KeyRing::find(std::string_view id) const {
    const std::lock_guard lock(mutex_);
    const auto found = keys_.find(id);
    return found == keys_.end() ? nullptr : found->second;
}

std::shared_ptr<const ApiKey> KeyRing::prove_key(std::string_view text) const {
    const KeyParts parts = parts_of_key(text);
    const std::string given = digest_of_secret(parts.secret);
    std::shared_ptr<const ApiKey> key = find(parts.id);
    // Compared in any case, so that an unknown id takes as long as a known one.
    const std::string none(given.size(), '0');
    const bool same = same_digest(given, key == nullptr ? none : key->secret_digest);
    return same ? key : nullptr;
}

std::shared_ptr<const ApiKey> KeyRing::prove_token(std::string_view text, Timestamp now) const {
    const std::optional<SignedToken> token = parse_token(text);
    const std::shared_ptr<const ApiKey> key =
        token.has_value() ? find(token->claims.key_id) : nullptr;
    if (key == nullptr || !is_signed_by(*token, key->token_key) ||
        token->claims.expires_at > now + token_life_max) {
        return nullptr;
    }
    std::optional<ApiKey> narrow = narrow_key(*key, token->claims);
    return narrow.has_value() ? std::make_shared<const ApiKey>(*std::move(narrow)) : nullptr;
}

bool KeyRing::spend(const ApiKey& key, Timestamp now) {
    if (key.requests_per_minute == 0) {
        return true;
    }
    const std::lock_guard lock(mutex_);
    const auto rate = static_cast<double>(key.requests_per_minute);
    const auto [entry, is_new] =
        allowances_.try_emplace(key.id, Allowance{.left = rate, .filled_at = now});
    Allowance& allowance = entry->second;
    const std::chrono::duration<double, std::ratio<60>> minutes = now - allowance.filled_at;
    allowance.left = std::min(rate, allowance.left + rate * minutes.count());
    allowance.filled_at = now;
    if (allowance.left < 1) {
        return false;
    }
    allowance.left -= 1;
    return true;
}

}  // namespace tidemark
