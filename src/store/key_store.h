#pragma once
// KeyStore: the API keys that a store keeps beside the ledger. Of a secret only its digest is kept.
//
// An interface of its own, opened by itself: who keeps keys needs no ledger, and the ledger none.

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace tidemark {

enum class KeyScope {
    ingest,  // hand over batches
    read,    // ask for usage and for what happened
    admin,   // take back what others stored, see the service's own figures
};

std::string_view to_string(KeyScope scope);
// Fails with invalid_input.
Result<KeyScope> parse_key_scope(std::string_view text);

using KeyNames = std::set<std::string, std::less<>>;

struct ApiKey {
    std::string id;             // the part that may be shown
    std::string name;           // whose it is; kept when it is rotated
    std::string secret_digest;  // SHA-256, 64 hexadecimal digits
    std::string token_key{};    // the public key of its access tokens, 64 hexadecimal digits
    std::set<KeyScope> scopes;
    KeyNames datasets;                     // empty: all
    KeyNames subjects;                     // empty: all
    std::int64_t requests_per_minute = 0;  // 0: not limited
    Timestamp created_at{};
    std::optional<Timestamp> expires_at{};
    std::optional<Timestamp> revoked_at{};

    bool operator==(const ApiKey&) const = default;
};

// Errors, threads: as of Store.
class KeyStore {
 public:
    KeyStore() = default;
    KeyStore(const KeyStore&) = delete;
    KeyStore& operator=(const KeyStore&) = delete;
    virtual ~KeyStore() = default;

    // Fails with refused when the id is known, or the name, be it a revoked key's: what a key's
    // holder stored is kept under the name. Texts hold no control character.
    virtual Result<void> add_key(const ApiKey& key) = 0;

    // Adds the key under the name that `id` has, and revokes `id` from `at` on; all of it or
    // nothing. Fails with not_found, and with refused when the names differ or the new id is known.
    virtual Result<void> rotate_key(std::string_view id, const ApiKey& key, Timestamp at) = 0;

    // All that ever were, in the order in which they were made.
    virtual Result<std::vector<ApiKey>> keys() = 0;

    // From `at` on it opens nothing; an earlier revocation stays. Fails with not_found.
    virtual Result<void> revoke_key(std::string_view id, Timestamp at) = 0;
};

// A key as the stores keep it: lists as one text each, instants as microseconds.
struct KeyRow {
    std::string id;
    std::string name;
    std::string secret_digest;
    std::string token_key;
    std::string scopes;
    std::string datasets;
    std::string subjects;
    std::int64_t requests_per_minute = 0;
    std::int64_t created_us = 0;
    std::optional<std::int64_t> expires_us{};
    std::optional<std::int64_t> revoked_us{};
};
KeyRow row_of(const ApiKey& key);
// Fails with corrupt.
Result<ApiKey> key_of(const KeyRow& row);

// What every store refuses alike. `known` are all keys that there are.
Result<void> check_new_key(const std::vector<ApiKey>& known, const ApiKey& key);
Result<void> check_rotation(const std::vector<ApiKey>& known,
                            std::string_view id,
                            const ApiKey& key);
Error no_such_key(std::string_view id);

}  // namespace tidemark
