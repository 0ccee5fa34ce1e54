#include <gtest/gtest.h>

#include "sync/redis/redis_connection.h"

namespace tidemark::test {
namespace {

using redis::Address;

TEST(RedisAddress, reads_every_part_of_a_url) {
    const Address plain = Address::parse("redis://localhost").value();
    EXPECT_EQ(plain.host, "localhost");
    EXPECT_EQ(plain.port, "6379");
    EXPECT_EQ(plain.database, 0);
    EXPECT_FALSE(plain.tls);

    const Address full = Address::parse("rediss://me:p%40ss:word@[::1]:7000/3").value();
    EXPECT_EQ(full.host, "::1");
    EXPECT_EQ(full.port, "7000");
    EXPECT_EQ(full.user, "me");
    EXPECT_EQ(full.password, "p@ss:word");
    EXPECT_EQ(full.database, 3);
    EXPECT_TRUE(full.tls);
    EXPECT_EQ(full.to_string(), "redis ::1:7000");
}

TEST(RedisAddress, refuses_what_is_none_without_showing_the_password) {
    for (const char* url : {"",
                            "localhost:6379",
                            "http://localhost",
                            "redis://",
                            "redis://:secret@",
                            "redis://:secret@host:port",
                            "redis://:secret@host:99999",
                            "redis://secret@host",
                            "redis://:%zz@host",
                            "redis://:secret@host/x"}) {
        const auto address = Address::parse(url);
        ASSERT_FALSE(address.has_value()) << url;
        EXPECT_EQ(address.error().message.find("secret"), std::string::npos) << url;
    }
}

}  // namespace
}  // namespace tidemark::test
