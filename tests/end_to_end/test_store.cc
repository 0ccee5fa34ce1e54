#include "end_to_end/test_store.h"

#include <cstdlib>
#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace tidemark::test {

namespace {

// The library of Debian's package faketime: it answers in the place of the C library.
std::optional<std::string> clock_library() {
    for (const auto& entry : std::filesystem::directory_iterator("/usr/lib")) {
        const std::filesystem::path library = entry.path() / "faketime" / "libfaketimeMT.so.1";
        if (std::filesystem::exists(library)) {
            return library.string();
        }
    }
    return std::nullopt;
}

// PostgreSQL looks for a function in its own schema first unless the search path says otherwise.
constexpr const char* settable_server_clock =
    "CREATE SCHEMA clock; CREATE TABLE clock.hand (now timestamptz);"
    "INSERT INTO clock.hand VALUES (NULL);"
    "CREATE FUNCTION clock.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE"
    " AS 'SELECT now FROM clock.hand';"
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public, clock, pg_catalog',"
    " current_database()); END $$";

}  // namespace

std::string_view to_string(StoreKind kind) {
    return kind == StoreKind::sqlite ? "sqlite" : "postgres";
}

std::string reason_to_skip(StoreKind kind) {
    if (kind == StoreKind::postgres && !postgres_server().has_value()) {
        return "TIDEMARK_TEST_POSTGRES names no server; ./test and tools/with_services start one";
    }
    return "";
}

TestStore::TestStore(StoreKind kind) {
    if (kind == StoreKind::postgres) {
        database_ = std::make_unique<ScratchDatabase>();
        url_ = database_->url();
    } else {
        url_ = "sqlite:" + (folder_.path() / "usage.db").string();
    }
}

std::string reason_not_to_set_clock() {
    return clock_library().has_value() ? "" : "the package faketime is not installed";
}

void TestStore::set_clock(std::string_view instant) {
    if (database_ != nullptr) {
        (void)database_->run(clock_is_set_ ? "SELECT 1" : settable_server_clock);
        (void)database_->run(fmt::format("UPDATE clock.hand SET now = '{}'", instant));
    }
    clock_is_set_ = true;
    // "2026-03-10 12:10:00"; renamed into its place, so that nobody reads half of it.
    std::string text(instant.substr(0, 19));
    text[10] = ' ';
    std::filesystem::rename(folder_.write("clock.new", text + "\n"), folder_.path() / "clock");
}

void TestStore::expect_done(std::vector<std::string> command) const {
    const ProcessEnd end = run_process({.command = std::move(command)});
    EXPECT_EQ(end.exit_code, 0) << end.to_string();
}

void TestStore::dump() const {
    const std::string copy = (folder_.path() / "dump").string();
    if (database_ == nullptr) {
        // The last program that closed it has put everything into the one file.
        std::filesystem::copy_file(
            folder_.path() / "usage.db", copy, std::filesystem::copy_options::overwrite_existing);
    } else {
        expect_done({"/usr/bin/pg_dump", "--format=custom", "--file=" + copy, url_});
    }
}

void TestStore::restore() const {
    const std::string copy = (folder_.path() / "dump").string();
    if (database_ == nullptr) {
        for (const char* suffix : {"-wal", "-shm"}) {
            std::filesystem::remove(folder_.path() / ("usage.db" + std::string(suffix)));
        }
        std::filesystem::copy_file(
            copy, folder_.path() / "usage.db", std::filesystem::copy_options::overwrite_existing);
    } else {
        (void)database_->run(
            "SET client_min_messages = warning; DROP SCHEMA public CASCADE; CREATE SCHEMA public");
        expect_done({"/usr/bin/pg_restore", "--exit-on-error", "--dbname=" + url_, copy});
    }
}

void TestStore::take_away() const {
    if (database_ == nullptr) {
        std::filesystem::rename(folder_.path() / "usage.db", folder_.path() / "away.db");
        return;
    }
    // Nobody may come in any more; only once that holds, who is in is put out.
    const ScratchDatabase beside;
    const std::string name = url_.substr(url_.rfind('/') + 1);
    (void)beside.run(fmt::format("ALTER DATABASE \"{}\" ALLOW_CONNECTIONS false", name));
    (void)beside.run(fmt::format(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", name));
}

void TestStore::give_back() const {
    if (database_ == nullptr) {
        std::filesystem::rename(folder_.path() / "away.db", folder_.path() / "usage.db");
        return;
    }
    const ScratchDatabase beside;
    (void)beside.run(fmt::format("ALTER DATABASE \"{}\" ALLOW_CONNECTIONS true",
                                 url_.substr(url_.rfind('/') + 1)));
}

ProcessStart TestStore::start(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), TIDEMARK_BINARY);
    ProcessStart start{.command = std::move(arguments),
                       .environment = {{"TIDEMARK_STORE", url_}},
                       .working_directory = folder_.path().string()};
    if (clock_is_set_) {
        const char* options = std::getenv("ASAN_OPTIONS");  // NOLINT(concurrency-mt-unsafe)
        start.environment.insert(
            start.environment.end(),
            {{"LD_PRELOAD", clock_library().value_or("")},
             {"FAKETIME_TIMESTAMP_FILE", (folder_.path() / "clock").string()},
             {"FAKETIME_NO_CACHE", "1"},             // it is set while programs run
             {"FAKETIME_DONT_FAKE_MONOTONIC", "1"},  // waits and deadlines go on
             {"TZ", "UTC"},
             // A sanitizer wants to be the first library, and need not be.
             {"ASAN_OPTIONS",
              fmt::format("{}:verify_asan_link_order=0", options == nullptr ? "" : options)}});
    }
    return start;
}

ProcessEnd TestStore::run(std::vector<std::string> arguments) const {
    return run_process(start(std::move(arguments)));
}

}  // namespace tidemark::test
