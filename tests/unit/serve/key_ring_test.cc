#include "serve/key_ring.h"

#include <gtest/gtest.h>

#include "serve/api_key.h"

namespace tidemark {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

class KeyRingTest : public testing::Test {
 protected:
    // A key that reads, and its text.
    std::pair<ApiKey, std::string> make(const std::string& name) {
        const NewKey made = make_key().value();
        return {ApiKey{.id = made.id,
                       .name = name,
                       .secret_digest = made.secret_digest,
                       .scopes = {KeyScope::read},
                       .datasets = {},
                       .subjects = {},
                       .created_at = clock.now()},
                made.text};
    }

    // 200 when the request is let in, else the problem's status.
    int ask(const std::string& authorization) {
        http::RequestHead head{.id = {}, .method = "GET", .target = {}, .fields = {}, .peer = {}};
        if (!authorization.empty()) {
            head.fields.set("Authorization", authorization);
        }
        const auto admitted = ring.admit(head);
        const auto* refusal = std::get_if<KeyRefusal>(&admitted);
        return refusal == nullptr ? 200 : problem_of(*refusal).status;
    }

    ManualClock clock{Timestamp(seconds(1'800'000'000))};
    KeyRing ring{clock};
};

TEST_F(KeyRingTest, nobody_is_asked_until_a_key_was_made) {
    EXPECT_FALSE(ring.asks());
    EXPECT_EQ(ask(""), 200);
    auto [key, text] = make("a");
    key.revoked_at = clock.now();
    ring.replace({key});
    EXPECT_TRUE(ring.asks());
    EXPECT_EQ(ask(""), 401);
    EXPECT_EQ(ask("Bearer " + text), 401);
}

TEST_F(KeyRingTest, a_key_opens_until_it_expires_or_is_revoked) {
    auto [key, text] = make("a");
    key.expires_at = clock.now() + hours(2);
    ring.replace({key});
    EXPECT_EQ(ask("Bearer " + text), 200);
    EXPECT_EQ(ask("bearer " + text), 200);
    clock.advance(hours(2) - seconds(1));
    EXPECT_EQ(ask("Bearer " + text), 200);
    clock.advance(seconds(1));
    EXPECT_EQ(ask("Bearer " + text), 401);
    key.expires_at.reset();
    key.revoked_at = clock.now() + hours(1);
    ring.replace({key});
    EXPECT_EQ(ask("Bearer " + text), 200);
    clock.advance(hours(1));
    EXPECT_EQ(ask("Bearer " + text), 401);
}

TEST_F(KeyRingTest, what_is_not_the_key_opens_nothing) {
    const auto [key, text] = make("a");
    const auto [other, other_text] = make("b");
    ring.replace({key, other});
    std::string wrong = text;
    wrong.back() = wrong.back() == '0' ? '1' : '0';
    const std::string mixed = text.substr(0, 21) + other_text.substr(21);
    for (const std::string& given :
         {std::string(),
          text,
          "Basic " + text,
          std::string("Bearer"),
          std::string("Bearer "),
          "Bearer  " + text,
          "Bearer " + text + " ",
          "Bearer " + text.substr(0, text.size() - 1),
          "Bearer " + wrong,
          "Bearer " + mixed,
          "Bearer tdm_" + std::string(16, '0') + "_" + std::string(64, '0'),
          "Bearer " + std::string(10'000, 'x')}) {
        EXPECT_EQ(ask(given), 401) << given;
    }
    EXPECT_EQ(ask("Bearer " + text), 200);
    EXPECT_EQ(ask("Bearer " + other_text), 200);
}

TEST_F(KeyRingTest, a_key_is_used_as_often_as_its_rate_allows) {
    auto [key, text] = make("a");
    key.requests_per_minute = 3;
    const auto [free, free_text] = make("b");
    ring.replace({key, free});
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(ask("Bearer " + text), 200);
    }
    EXPECT_EQ(ask("Bearer " + text), 429);
    EXPECT_EQ(ask("Bearer " + free_text), 200);
    ring.replace({key, free});  // loaded anew, which forgets nothing
    EXPECT_EQ(ask("Bearer " + text), 429);
    clock.advance(seconds(21));
    EXPECT_EQ(ask("Bearer " + text), 200);
    EXPECT_EQ(ask("Bearer " + text), 429);
}

TEST(ApiKeys, are_made_from_randomness_and_known_by_their_digest) {
    const NewKey one = make_key().value();
    const NewKey other = make_key().value();
    EXPECT_NE(one.text, other.text);
    EXPECT_EQ(one.text.find(one.secret_digest), std::string::npos);
    EXPECT_EQ(parts_of_key(one.text).id, one.id);
    EXPECT_EQ(digest_of_secret(parts_of_key(one.text).secret), one.secret_digest);
    EXPECT_EQ(digest_of_secret("abc"),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_TRUE(same_digest("ab", "ab"));
    EXPECT_FALSE(same_digest("ab", "ac"));
    EXPECT_FALSE(same_digest("ab", "abc"));
}

TEST(ApiKeys, that_cannot_be_are_refused) {
    const ApiKey good{.id = "i",
                      .name = "n",
                      .secret_digest = "d",
                      .scopes = {KeyScope::read},
                      .datasets = {"cdn"},
                      .subjects = {"a"}};
    EXPECT_TRUE(check_key(good).has_value());
    const auto refused = [&good](auto change) {
        ApiKey key = good;
        change(key);
        return !check_key(key).has_value();
    };
    EXPECT_TRUE(refused([](ApiKey& key) { key.name = ""; }));
    EXPECT_TRUE(refused([](ApiKey& key) { key.name = "a:b"; }));
    EXPECT_TRUE(refused([](ApiKey& key) { key.name = "a\nb"; }));
    EXPECT_TRUE(refused([](ApiKey& key) { key.scopes.clear(); }));
    EXPECT_TRUE(refused([](ApiKey& key) { key.subjects = {"a\nb"}; }));
    EXPECT_TRUE(refused([](ApiKey& key) { key.datasets = {""}; }));
    EXPECT_TRUE(refused([](ApiKey& key) { key.requests_per_minute = -1; }));
    EXPECT_TRUE(refused([](ApiKey& key) { key.scopes.insert(KeyScope::admin); }));
}

}  // namespace
}  // namespace tidemark
