#include "serve/access_token.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/check.h"
#include "serve/api_key.h"
#include "serve/hexadecimal.h"

namespace tidemark {

namespace {

constexpr std::string_view purpose = "tidemark token key 1";
constexpr std::size_t key_bytes = 32;
constexpr std::size_t signature_bytes = 64;
constexpr std::size_t part_count = 6;

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using KeyPointer = std::unique_ptr<EVP_PKEY, FreeKey>;
using ContextPointer = std::unique_ptr<EVP_MD_CTX, FreeContext>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

// The seed is the secret's HMAC-SHA-256 over its purpose: it tells nothing of the secret's digest,
// which the store keeps.
KeyPointer private_key_of(std::string_view secret) {
    std::array<unsigned char, key_bytes> seed{};
    unsigned int size = 0;
    const unsigned char* const made = HMAC(EVP_sha256(),
                                           secret.data(),
                                           static_cast<int>(secret.size()),
                                           bytes_of(purpose),
                                           purpose.size(),
                                           seed.data(),
                                           &size);
    TIDEMARK_CHECK(made != nullptr && size == key_bytes);
    KeyPointer key(
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
    TIDEMARK_CHECK(key != nullptr);
    return key;
}

std::string joined(const KeyNames& names) {
    std::string text;
    for (const std::string& name : names) {
        text += text.empty() ? "" : "\n";
        text += name;
    }
    return text;
}

std::optional<KeyNames> names_of(std::string_view digits) {
    const std::optional<std::string> text = from_hexadecimal(digits);
    if (!text.has_value()) {
        return std::nullopt;
    }
    KeyNames names;
    std::string_view rest = *text;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        names.emplace(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return names;
}

std::vector<std::string_view> parts_of(std::string_view text) {
    std::vector<std::string_view> parts;
    while (parts.size() < part_count) {
        const std::size_t end = std::min(text.find('_'), text.size());
        parts.push_back(text.substr(0, end));
        if (end == text.size()) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
    return {};
}

bool is_subset(const KeyNames& part, const KeyNames& whole) {
    return std::ranges::includes(whole, part);
}

}  // namespace

Result<std::string> sign_token(std::string_view key_text,
                               Timestamp expires_at,
                               const KeyNames& datasets,
                               const KeyNames& subjects) {
    const KeyParts parts = parts_of_key(key_text);
    if (parts.id.empty()) {
        return Error{ErrorKind::invalid_input,
                     "key: expected what tidemark keys create showed, tdm_..."};
    }
    if (subjects.empty()) {
        return Error{ErrorKind::invalid_input, "subject: a token is for at least one"};
    }
    TIDEMARK_RETURN_IF_ERROR(check_names("dataset", datasets));
    TIDEMARK_RETURN_IF_ERROR(check_names("subject", subjects));
    const auto expires_s =
        std::chrono::duration_cast<std::chrono::seconds>(expires_at.time_since_epoch()).count();
    const std::string text = fmt::format("{}{}_{}_{}_{}",
                                         token_prefix,
                                         parts.id,
                                         expires_s,
                                         to_hexadecimal(joined(datasets)),
                                         to_hexadecimal(joined(subjects)));
    const KeyPointer key = private_key_of(parts.secret);
    const ContextPointer context(EVP_MD_CTX_new());
    std::string signature(signature_bytes, '\0');
    std::size_t size = signature.size();
    TIDEMARK_CHECK(context != nullptr &&
                   EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                   EVP_DigestSign(context.get(),
                                  reinterpret_cast<unsigned char*>(signature.data()),
                                  &size,
                                  bytes_of(text),
                                  text.size()) == 1 &&
                   size == signature_bytes);
    return text + "_" + to_hexadecimal(signature);
}

std::optional<SignedToken> parse_token(std::string_view text) {
    const std::vector<std::string_view> parts = parts_of(text);
    if (parts.size() != part_count || !text.starts_with(token_prefix)) {
        return std::nullopt;
    }
    std::int64_t expires_s = 0;
    const std::string_view digits = parts[2];
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), expires_s);
    std::optional<KeyNames> datasets = names_of(parts[3]);
    std::optional<KeyNames> subjects = names_of(parts[4]);
    std::optional<std::string> signature = from_hexadecimal(parts[5]);
    // Ten digits reach the year 2286, and cannot overflow microseconds.
    if (error != std::errc() || end != digits.data() + digits.size() || digits.size() > 10 ||
        expires_s < 0 || !datasets.has_value() || !subjects.has_value() || subjects->empty() ||
        !signature.has_value() || signature->size() != signature_bytes) {
        return std::nullopt;
    }
    return SignedToken{.claims = {.key_id = std::string(parts[1]),
                                  .expires_at = Timestamp(std::chrono::seconds(expires_s)),
                                  .datasets = *std::move(datasets),
                                  .subjects = *std::move(subjects)},
                       .signed_text = std::string(text.substr(0, text.rfind('_'))),
                       .signature = *std::move(signature)};
}

bool is_signed_by(const SignedToken& token, std::string_view token_key) {
    const std::optional<std::string> bytes = from_hexadecimal(token_key);
    if (!bytes.has_value() || bytes->size() != key_bytes) {
        return false;
    }
    const KeyPointer key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(*bytes), bytes->size()));
    const ContextPointer context(EVP_MD_CTX_new());
    return key != nullptr && context != nullptr &&
           EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(),
                            bytes_of(token.signature),
                            token.signature.size(),
                            bytes_of(token.signed_text),
                            token.signed_text.size()) == 1;
}

std::optional<ApiKey> narrow_key(const ApiKey& key, const TokenClaims& claims) {
    if (!key.scopes.contains(KeyScope::read) ||
        (!key.subjects.empty() && !is_subset(claims.subjects, key.subjects)) ||
        (!key.datasets.empty() && !is_subset(claims.datasets, key.datasets))) {
        return std::nullopt;
    }
    ApiKey narrow = key;
    narrow.scopes = {KeyScope::read};
    narrow.expires_at = std::min(key.expires_at.value_or(claims.expires_at), claims.expires_at);
    narrow.subjects = claims.subjects;
    narrow.datasets = claims.datasets.empty() ? key.datasets : claims.datasets;
    return narrow;
}

std::string token_key_of_secret(std::string_view secret) {
    std::string bytes(key_bytes, '\0');
    std::size_t size = bytes.size();
    TIDEMARK_CHECK(EVP_PKEY_get_raw_public_key(private_key_of(secret).get(),
                                               reinterpret_cast<unsigned char*>(bytes.data()),
                                               &size) == 1 &&
                   size == key_bytes);
    return to_hexadecimal(bytes);
}

}  // namespace tidemark
