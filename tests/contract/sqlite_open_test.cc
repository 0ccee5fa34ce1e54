// What opening a SQLite store says when it cannot, and that nothing is changed then.

#include <atomic>
#include <fstream>
#include <iterator>
#include <thread>

#include <gmock/gmock.h>
#include <sqlite3.h>

#include "contract/sqlite_steps.h"
#include "store/migration.h"

namespace tidemark::test {
namespace {

using testing::HasSubstr;

class SqliteOpen : public testing::Test {
 protected:
    void expect_error(const std::string& file, ErrorKind kind, const std::string& part) {
        const auto store = open_sqlite_store(file, clock);
        ASSERT_FALSE(store.has_value()) << file;
        EXPECT_EQ(store.error().kind, kind) << store.error().message;
        EXPECT_THAT(store.error().message, HasSubstr(part));
        EXPECT_THAT(store.error().message, HasSubstr(file));
        EXPECT_EQ(store.error().message.find('\n'), std::string::npos);
    }

    static std::string contents(const std::string& name) {
        std::ifstream file(name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }

    ScratchDirectory directory;
    const std::string path = (directory / "tidemark.db").string();
    SystemClock clock;
};

TEST_F(SqliteOpen, needs_a_path_that_can_be_a_file) {
    expect_error("", ErrorKind::invalid_input, "empty");
    expect_error(directory.path().string(), ErrorKind::invalid_input, "is a directory");
    expect_error((directory / "none/tidemark.db").string(), ErrorKind::invalid_input, "make it");
    expect_error("/proc/tidemark.db", ErrorKind::unavailable, "cannot be opened");
}

TEST_F(SqliteOpen, leaves_a_file_that_is_no_database_alone) {
    const std::string text =
        "bytes of a log file, more than a hundred of them, so that it could "
        "be a header of a database\n";
    std::ofstream(path) << text << text;
    expect_error(path, ErrorKind::corrupt, "not a SQLite database");
    EXPECT_EQ(contents(path), text + text);
}

TEST_F(SqliteOpen, leaves_another_programs_database_alone) {
    ASSERT_EQ(RawConnection(path).run("CREATE TABLE theirs (a); INSERT INTO theirs VALUES (1)"),
              SQLITE_OK);
    const std::string before = contents(path);
    expect_error(path, ErrorKind::corrupt, "another program");
    EXPECT_EQ(contents(path), before);
}

TEST_F(SqliteOpen, refuses_a_schema_from_the_future_naming_both_numbers) {
    ASSERT_TRUE(open_sqlite_store(path, clock).has_value());
    RawConnection raw(path);
    const std::string newest = raw.value("SELECT max(number) FROM schema_migration");
    ASSERT_EQ(raw.run("INSERT INTO schema_migration VALUES (999, 'future')"), SQLITE_OK);
    expect_error(path, ErrorKind::refused, "999");
    expect_error(path, ErrorKind::refused, "up to " + newest);
}

TEST_F(SqliteOpen, makes_a_missing_file_and_takes_an_empty_one) {
    ASSERT_TRUE(open_sqlite_store(path, clock).has_value());
    std::ofstream((directory / "empty.db").string());
    ASSERT_TRUE(open_sqlite_store((directory / "empty.db").string(), clock).has_value());
    RawConnection raw(path);
    EXPECT_EQ(raw.value("PRAGMA journal_mode"), "wal");
    EXPECT_EQ(raw.value("PRAGMA integrity_check"), "ok");
}

TEST_F(SqliteOpen, one_of_several_at_once_makes_the_schema) {
    std::vector<std::unique_ptr<std::thread>> threads;
    std::atomic<int> opened = 0;
    for (int thread = 0; thread < 6; ++thread) {
        threads.push_back(std::make_unique<std::thread>([&] {
            const auto store = open_sqlite_store(path, clock);
            opened += store.has_value() && outcome_of((*store)->prepare_dataset(cdn())) == "ok";
        }));
    }
    for (const auto& thread : threads) {
        thread->join();
    }
    EXPECT_EQ(opened, 6);
    EXPECT_EQ(RawConnection(path).value("SELECT count(*) FROM schema_migration"),
              std::to_string(sqlite_migrations().size()));
    EXPECT_EQ(RawConnection(path).value("SELECT count(*) FROM dataset"), "1");
}

TEST_F(SqliteOpen, refuses_a_dataset_whose_table_is_taken) {
    auto store = open_sqlite_store(path, clock).value();
    ASSERT_EQ(RawConnection(path).run("CREATE TABLE mine_daily (a)"), SQLITE_OK);
    const auto mine = Dataset::declare(
        {.name = "mine", .kind = DatasetKind::counter, .subject = "site_id", .metrics = {"hits"}});
    const Result<void> prepared = store->prepare_dataset(*mine);
    ASSERT_EQ(outcome_of(prepared), "refused");
    EXPECT_THAT(prepared.error().message, HasSubstr("mine_daily"));
    EXPECT_TRUE(store->datasets()->empty());
}

}  // namespace
}  // namespace tidemark::test
