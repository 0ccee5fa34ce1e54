#pragma once
// Somebody with an API key.

#include <set>
#include <string>
#include <utility>

#include "http/message.h"
#include "serve/api_key.h"

namespace tidemark::test {

struct KeyHolder {
    ApiKey key;
    std::string text;

    // Of a request by its holder.
    [[nodiscard]] http::Fields fields() const {
        http::Fields fields;
        fields.set("Authorization", "Bearer " + text);
        fields.set("Content-Type", "text/csv");
        return fields;
    }
};

// Without datasets or subjects: for all.
inline KeyHolder make_holder(const std::string& name,
                             std::set<KeyScope> scopes,
                             KeyNames datasets = {},
                             KeyNames subjects = {}) {
    const NewKey made = make_key().value();
    return {.key = {.id = made.id,
                    .name = name,
                    .secret_digest = made.secret_digest,
                    .scopes = std::move(scopes),
                    .datasets = std::move(datasets),
                    .subjects = std::move(subjects)},
            .text = made.text};
}

}  // namespace tidemark::test
