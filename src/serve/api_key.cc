#include "serve/api_key.h"

#include <algorithm>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include "serve/access_token.h"
#include "serve/hexadecimal.h"

namespace tidemark {

namespace {

constexpr std::string_view prefix = "tdm_";
constexpr std::size_t id_length = 16;
constexpr std::size_t secret_length = 64;
constexpr std::size_t name_length_max = 100;

bool has_control(std::string_view text) {
    return std::ranges::any_of(text, [](char character) {
        return static_cast<unsigned char>(character) < 0x20 || character == 0x7f;
    });
}

}  // namespace

Result<NewKey> make_key() {
    std::string bytes((id_length + secret_length) / 2, '\0');
    auto* const begin = reinterpret_cast<unsigned char*>(bytes.data());
    if (RAND_bytes(begin, static_cast<int>(bytes.size())) != 1) {
        return Error{ErrorKind::unavailable, "key: the system has no randomness to give"};
    }
    const std::string id = to_hexadecimal(bytes.substr(0, id_length / 2));
    const std::string secret = to_hexadecimal(bytes.substr(id_length / 2));
    return NewKey{.text = fmt::format("{}{}_{}", prefix, id, secret),
                  .id = id,
                  .secret_digest = digest_of_secret(secret),
                  .token_key = token_key_of_secret(secret)};
}

Result<void> check_names(std::string_view what, const KeyNames& names) {
    for (const std::string& text : names) {
        if (text.empty() || has_control(text)) {
            return Error{
                ErrorKind::invalid_input,
                fmt::format(
                    "{} '{}': must not be empty and hold no control character", what, text)};
        }
    }
    return {};
}

KeyParts parts_of_key(std::string_view text) {
    if (text.size() != prefix.size() + id_length + 1 + secret_length || !text.starts_with(prefix) ||
        text[prefix.size() + id_length] != '_') {
        return {};
    }
    return {.id = text.substr(prefix.size(), id_length),
            .secret = text.substr(prefix.size() + id_length + 1)};
}

std::string digest_of_secret(std::string_view secret) {
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    SHA256(reinterpret_cast<const unsigned char*>(secret.data()),
           secret.size(),
           reinterpret_cast<unsigned char*>(digest.data()));
    return to_hexadecimal(digest);
}

bool same_digest(std::string_view left, std::string_view right) {
    return left.size() == right.size() &&
           CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

Result<void> check_key(const ApiKey& key) {
    TIDEMARK_RETURN_IF_ERROR(check_names("name", {key.name}));
    if (key.name.size() > name_length_max || key.name.find(':') != std::string::npos) {
        return Error{
            ErrorKind::invalid_input,
            fmt::format("name '{}': at most {} bytes, without ':'", key.name, name_length_max)};
    }
    TIDEMARK_RETURN_IF_ERROR(check_names("dataset", key.datasets));
    TIDEMARK_RETURN_IF_ERROR(check_names("subject", key.subjects));
    if (key.scopes.empty()) {
        return Error{ErrorKind::invalid_input,
                     "scope: at least one of ingest, read and admin must be given"};
    }
    if (key.scopes.contains(KeyScope::admin) && !key.subjects.empty()) {
        return Error{ErrorKind::invalid_input,
                     "scope 'admin': not for a key of some subjects: it sees whole batches"};
    }
    if (key.requests_per_minute < 0) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("rate {}: expected requests a minute, 0 for no limit",
                                 key.requests_per_minute)};
    }
    return {};
}

}  // namespace tidemark
