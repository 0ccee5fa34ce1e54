// Passwords and TLS against a real Redis: who is let in, whom we believe, and what is said when
// not.

#include <string>

#include <gtest/gtest.h>

#include "redis/published.h"

namespace tidemark::test {
namespace {

// "ok", or the error's kind and words.
std::string outcome_of(const std::unique_ptr<RedisSetter>& setter) {
    const auto published_there = setter->publish(published({1, 1, 1}), {});
    return published_there.has_value() ? "ok"
                                       : std::string(to_string(published_there.error().kind)) +
                                             ": " + published_there.error().message;
}

bool holds(const std::string& text, const char* words) {
    return text.find(words) != std::string::npos;
}

class RedisPassword : public RedisTest {};

TEST_F(RedisPassword, is_given_and_never_shown) {
    const ScratchRedis redis({.password = "s3cret word"});
    EXPECT_EQ(outcome_of(make_setter(redis.url("s3cret%20word"))), "ok");
    const std::string wrong = outcome_of(make_setter(redis.url("another")));
    EXPECT_TRUE(holds(wrong, "refused: redis 127.0.0.1:")) << wrong;
    EXPECT_TRUE(holds(wrong, "WRONGPASS")) << wrong;
    EXPECT_FALSE(holds(wrong, "another")) << wrong;
    const std::string none = outcome_of(make_setter(redis.url()));
    EXPECT_TRUE(holds(none, "NOAUTH")) << none;
}

TEST_F(RedisPassword, belongs_to_a_user_where_one_is_named) {
    const ScratchRedis redis;
    EXPECT_EQ(redis.run({"ACL", "SETUSER", "meter", "on", ">of-meter", "~*", "&*", "+@all"}), "OK");
    EXPECT_EQ(redis.run({"ACL", "SETUSER", "default", "off"}), "OK");
    const std::string place = "127.0.0.1:" + std::to_string(redis.port());
    EXPECT_EQ(outcome_of(make_setter("redis://meter:of-meter@" + place)), "ok");
    EXPECT_TRUE(holds(outcome_of(make_setter("redis://other:of-meter@" + place)), "WRONGPASS"));
}

class RedisTls : public RedisTest {
 protected:
    void SetUp() override {
        RedisTest::SetUp();
        if (!IsSkipped() && !openssl_is_installed()) {
            GTEST_SKIP() << "no openssl is installed to make certificates with";
        }
    }
};

TEST_F(RedisTls, carries_snapshots_and_passwords) {
    const Certificate certificate("IP:127.0.0.1");
    const ScratchRedis redis({.password = "s3cret", .certificate = &certificate});
    const auto setter = make_setter(redis.url("s3cret"), certificate.authority_file());
    EXPECT_EQ(outcome_of(setter), "ok");
    EXPECT_EQ(setter->load().value()->published, published({1, 1, 1}));
    EXPECT_TRUE(holds(outcome_of(make_setter(redis.url("wrong"), certificate.authority_file())),
                      "WRONGPASS"));
}

TEST_F(RedisTls, is_refused_where_nobody_who_is_trusted_signed) {
    const Certificate certificate("IP:127.0.0.1");
    const Certificate another("IP:127.0.0.1");
    const ScratchRedis redis({.certificate = &certificate});
    for (const std::string& authority : {another.authority_file(), std::string()}) {
        const std::string said = outcome_of(make_setter(redis.url(), authority));
        EXPECT_TRUE(holds(said, "refused")) << said;
        EXPECT_TRUE(holds(said, "its certificate is not trusted")) << said;
        EXPECT_TRUE(holds(said, "redis_ca_file")) << said;
    }
    EXPECT_EQ(redis.run({"DBSIZE"}), "0") << "nothing was sent";
}

TEST_F(RedisTls, is_refused_where_the_certificate_is_another_server_s) {
    const Certificate certificate("DNS:redis.example.org");
    const ScratchRedis redis({.certificate = &certificate});
    const std::string said = outcome_of(make_setter(redis.url(), certificate.authority_file()));
    EXPECT_TRUE(holds(said, "refused")) << said;
    EXPECT_TRUE(holds(said, "its certificate is not trusted")) << said;
}

TEST_F(RedisTls, is_not_mixed_up_with_its_absence) {
    const Certificate certificate("IP:127.0.0.1");
    const ScratchRedis with({.certificate = &certificate});
    const std::string plain = "redis://127.0.0.1:" + std::to_string(with.port());
    EXPECT_TRUE(holds(outcome_of(make_setter(plain)), "unavailable"));
    const ScratchRedis without;
    const std::string tls = "rediss://127.0.0.1:" + std::to_string(without.port());
    EXPECT_TRUE(holds(outcome_of(make_setter(tls, certificate.authority_file())), "unavailable"));
}

TEST_F(RedisTls, names_a_file_of_authorities_that_cannot_be_read) {
    const std::string said = outcome_of(make_setter("rediss://127.0.0.1:1", "/nowhere/ca.pem"));
    EXPECT_TRUE(holds(said, "redis_ca_file '/nowhere/ca.pem'")) << said;
}

}  // namespace
}  // namespace tidemark::test
