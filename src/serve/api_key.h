#pragma once
// API keys: how one is made, shown once, and known again.
//
// A key is "tdm_ID_SECRET", ID 16 and SECRET 64 hexadecimal digits. The secret has 256 bits of the
// system's randomness, so that one SHA-256 of it can be kept in the open and guessing is hopeless.

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/key_store.h"

namespace tidemark {

struct NewKey {
    std::string text;  // shown once, kept nowhere
    std::string id;
    std::string secret_digest;
    std::string token_key;
};

// Fails with unavailable when the system has no randomness to give.
Result<NewKey> make_key();

// The parts of a key's text, borrowed; empty ones for what is no key.
struct KeyParts {
    std::string_view id;
    std::string_view secret;
};
KeyParts parts_of_key(std::string_view text);

// 64 hexadecimal digits.
std::string digest_of_secret(std::string_view secret);

// In a time that does not tell where the two differ.
bool same_digest(std::string_view left, std::string_view right);

// invalid_input for an empty name and for one with a control character; `what` they are names of.
Result<void> check_names(std::string_view what, const KeyNames& names);

// invalid_input, naming what is wrong: a name, scopes, datasets, subjects or rate that cannot be.
Result<void> check_key(const ApiKey& key);

}  // namespace tidemark
