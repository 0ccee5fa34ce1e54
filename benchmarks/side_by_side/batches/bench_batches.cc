// bench_batches POSTGRES_URL SQLITE_FOLDER ROUNDS: stores batches of 100,000 rows by turns with
// Tidemark's stores and with the shortest programs that write the same rows into the same tables;
// prints "NAME SECONDS" for each batch.

#include <cstring>

#include <libpq-fe.h>
#include <sqlite3.h>

#include "domain/dataset.h"
#include "side_by_side/support/day_rows.h"
#include "side_by_side/support/steps.h"
#include "store/postgres/postgres_store.h"
#include "store/sqlite/sqlite_store.h"

namespace tidemark::bench {
namespace {

constexpr std::size_t subject_count = 100'000;
const UtcDay bench_day = UtcDay::from_days_since_epoch(20768);  // 2026-11-11

void require(bool good, const char* what) {
    if (!good) {
        std::fprintf(stderr, "%s\n", what);
        std::exit(1);
    }
}

// Binary COPY and a registry row in one transaction, and nothing else: no numbering under a lock,
// no lease, no look at whether the batch is known, no totals.
class BareCopy {
 public:
    explicit BareCopy(const std::string& url) : connection_(PQconnectdb(url.c_str())) {
        require(PQstatus(connection_) == CONNECTION_OK, PQerrorMessage(connection_));
    }
    ~BareCopy() { PQfinish(connection_); }

    void execute(const std::string& sql) {
        PGresult* const result = PQexec(connection_, sql.c_str());
        const ExecStatusType status = PQresultStatus(result);
        require(status == PGRES_COMMAND_OK || status == PGRES_COPY_IN, PQerrorMessage(connection_));
        PQclear(result);
    }

    void store(const std::vector<std::string>& subjects, std::int64_t batch_seq, int slot) {
        execute("BEGIN");
        execute(fmt::format(
            "INSERT INTO batch_registry (dataset, batch_seq, feed, batch_key, content_hash, state,"
            " lease_until, source, lines, comments, accepted, rejected, ignored,"
            " rejected_by_reason, row_count, totals, days) VALUES ('cdn', {0}, 'bare', '{0}',"
            " '\\x00', 'committed', now(), '', 0, 0, 0, 0, 0, '{{}}', 100000, '{{0,0}}',"
            " '{{2026-11-11}}')",
            batch_seq));
        execute("COPY cdn_batch FROM STDIN (FORMAT binary)");
        std::string piece("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
        std::int64_t place = 0;
        for (const std::string& subject : subjects) {
            postgres::append_int16(piece, 6);
            number64(piece, batch_seq);
            postgres::append_int32(piece, static_cast<std::int32_t>(subject.size()));
            piece += subject;
            postgres::append_int32(piece, 4);
            postgres::append_int32(piece, bench_day.days_since_epoch() - postgres::days_to_2000);
            postgres::append_int32(piece, 2);
            postgres::append_int16(piece, static_cast<std::int16_t>(slot));
            number64(piece, place * 7919 % 1000000007);
            number64(piece, place++ % 97);
            if (piece.size() >= 65536) {
                send(piece);
            }
        }
        postgres::append_int16(piece, -1);
        send(piece);
        require(PQputCopyEnd(connection_, nullptr) == 1, "copy end");
        while (PGresult* const result = PQgetResult(connection_)) {
            require(PQresultStatus(result) == PGRES_COMMAND_OK, PQresultErrorMessage(result));
            PQclear(result);
        }
        execute("COMMIT");
    }

 private:
    static void number64(std::string& piece, std::int64_t value) {
        postgres::append_int32(piece, 8);
        postgres::append_int64(piece, value);
    }
    void send(std::string& piece) {
        require(PQputCopyData(connection_, piece.data(), static_cast<int>(piece.size())) == 1,
                "copy");
        piece.clear();
    }
    PGconn* connection_;
};

// One prepared INSERT a row in one transaction.
class BareSqlite {
 public:
    explicit BareSqlite(const std::string& path) {
        require(sqlite3_open(path.c_str(), &connection_) == SQLITE_OK, "open");
        const std::string sql = column_list();
        require(sqlite3_prepare_v2(connection_, sql.c_str(), -1, &insert_, nullptr) == SQLITE_OK,
                sqlite3_errmsg(connection_));
    }
    ~BareSqlite() {
        sqlite3_finalize(insert_);
        sqlite3_close(connection_);
    }

    void store(const std::vector<std::string>& subjects, std::int64_t batch_seq, int slot) {
        execute("BEGIN IMMEDIATE");
        std::int64_t place = 0;
        for (const std::string& subject : subjects) {
            sqlite3_bind_int64(insert_, 1, batch_seq);
            sqlite3_bind_text(
                insert_, 2, subject.data(), static_cast<int>(subject.size()), SQLITE_STATIC);
            sqlite3_bind_int64(insert_, 3, bench_day.days_since_epoch());
            sqlite3_bind_int64(insert_, 4, slot);
            sqlite3_bind_int64(insert_, 5, place * 7919 % 1000000007);
            sqlite3_bind_int64(insert_, 6, place++ % 97);
            require(sqlite3_step(insert_) == SQLITE_DONE, sqlite3_errmsg(connection_));
            sqlite3_reset(insert_);
        }
        execute("COMMIT");
    }

    void execute(const char* sql) {
        require(sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr) == SQLITE_OK,
                sqlite3_errmsg(connection_));
    }

 private:
    static std::string column_list() {
        return "INSERT INTO cdn_batch (batch_seq, site_id, date, slot, bytes_streamed, requests)"
               " VALUES (?, ?, ?, ?, ?, ?)";
    }
    sqlite3* connection_ = nullptr;
    sqlite3_stmt* insert_ = nullptr;
};

void report(const char* name, double seconds) {
    std::printf("%s %.6f\n", name, seconds);
    std::fflush(stdout);
}

int run(const std::string& url, const std::string& folder, int rounds) {
    const std::vector<std::string> subjects = make_subjects(subject_count);
    const Dataset& cdn = built_in_datasets()[0];
    const SystemClock clock;
    const auto postgres = must(open_postgres_store(url));
    const auto sqlite = must(open_sqlite_store(folder + "/tidemark.db", clock));
    must(postgres->prepare_dataset(cdn));
    must(sqlite->prepare_dataset(cdn));
    BareCopy bare_copy(url);
    BareSqlite bare_sqlite(folder + "/tidemark.db");
    // As durable as the store: WAL, and fsync at each commit.
    bare_sqlite.execute(
        "PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;"
        "PRAGMA wal_autocheckpoint = 4096");
    for (int round = 0; round < rounds; ++round) {
        const int slot = round % Slot::per_day;
        DayRows rows(subjects, Slot::of_day(bench_day, slot));
        const Batch batch = batch_named("store", std::to_string(round));
        // The bare programs write under the next number too: at the right edge of the index.
        const std::int64_t bare_seq = 2 * round + 2;
        report("postgres_store", seconds_of([&] { must(postgres->store_batch(batch, rows)); }));
        bare_copy.execute("UPDATE dataset_seq SET last_seq = last_seq + 1");
        report("postgres_bare", seconds_of([&] { bare_copy.store(subjects, bare_seq, slot); }));
        report("sqlite_store", seconds_of([&] { must(sqlite->store_batch(batch, rows)); }));
        bare_sqlite.execute("UPDATE dataset SET last_seq = last_seq + 1");
        report("sqlite_bare", seconds_of([&] { bare_sqlite.store(subjects, bare_seq, slot); }));
    }
    return 0;
}

}  // namespace
}  // namespace tidemark::bench

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: bench_batches POSTGRES_URL SQLITE_FOLDER ROUNDS\n");
        return 2;
    }
    return tidemark::bench::run(argv[1], argv[2], std::atoi(argv[3]));
}
