// bench_media postgres URL SITES DAYS ROUNDS
// bench_media sqlite FOLDER SITES DAYS ROUNDS
//
// Stores chunks of 2,000 events of the newest day by turns with Tidemark's store and with the
// shortest program that writes the same event rows and the same rows into the same tables. Before
// that, it fills the table with SITES x DAYS rows. Prints "NAME SECONDS WAL_BYTES" for each chunk,
// and "hot SHARE 0" at the end (PostgreSQL).

#include <cstring>

#include <sqlite3.h>

#include "base/random.h"
#include "domain/dataset.h"
#include "side_by_side/media/bare_upsert.h"
#include "side_by_side/support/day_rows.h"
#include "side_by_side/support/steps.h"
#include "store/postgres/parameters.h"
#include "store/postgres/postgres_store.h"
#include "store/sqlite/sqlite_store.h"

namespace tidemark::bench {
namespace {

constexpr std::size_t chunk_size = 2000;
const UtcDay newest_day = UtcDay::from_days_since_epoch(20768);  // 2026-11-11

const Dataset& media() {
    return built_in_datasets()[2];
}

// Different subjects, each with a value and an instant later than those of every chunk before.
class Chunks {
 public:
    explicit Chunks(std::size_t site_count)
        : sites_(make_subjects(site_count)), random_(1, "media") {}

    std::vector<GaugeEvent> next() {
        ++number_;
        const std::size_t first = random_.below(sites_.size());
        // Consecutive in the order of an unrelated number, so all over the order of the key.
        std::vector<GaugeEvent> events;
        for (std::size_t index = 0; index < chunk_size; ++index) {
            const std::size_t site = (first + index * 1'000'003) % sites_.size();
            events.push_back(
                {.subject = sites_[site],
                 .metric = 0,
                 .value = static_cast<std::int64_t>(random_.below(1'000'000'000'000)),
                 .observed_at = newest_day.begin() + std::chrono::milliseconds(number_ * 1000),
                 .event_id = {}});
        }
        sort_events(events);
        return events;
    }

 private:
    std::vector<std::string> sites_;
    RandomStream random_;
    std::int64_t number_ = 0;
};

Batch chunk_named(std::string_view way, int round) {
    Batch batch = batch_named("media", fmt::format("{} {}", way, round));
    batch.identity.dataset = media().name();
    batch.counts.lines = batch.counts.accepted = chunk_size;
    return batch;
}

void report(std::string_view name, double seconds, std::int64_t wal) {
    std::printf("%s %.6f %ld\n", std::string(name).c_str(), seconds, static_cast<long>(wal));
    std::fflush(stdout);
}

// --- PostgreSQL ---------------------------------------------------------------------------------

// As the store's own upserts would have left it long ago: rows in the order of the key, the newest
// day the last to come.
void fill(postgres::Connection& connection, std::size_t site_count, int days) {
    must(connection.execute_script(fmt::format(
        "SET maintenance_work_mem = '1GB'; ALTER TABLE media_storage DROP CONSTRAINT"
        " media_storage_pkey; DROP INDEX media_storage_date_idx;"
        "INSERT INTO media_storage SELECT lpad(to_hex(i * 2654435761 & 4294967295), 8, '0'),"
        " DATE '2026-11-11' - d, i * 1000, TIMESTAMPTZ '2026-11-11Z' - d * interval '1 day',"
        " i * 1000, i % 5000, TIMESTAMPTZ '2026-11-11Z' - d * interval '1 day', i % 5000"
        " FROM generate_series({}, 0, -1) AS d, generate_series(0::bigint, {}) AS i;"
        "ALTER TABLE media_storage ADD PRIMARY KEY (site_id, date);"
        "CREATE INDEX ON media_storage (date); ANALYZE media_storage",
        days - 1,
        site_count - 1)));
    must(connection.execute_script("VACUUM media_storage"));
    must(connection.execute_script("CHECKPOINT"));
}

std::pair<std::int64_t, std::int64_t> updates(postgres::Connection& connection) {
    must(connection.execute_script("SELECT pg_stat_force_next_flush()"));
    const auto rows =
        must(connection.query("SELECT n_tup_upd, n_tup_hot_upd FROM"
                              " pg_stat_user_tables WHERE relname = 'media_storage'"));
    return {rows.integer(0, 0), rows.integer(0, 1)};
}

template <typename Step>
void measure(postgres::Connection& connection, std::string_view name, Step step) {
    const std::int64_t before = wal_bytes(connection);
    const double seconds = seconds_of(step);
    report(name, seconds, wal_bytes(connection) - before);
}

int run_postgres(const std::string& url, std::size_t sites, int days, int rounds) {
    const auto store = must(open_postgres_store(url));
    must(store->prepare_dataset(media()));
    const auto connection = must(postgres::Connection::open(url));
    fill(*connection, sites, days);
    Chunks chunks(sites);
    BareUpsert bare(*connection);
    // Prepared statements, partitions and the first versions of pages.
    must(store->store_events(chunk_named("first", 0), chunks.next()));
    bare.store(chunks.next(), 0);
    const auto [updated_before, hot_before] = updates(*connection);
    for (int round = 0; round < rounds; ++round) {
        const std::vector<GaugeEvent> events = chunks.next();
        const std::vector<GaugeEvent> others = chunks.next();
        // Whoever comes first finds the processor's caches full of the making of the chunks.
        if (round % 2 == 0) {
            measure(*connection, "bare", [&] { bare.store(others, 0); });
        }
        measure(*connection, "store", [&] {
            must(store->store_events(chunk_named("store", round), events));
        });
        measure(*connection, "known", [&] {
            must(store->store_events(chunk_named("known", round), events));
        });
        measure(*connection, "resent", [&] {
            must(store->store_events(chunk_named("store", round), events));
        });
        if (round % 2 != 0) {
            measure(*connection, "bare", [&] { bare.store(others, 0); });
        }
    }
    const auto [updated, hot] = updates(*connection);
    report("hot",
           static_cast<double>(hot - hot_before) / static_cast<double>(updated - updated_before),
           0);
    return 0;
}

// --- SQLite -------------------------------------------------------------------------------------

void require(bool good, const char* what) {
    if (!good) {
        std::fprintf(stderr, "%s\n", what);
        std::exit(1);
    }
}

// One prepared INSERT and one prepared upsert an event in one transaction.
class BareLoop {
 public:
    explicit BareLoop(const std::string& path) {
        require(sqlite3_open(path.c_str(), &connection_) == SQLITE_OK, "open");
        // As durable as the store: WAL, and fsync at each commit.
        execute(
            "PRAGMA synchronous = FULL; PRAGMA cache_size = -65536;"
            "PRAGMA wal_autocheckpoint = 4096");
        prepare(
            "INSERT INTO media_storage_event (date, batch_seq, site_id, metric, observed_at,"
            " value) VALUES (?1, ?2, ?3, 1, ?4, ?5)",
            &append_);
        prepare(
            "INSERT INTO media_storage (site_id, date, bytes_stored, bytes_stored_at,"
            " max_bytes_stored) VALUES (?1, ?2, ?3, ?4, ?3) ON CONFLICT (site_id, date) DO"
            " UPDATE SET bytes_stored = excluded.bytes_stored,"
            " bytes_stored_at = excluded.bytes_stored_at,"
            " max_bytes_stored = max(max_bytes_stored, excluded.max_bytes_stored)",
            &upsert_);
    }
    ~BareLoop() {
        sqlite3_finalize(append_);
        sqlite3_finalize(upsert_);
        sqlite3_close(connection_);
    }

    void store(const std::vector<GaugeEvent>& events, std::int64_t batch_seq) {
        execute("BEGIN IMMEDIATE");
        for (const GaugeEvent& event : events) {
            const std::int64_t instant = event.observed_at.time_since_epoch().count();
            sqlite3_bind_int64(append_, 1, newest_day.days_since_epoch());
            sqlite3_bind_int64(append_, 2, batch_seq);
            bind_site(append_, 3, event);
            sqlite3_bind_int64(append_, 4, instant);
            sqlite3_bind_int64(append_, 5, event.value);
            step(append_);
            bind_site(upsert_, 1, event);
            sqlite3_bind_int64(upsert_, 2, newest_day.days_since_epoch());
            sqlite3_bind_int64(upsert_, 3, event.value);
            sqlite3_bind_int64(upsert_, 4, instant);
            step(upsert_);
        }
        execute("COMMIT");
    }

    void execute(const char* sql) {
        require(sqlite3_exec(connection_, sql, nullptr, nullptr, nullptr) == SQLITE_OK,
                sqlite3_errmsg(connection_));
    }

    void fill(const std::vector<std::string>& sites, int days) {
        sqlite3_stmt* insert = nullptr;
        prepare("INSERT INTO media_storage VALUES (?1, ?2, 1, ?3, 1, 1, ?3, 1)", &insert);
        execute("BEGIN IMMEDIATE");
        for (int back = days - 1; back >= 0; --back) {
            const UtcDay day = newest_day.plus_days(-back);
            for (const std::string& site : sites) {
                sqlite3_bind_text(
                    insert, 1, site.data(), static_cast<int>(site.size()), SQLITE_STATIC);
                sqlite3_bind_int64(insert, 2, day.days_since_epoch());
                sqlite3_bind_int64(insert, 3, day.days_since_epoch() * 86'400'000'000LL);
                step(insert);
            }
        }
        execute("COMMIT");
        sqlite3_finalize(insert);
    }

 private:
    static void bind_site(sqlite3_stmt* statement, int place, const GaugeEvent& event) {
        sqlite3_bind_text(statement,
                          place,
                          event.subject.data(),
                          static_cast<int>(event.subject.size()),
                          SQLITE_STATIC);
    }
    void step(sqlite3_stmt* statement) {
        require(sqlite3_step(statement) == SQLITE_DONE, sqlite3_errmsg(connection_));
        sqlite3_reset(statement);
    }
    void prepare(const char* sql, sqlite3_stmt** statement) {
        require(sqlite3_prepare_v2(connection_, sql, -1, statement, nullptr) == SQLITE_OK,
                sqlite3_errmsg(connection_));
    }
    sqlite3* connection_ = nullptr;
    sqlite3_stmt* append_ = nullptr;
    sqlite3_stmt* upsert_ = nullptr;
};

int run_sqlite(const std::string& folder, std::size_t sites, int days, int rounds) {
    const SystemClock clock;
    const std::string path = folder + "/media.db";
    const auto store = must(open_sqlite_store(path, clock));
    must(store->prepare_dataset(media()));
    BareLoop bare(path);
    bare.fill(make_subjects(sites), days);
    Chunks chunks(sites);
    for (int round = 0; round < rounds; ++round) {
        const std::vector<GaugeEvent> events = chunks.next();
        const std::vector<GaugeEvent> others = chunks.next();
        report("store",
               seconds_of([&] { must(store->store_events(chunk_named("store", round), events)); }),
               0);
        report("known",
               seconds_of([&] { must(store->store_events(chunk_named("known", round), events)); }),
               0);
        bare.execute("UPDATE dataset SET last_seq = last_seq + 1");
        report("bare", seconds_of([&] { bare.store(others, 3 * round + 3); }), 0);
    }
    return 0;
}

}  // namespace
}  // namespace tidemark::bench

int main(int argc, char** argv) {
    const std::string_view kind = argc == 6 ? argv[1] : "";
    if (kind != "postgres" && kind != "sqlite") {
        std::fprintf(stderr, "usage: bench_media postgres|sqlite URL|FOLDER SITES DAYS ROUNDS\n");
        return 2;
    }
    const auto sites = static_cast<std::size_t>(std::atoll(argv[3]));
    const auto run =
        kind == "postgres" ? tidemark::bench::run_postgres : tidemark::bench::run_sqlite;
    return run(argv[2], sites, std::atoi(argv[4]), std::atoi(argv[5]));
}
