// What every store of API keys promises.

#include "store/key_store.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "store/postgres/postgres_key_store.h"
#include "store/sqlite/sqlite_key_store.h"
#include "support/scratch_database.h"
#include "support/temporary_directory.h"

namespace tidemark::test {
namespace {

// One database with keys in it, opened as often as one likes.
class KeyDatabase {
 public:
    virtual ~KeyDatabase() = default;
    virtual Result<std::unique_ptr<KeyStore>> open() = 0;
};

class SqliteKeyDatabase final : public KeyDatabase {
 public:
    Result<std::unique_ptr<KeyStore>> open() override {
        return open_sqlite_key_store((folder_.path() / "usage.db").string());
    }

 private:
    TemporaryDirectory folder_;
};

class PostgresKeyDatabase final : public KeyDatabase {
 public:
    Result<std::unique_ptr<KeyStore>> open() override {
        return open_postgres_key_store(database_.url());
    }

 private:
    ScratchDatabase database_;
};

class KeyStores : public testing::TestWithParam<std::string> {
 protected:
    void SetUp() override {
        if (GetParam() == "sqlite") {
            database = std::make_unique<SqliteKeyDatabase>();
        } else if (postgres_server().has_value()) {
            database = std::make_unique<PostgresKeyDatabase>();
        } else {
            GTEST_SKIP() << "TIDEMARK_TEST_POSTGRES names no server";
        }
    }

    static Timestamp at(int second) {
        return Timestamp(std::chrono::seconds(1'800'000'000 + second));
    }

    static ApiKey key(const std::string& id) {
        return {.id = id,
                .name = "edge 'x' \u00e9",
                .secret_digest = std::string(64, 'a'),
                .token_key = std::string(64, 'c'),
                .scopes = {KeyScope::read, KeyScope::ingest},
                .datasets = {"cdn", "ping"},
                .subjects = {"a b", "c;d"},
                .requests_per_minute = 60,
                .created_at = at(0),
                .expires_at = at(90),
                .revoked_at = {}};
    }

    std::unique_ptr<KeyDatabase> database;
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         KeyStores,
                         testing::Values("sqlite", "postgres"),
                         [](const auto& test) { return test.param; });

TEST_P(KeyStores, keep_keys_as_they_were_made_in_that_order) {
    const std::unique_ptr<KeyStore> store = database->open().value();
    EXPECT_TRUE(store->keys()->empty());
    ApiKey plain{.id = "2",
                 .name = "plain",
                 .secret_digest = std::string(64, 'b'),
                 .scopes = {KeyScope::admin},
                 .datasets = {},
                 .subjects = {},
                 .created_at = at(1)};
    ASSERT_TRUE(store->add_key(key("9")).has_value());
    ASSERT_TRUE(store->add_key(plain).has_value());
    EXPECT_EQ(database->open().value()->keys().value(), (std::vector<ApiKey>{key("9"), plain}));
}

TEST_P(KeyStores, refuse_an_id_that_is_there) {
    const std::unique_ptr<KeyStore> store = database->open().value();
    ASSERT_TRUE(store->add_key(key("1")).has_value());
    ApiKey again = key("1");
    again.name = "another";
    EXPECT_EQ(store->add_key(again).error().kind, ErrorKind::refused);
    EXPECT_EQ(store->keys()->size(), 1U);
}

TEST_P(KeyStores, refuse_a_name_that_a_key_has_or_had) {
    const std::unique_ptr<KeyStore> store = database->open().value();
    ASSERT_TRUE(store->add_key(key("1")).has_value());
    ASSERT_TRUE(store->revoke_key("1", at(1)).has_value());
    EXPECT_EQ(store->add_key(key("2")).error().kind, ErrorKind::refused);
    EXPECT_EQ(store->keys()->size(), 1U);
}

TEST_P(KeyStores, give_a_name_to_one_of_many_who_want_it_at_once) {
    (void)database->open().value();
    std::atomic<int> added{0};
    std::vector<std::thread> threads;
    for (int number = 0; number < 8; ++number) {
        threads.emplace_back([this, &added, number] {
            const Result<void> done =
                database->open().value()->add_key(key(std::to_string(number)));
            added += done.has_value() ? 1 : 0;
            EXPECT_TRUE(done.has_value() || done.error().kind == ErrorKind::refused)
                << done.error().message;
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(added, 1);
}

TEST_P(KeyStores, rotate_a_key_as_a_whole_or_not_at_all) {
    const std::unique_ptr<KeyStore> store = database->open().value();
    ASSERT_TRUE(store->add_key(key("1")).has_value());
    ASSERT_TRUE(store->rotate_key("1", key("2"), at(50)).has_value());
    ApiKey old = key("1");
    old.revoked_at = at(50);
    EXPECT_EQ(store->keys().value(), (std::vector<ApiKey>{old, key("2")}));
    ApiKey renamed = key("3");
    renamed.name = "another";
    EXPECT_EQ(store->rotate_key("2", renamed, at(60)).error().kind, ErrorKind::refused);
    EXPECT_EQ(store->rotate_key("2", key("1"), at(60)).error().kind, ErrorKind::refused);
    EXPECT_EQ(store->rotate_key("9", key("4"), at(60)).error().kind, ErrorKind::not_found);
    EXPECT_EQ(store->keys().value(), (std::vector<ApiKey>{old, key("2")}));
}

TEST_P(KeyStores, keep_the_earliest_revocation) {
    const std::unique_ptr<KeyStore> store = database->open().value();
    ASSERT_TRUE(store->add_key(key("1")).has_value());
    ASSERT_TRUE(store->revoke_key("1", at(50)).has_value());
    ASSERT_TRUE(store->revoke_key("1", at(60)).has_value());
    EXPECT_EQ(store->keys()->front().revoked_at, at(50));
    ASSERT_TRUE(store->revoke_key("1", at(40)).has_value());
    EXPECT_EQ(store->keys()->front().revoked_at, at(40));
    EXPECT_EQ(store->revoke_key("2", at(1)).error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace tidemark::test
