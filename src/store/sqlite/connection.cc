#include "store/sqlite/connection.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>

#include <fmt/format.h>
#include <sqlite3.h>

#include "base/check.h"
#include "store/sqlite/transaction.h"

namespace tidemark::sqlite {

namespace {

// "Tide": marks the file as ours (migrations/0001_ledger.sql sets it).
constexpr std::int64_t application_id = 1416193125;

// A fold's daily rows and a batch's last pages stay in memory: a page that is pushed out before the
// commit is written twice. But when another connection has committed, the next read throws all of
// its own pages away, one by one, which of 64 MB takes longer than ten reads.
constexpr int pages_of_writers_kib = 64 * 1024;
constexpr int pages_of_readers_kib = 4 * 1024;

// SQLite counts what it allocates, for every thread under the same lock, so that readers wait for a
// fold's allocations. Nobody reads that count. Without effect where the process has used SQLite
// before.
void count_no_memory() {
    static const int once = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    static_cast<void>(once);
}

Result<void> check_path(const std::string& path) {
    std::error_code ignored;
    if (path.empty()) {
        return Error{ErrorKind::invalid_input, "sqlite: the path is empty: name a file"};
    }
    if (std::filesystem::is_directory(path, ignored)) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("sqlite: '{}' is a directory: name a file in it", path)};
    }
    const std::filesystem::path folder = std::filesystem::path(path).parent_path();
    if (!folder.empty() && !std::filesystem::is_directory(folder, ignored)) {
        return Error{
            ErrorKind::invalid_input,
            fmt::format(
                "sqlite: '{}': there is no directory '{}': make it first", path, folder.string())};
    }
    return {};
}

}  // namespace

Connection::Connection(std::string path, const SqliteOptions& options)
    : path_(std::move(path)), busy_timeout_(options.busy_timeout) {}

Result<std::unique_ptr<Connection>> Connection::open(const std::string& path,
                                                     const SqliteOptions& options) {
    TIDEMARK_RETURN_IF_ERROR(check_path(path));
    count_no_memory();
    std::unique_ptr<Connection> connection(new Connection(path, options));
    const int code = sqlite3_open_v2(
        path.c_str(),
        &connection->database_,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
        options.file_layer.empty() ? nullptr : options.file_layer.c_str());
    if (code != SQLITE_OK) {
        return connection->error(code);
    }
    TIDEMARK_RETURN_IF_ERROR(connection->configure());
    return connection;
}

Connection::~Connection() {
    for (const auto& [sql, statements] : idle_) {
        for (sqlite3_stmt* statement : statements) {
            sqlite3_finalize(statement);
        }
    }
    sqlite3_close_v2(database_);
}

Result<void> Connection::configure() {
    sqlite3_busy_handler(database_, &Connection::wait_while_busy, this);
    TIDEMARK_RETURN_IF_ERROR(check_owner());
    TIDEMARK_RETURN_IF_ERROR(enter_wal_mode());
    TIDEMARK_ASSIGN_OR_RETURN(turn_, WriteTurn::open(path_));
    keep_pages(pages_of_readers_kib);
    // A checkpoint every 16 MB: one batch of 100,000 rows seldom pays for more than one.
    return run_script(
        "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; "
        "PRAGMA wal_autocheckpoint = 4096; PRAGMA journal_size_limit = 67108864; "
        "PRAGMA trusted_schema = OFF");
}

// Before anything of the file is changed: it is empty, or ours.
Result<void> Connection::check_owner() {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction snapshot, Transaction::begin_read(*this));
    TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t object_count,
                              integer("SELECT count(*) FROM sqlite_schema", 0));
    TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t owner, integer("PRAGMA application_id", 0));
    if (object_count > 0 && owner != application_id) {
        return Error{
            ErrorKind::corrupt,
            fmt::format("sqlite: '{}' is a database of another program: name another file", path_)};
    }
    return snapshot.commit();
}

Result<void> Connection::enter_wal_mode() {
    // SQLite does not call the busy handler when two connections change the mode at once.
    const auto deadline = std::chrono::steady_clock::now() + busy_timeout_;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(Statement statement, prepare("PRAGMA journal_mode = WAL"));
        const Result<bool> row = statement.step();
        if (row.has_value()) {
            if (*row && statement.text(0) == "wal") {
                return {};
            }
            return Error{ErrorKind::unavailable,
                         fmt::format("sqlite: '{}': its file system cannot share memory between "
                                     "processes (WAL mode): put it on a local disk",
                                     path_)};
        }
        if ((sqlite3_errcode(database_) & 0xff) != SQLITE_BUSY ||
            std::chrono::steady_clock::now() >= deadline) {
            return row.error();
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

// Called by SQLite while another connection holds the lock; 0 gives up.
int Connection::wait_while_busy(void* connection, int calls) {
    auto& self = *static_cast<Connection*>(connection);
    const auto now = std::chrono::steady_clock::now();
    if (calls == 0) {
        self.busy_since_ = now;
    }
    if (now - self.busy_since_ >= self.busy_timeout_) {
        return 0;
    }
    // Few wait here: writers wait for their turn.
    self.pause();
    return 1;
}

// Moved a little by the address, so that those who wait do not wake together.
void Connection::pause() const {
    const auto offset =
        std::chrono::microseconds((reinterpret_cast<std::uintptr_t>(this) >> 6) % 500);
    std::this_thread::sleep_for(std::chrono::microseconds(750) + offset);
}

Result<void> Connection::take_turn() {
    const auto deadline = std::chrono::steady_clock::now() + busy_timeout_;
    while (!turn_.try_take()) {
        if (std::chrono::steady_clock::now() >= deadline) {
            return error(SQLITE_BUSY);
        }
        pause();
    }
    return {};
}

Result<void> Connection::begin_immediate() {
    TIDEMARK_RETURN_IF_ERROR(take_turn());
    Result<void> begun = run("BEGIN IMMEDIATE");
    turn_.pass_on();
    keep_pages(pages_of_writers_kib);
    return begun;
}

Result<void> Connection::begin_deferred() {
    keep_pages(pages_of_readers_kib);
    return run("BEGIN DEFERRED");
}

// The setting takes effect when it is prepared, so it cannot be kept as a statement. Where it
// fails, only speed is lost.
void Connection::keep_pages(int kib) {
    if (kib != kept_kib_) {
        static_cast<void>(run_script(fmt::format("PRAGMA cache_size = -{}", kib)));
        kept_kib_ = kib;
    }
}

Result<Statement> Connection::prepare(std::string_view sql) {
    const auto place = idle_.try_emplace(std::string(sql)).first;
    if (!place->second.empty()) {
        sqlite3_stmt* statement = place->second.back();
        place->second.pop_back();
        return Statement(*this, statement, place->first);
    }
    sqlite3_stmt* statement = nullptr;
    const int code = sqlite3_prepare_v3(database_,
                                        place->first.data(),
                                        static_cast<int>(place->first.size()),
                                        SQLITE_PREPARE_PERSISTENT,
                                        &statement,
                                        nullptr);
    if (code != SQLITE_OK) {
        return error(code);
    }
    return Statement(*this, statement, place->first);
}

void Connection::give_back(sqlite3_stmt* statement, const std::string& sql) {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    idle_.find(sql)->second.push_back(statement);
}

Result<void> Connection::run_script(std::string_view sql) {
    const std::string text(sql);
    const int code = sqlite3_exec(database_, text.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        return error(code);
    }
    return {};
}

std::int64_t Connection::changed_count() const {
    return sqlite3_changes64(database_);
}

bool Connection::failed_on_type() const {
    return sqlite3_extended_errcode(database_) == SQLITE_CONSTRAINT_DATATYPE;
}

bool Connection::failed_on_key() const {
    const int code = sqlite3_extended_errcode(database_);
    return code == SQLITE_CONSTRAINT_PRIMARYKEY || code == SQLITE_CONSTRAINT_UNIQUE;
}

bool Connection::in_transaction() const {
    return sqlite3_get_autocommit(database_) == 0;
}

Error Connection::error(int code) const {
    const auto say = [&](ErrorKind kind, std::string_view what) {
        return Error{kind, fmt::format("sqlite: '{}': {}", path_, what)};
    };
    const char* detail = database_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database_);
    const int system_code = database_ == nullptr ? 0 : sqlite3_system_errno(database_);
    const int primary = code & 0xff;
    if (primary == SQLITE_FULL || (primary == SQLITE_IOERR && system_code == ENOSPC)) {
        return say(ErrorKind::unavailable,
                   "the disk that holds it is full: free some space, then do the same again");
    }
    switch (primary) {
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return say(ErrorKind::unavailable,
                       fmt::format("another process has been writing to it for {:.1f} s: try again",
                                   static_cast<double>(busy_timeout_.count()) / 1000));
        case SQLITE_IOERR:
            return say(
                ErrorKind::unavailable,
                fmt::format("reading or writing failed ({}{}{}): look at the disk, then do "
                            "the same again",
                            detail,
                            system_code == 0 ? "" : ": ",
                            system_code == 0 ? "" : std::generic_category().message(system_code)));
        case SQLITE_CANTOPEN:
        case SQLITE_PERM:
        case SQLITE_AUTH:
        case SQLITE_READONLY:
            return say(ErrorKind::unavailable,
                       fmt::format("cannot be opened for writing ({}): look at the permissions of "
                                   "the file and its directory",
                                   detail));
        case SQLITE_NOTADB:
            return say(ErrorKind::corrupt, "is not a SQLite database: name another file");
        case SQLITE_NOMEM:
            return say(ErrorKind::unavailable, "out of memory");
        case SQLITE_TOOBIG:
            return say(ErrorKind::invalid_input, "a text is too long to be stored");
        case SQLITE_CONSTRAINT:
        case SQLITE_CORRUPT:
        default:
            return say(ErrorKind::corrupt, detail);
    }
}

}  // namespace tidemark::sqlite
