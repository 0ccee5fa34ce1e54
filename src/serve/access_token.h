#pragma once
// Access tokens: what the holder of a key gives to one customer's page, so that it can read that
// customer's usage for a while and nothing else.
//
// A token is "tdt_ID_EXPIRES_DATASETS_SUBJECTS_SIGNATURE": the key's id, seconds since 1970, two
// lists, their names parted by line ends (datasets empty: all of the key's), and the signature of
// all before its own '_', lists and signature in hexadecimal. It is signed with Ed25519 (RFC 8032)
// by a private key that is derived from the key's secret, so that whoever holds the key makes
// tokens by himself; the store keeps the public key alone, by which none can be made.

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "store/key_store.h"

namespace tidemark {

inline constexpr std::string_view token_prefix = "tdt_";

// A token that opens for longer is refused, whoever signed it.
inline constexpr std::chrono::hours token_life_max{24};

struct TokenClaims {
    std::string key_id;
    Timestamp expires_at{};  // whole seconds
    KeyNames datasets;       // empty: all of the key's
    KeyNames subjects;       // never empty
};

// Fails with invalid_input for what is no key's text and for claims without a subject.
Result<std::string> sign_token(std::string_view key_text,
                               Timestamp expires_at,
                               const KeyNames& datasets,
                               const KeyNames& subjects);

struct SignedToken {
    TokenClaims claims;
    std::string signed_text;
    std::string signature;  // 64 bytes
};
// Nothing for what is no token; who signed it is not looked at.
std::optional<SignedToken> parse_token(std::string_view text);

// Whether it was signed by the key that has this public key.
bool is_signed_by(const SignedToken& token, std::string_view token_key);

// What the key opens by this token: reading alone, of the token's subjects and datasets, until the
// first of both expires. Nothing when the key itself does not open that.
std::optional<ApiKey> narrow_key(const ApiKey& key, const TokenClaims& claims);

// The public key that belongs to a secret, 64 hexadecimal digits.
std::string token_key_of_secret(std::string_view secret);

}  // namespace tidemark
