#include "simulate/run/server_address.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/un.h>

namespace tidemark::simulate {
namespace {

TEST(FindServer, resolves_the_first_host_of_a_url) {
    const Result<ServerAddress> found =
        find_server("postgresql://user:secret@127.0.0.1:6543,127.0.0.2:7/db");
    ASSERT_TRUE(found.has_value());
    const auto* address = reinterpret_cast<const sockaddr_in*>(&found->address);
    EXPECT_EQ(address->sin_family, AF_INET);
    EXPECT_EQ(ntohs(address->sin_port), 6543);
    EXPECT_EQ(ntohl(address->sin_addr.s_addr), INADDR_LOOPBACK);
}

TEST(FindServer, finds_a_socket_in_a_folder) {
    const Result<ServerAddress> found = find_server("postgresql:///db?host=/run/pg&port=5433");
    ASSERT_TRUE(found.has_value());
    const auto* address = reinterpret_cast<const sockaddr_un*>(&found->address);
    EXPECT_EQ(address->sun_family, AF_UNIX);
    EXPECT_STREQ(address->sun_path, "/run/pg/.s.PGSQL.5433");
}

TEST(FindServer, refuses_what_libpq_cannot_read) {
    const Result<ServerAddress> found = find_server("postgresql://host/db?nonsense=1");
    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().kind, ErrorKind::invalid_input);
}

TEST(ThroughPort, keeps_everything_but_the_address) {
    const Result<std::string> local =
        through_port("postgresql://user:it's@/db?host=/run/pg&sslmode=disable", 99);
    ASSERT_TRUE(local.has_value()) << local.error().message;
    EXPECT_EQ(*local,
              "dbname='db' host='127.0.0.1' hostaddr='127.0.0.1' password='it\\'s' port='99' "
              "sslmode='disable' user='user'");
    // The certificate of a named host is still checked.
    const Result<std::string> named = through_port("postgresql://pg.example:5432/db", 99);
    ASSERT_TRUE(named.has_value());
    EXPECT_EQ(*named, "dbname='db' host='pg.example' hostaddr='127.0.0.1' port='99'");
}

}  // namespace
}  // namespace tidemark::simulate
