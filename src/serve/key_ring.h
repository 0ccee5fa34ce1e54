#pragma once
// KeyRing: the keys that open the service, known again in memory, and how often each was used.

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "http/message.h"
#include "http/problem.h"
#include "serve/access.h"
#include "store/key_store.h"

namespace tidemark {

// Why a request was not let in; told apart in the log and the figures, never to who asks.
enum class KeyRefusal { missing, unknown, expired, revoked, rate };

std::string_view to_string(KeyRefusal refusal);

// The answer: 429 for the rate, 401 for all others.
http::Problem problem_of(KeyRefusal refusal);

// Safe from several threads.
class KeyRing {
 public:
    // Borrows the clock. Without any key nobody is asked for one; once one was made, everybody is,
    // be all of them revoked.
    explicit KeyRing(const Clock& clock) : clock_(clock) {}

    // The keys as the store has them now.
    void replace(std::vector<ApiKey> keys);

    // Whether requests need a key.
    [[nodiscard]] bool asks() const;

    // What the request's `Authorization: Bearer` opens, which brings a key or a token of one
    // (access_token.h); a token spends what its key may. A key that is used more often than its
    // rate allows, on an average over the last minute, is refused.
    std::variant<Access, KeyRefusal> admit(const http::RequestHead& head);

 private:
    // What is left of the requests that a key may make: a bucket that fills at its rate.
    struct Allowance {
        double left = 0;
        Timestamp filled_at{};
    };

    // What the text proves to be, a token as the narrowed key that it is; null: nothing known.
    [[nodiscard]] std::shared_ptr<const ApiKey> find(std::string_view id) const;
    [[nodiscard]] std::shared_ptr<const ApiKey> prove_key(std::string_view text) const;
    [[nodiscard]] std::shared_ptr<const ApiKey> prove_token(std::string_view text,
                                                            Timestamp now) const;

    bool spend(const ApiKey& key, Timestamp now);

    const Clock& clock_;
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<const ApiKey>, std::less<>> keys_;
    std::map<std::string, Allowance, std::less<>> allowances_;
};

}  // namespace tidemark
