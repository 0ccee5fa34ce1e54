#pragma once
// Access: what one request may do, as its key allows.

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "domain/dataset.h"
#include "http/problem.h"
#include "store/key_store.h"
#include "store/store.h"

namespace tidemark {

// Where nobody is asked for a key, everything is allowed. Immutable; safe from several threads.
class Access {
 public:
    Access() = default;  // everything
    explicit Access(std::shared_ptr<const ApiKey> key) : key_(std::move(key)) {}

    [[nodiscard]] bool may(KeyScope scope) const;
    [[nodiscard]] bool may_use_dataset(std::string_view dataset) const;
    [[nodiscard]] bool may_use_subject(std::string_view subject) const;
    [[nodiscard]] bool all_datasets() const;
    [[nodiscard]] bool all_subjects() const;

    // Who asks, for the log and for what is recorded; "" where nobody was asked.
    [[nodiscard]] std::string_view name() const;

    // The name under which a feed is kept. A key of some subjects has feeds of its own: under
    // another's it could learn which batches there are, and take their keys away.
    [[nodiscard]] std::string own_feed(const std::string& feed) const;

 private:
    std::shared_ptr<const ApiKey> key_;
};

// 403, naming what the key does not allow.
http::Problem not_allowed(std::string field, std::string value, std::string why);

// The error as the key may see it: what the store refuses names batches by their numbers, which
// tell a key of some subjects of others. Instead of that it reads `why`.
Error seen_by(const Access& access, const Error& error, std::string why);

// A batch's receipt as the key may see it: without its number, which tells how many others there
// are, where the key is for some subjects.
std::string receipt_seen_by(const Access& access,
                            const Dataset& dataset,
                            const StoredBatch& stored);

}  // namespace tidemark
