#include "contract/sqlite_steps.h"

#include <cstdio>
#include <cstdlib>

#include <sqlite3.h>

#include "base/check.h"

namespace tidemark::test {

namespace {

// SQLite tells every new connection to the functions registered as automatic extensions, which is
// how the hook gets at a connection that the store keeps to itself.
sqlite3*& newest_connection() {
    static sqlite3* connection = nullptr;
    return connection;
}

int note_connection(sqlite3* connection, const char**, const sqlite3_api_routines*) {
    newest_connection() = connection;
    return SQLITE_OK;
}

using ExtensionEntry = void (*)();

std::unique_ptr<Store> opened(const std::string& path,
                              const Clock& clock,
                              const SqliteOptions& options) {
    Result<std::unique_ptr<Store>> store = open_sqlite_store(path, clock, options);
    TIDEMARK_CHECK(store.has_value());
    return std::move(store).value();
}

}  // namespace

RawConnection::RawConnection(const std::string& path) {
    TIDEMARK_CHECK(sqlite3_open(path.c_str(), &database_) == SQLITE_OK);
    sqlite3_extended_result_codes(database_, 1);
}

RawConnection::~RawConnection() {
    sqlite3_close_v2(database_);
}

int RawConnection::run(std::string_view sql) {
    return sqlite3_exec(database_, std::string(sql).c_str(), nullptr, nullptr, nullptr);
}

std::string RawConnection::value(std::string_view sql) {
    std::string first;
    const auto keep = [](void* text, int, char** columns, char**) {
        *static_cast<std::string*>(text) = columns[0] == nullptr ? "NULL" : columns[0];
        return 0;
    };
    const int code = sqlite3_exec(database_, std::string(sql).c_str(), keep, &first, nullptr);
    return code == SQLITE_OK ? first : sqlite3_errmsg(database_);
}

std::string RawConnection::required(std::string_view sql) {
    std::string found = value(sql);
    if (sqlite3_errcode(database_) != SQLITE_OK) {
        std::fprintf(stderr, "%s: %s\n", found.c_str(), std::string(sql).c_str());
        std::abort();
    }
    return found;
}

HookedStore::HookedStore(const std::string& path, const Clock& clock) {
    const auto entry = reinterpret_cast<ExtensionEntry>(note_connection);
    sqlite3_auto_extension(entry);
    store_ = opened(path, clock, {});
    sqlite3_cancel_auto_extension(entry);
    sqlite3_trace_v2(newest_connection(), SQLITE_TRACE_STMT, &HookedStore::trace, this);
}

HookedStore::~HookedStore() = default;

void HookedStore::before(std::string_view part, std::function<void()> action) {
    part_ = part;
    action_ = std::move(action);
    happened_ = false;
}

int HookedStore::trace(unsigned, void* self, void* statement, void*) {
    auto& hooked = *static_cast<HookedStore*>(self);
    const std::string_view sql = sqlite3_sql(static_cast<sqlite3_stmt*>(statement));
    if (hooked.action_ && sql.find(hooked.part_) != std::string_view::npos) {
        const std::function<void()> action = std::move(hooked.action_);
        hooked.action_ = nullptr;
        hooked.happened_ = true;
        action();
    }
    return 0;
}

SqliteTest::SqliteTest() {
    const Result<void> prepared = store->prepare_dataset(cdn());
    TIDEMARK_CHECK(prepared.has_value());
}

std::unique_ptr<Store> SqliteTest::open_store(std::chrono::milliseconds busy_timeout) {
    return opened(path, clock, {.busy_timeout = busy_timeout, .file_layer = {}});
}

}  // namespace tidemark::test
