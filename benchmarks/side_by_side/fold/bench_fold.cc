// bench_fold POSTGRES_URL METHOD COUNT: one way of turning a day's batches of 100,000
// subjects into daily usage, or the reading of it; prints what it took. Methods:
//
//   ours_6, ours_12   Tidemark's store, folding every 6 or 12 batches
//   on_conflict       COPY of the batch, then INSERT .. SELECT .. ON CONFLICT, one transaction,
//                     into tables declared as Tidemark's: same partitions, indexes, fill factor
//   on_conflict_lean  the same into a raw table that cannot answer single subjects: no partitions,
//                     one index, on the batch's number
//   matview           COPY of the batch, then REFRESH MATERIALIZED VIEW CONCURRENTLY
//   fill              COUNT days of daily rows as history
//   read              usage of one subject over 90 days with unfolded batches, and the bare query

#include <cstring>

#include "base/random.h"
#include "domain/dataset.h"
#include "side_by_side/support/day_rows.h"
#include "side_by_side/support/history.h"
#include "side_by_side/support/steps.h"
#include "store/postgres/postgres_store.h"
#include "store/postgres/storing.h"

namespace tidemark::bench {
namespace {

using postgres::Connection;
using postgres::Parameters;

constexpr std::size_t subject_count = 100'000;
const UtcDay bench_day = UtcDay::from_days_since_epoch(20768);  // 2026-11-11
const Dataset& cdn = built_in_datasets()[0];

void report(const char* name, double value) {
    std::printf("%s %.6f\n", name, value);
    std::fflush(stdout);
}

void ours(const std::string& url, int batches, int per_fold) {
    const std::vector<std::string> subjects = make_subjects(subject_count);
    const auto store = must(open_postgres_store(url));
    const auto meter = must(Connection::open(url));
    must(store->prepare_dataset(cdn));
    const std::int64_t wal_before = wal_bytes(*meter);
    double store_s = 0;
    double fold_s = 0;
    for (int batch = 0; batch < batches; ++batch) {
        DayRows rows(subjects, Slot::of_day(bench_day, batch % Slot::per_day));
        store_s += seconds_of(
            [&] { must(store->store_batch(batch_named("fold", std::to_string(batch)), rows)); });
        if ((batch + 1) % per_fold == 0) {
            fold_s += seconds_of([&] { must(store->fold("cdn", {})); });
        }
    }
    report("store_s", store_s);
    report("fold_s", fold_s);
    report("wal_mb", static_cast<double>(wal_bytes(*meter) - wal_before) / 1e6);
}

constexpr const char* plain_columns =
    "(batch_seq bigint NOT NULL, site_id text COLLATE \"C\" NOT NULL, date date NOT NULL,"
    " slot smallint NOT NULL, bytes_streamed bigint NOT NULL, requests bigint NOT NULL)";

// A raw table without an index.
void make_plain_batch(Connection& connection) {
    must(connection.execute_script(fmt::format("CREATE TABLE plain_batch {}", plain_columns)));
}

void make_upsert_tables(Connection& connection, bool lean) {
    if (lean) {
        make_plain_batch(connection);
        must(connection.execute_script("CREATE INDEX ON plain_batch (batch_seq)"));
    } else {
        must(connection.execute_script(
            fmt::format("CREATE TABLE plain_batch {} PARTITION BY RANGE (date);"
                        "CREATE INDEX ON plain_batch (batch_seq, site_id);"
                        "CREATE TABLE plain_batch_day PARTITION OF plain_batch FOR VALUES FROM "
                        "('{}') TO ('{}')",
                        plain_columns,
                        bench_day.to_string(),
                        bench_day.next().to_string())));
    }
    must(connection.execute_script(
        "CREATE TABLE plain_daily (date date, site_id text COLLATE \"C\", bytes_streamed bigint"
        " NOT NULL, requests bigint NOT NULL, PRIMARY KEY (date, site_id))"
        " WITH (fillfactor = 50)"));
}

postgres::DatasetTables plain_tables() {
    return {.dataset = cdn,
            .batch = "plain_batch",
            .daily = "plain_daily",
            .repeat = "",
            .subject = "site_id",
            .metrics = {"bytes_streamed", "requests"},
            .level_columns = {}};
}

void copy_plain(Connection& connection, const std::vector<std::string>& subjects, int batch) {
    DayRows rows(subjects, Slot::of_day(bench_day, batch % Slot::per_day));
    if (!postgres::copy_rows(connection, plain_tables(), batch + 1, rows).has_value()) {
        std::fprintf(stderr, "copy failed\n");
        std::exit(1);
    }
}

void on_conflict(const std::string& url, int batches, bool lean) {
    const std::vector<std::string> subjects = make_subjects(subject_count);
    const auto connection = must(Connection::open(url));
    make_upsert_tables(*connection, lean);
    const std::int64_t wal_before = wal_bytes(*connection);
    report("store_and_fold_s", seconds_of([&] {
               for (int batch = 0; batch < batches; ++batch) {
                   must(connection->execute_script("BEGIN"));
                   copy_plain(*connection, subjects, batch);
                   must(connection->query(
                       "INSERT INTO plain_daily AS d SELECT date, site_id, sum(bytes_streamed),"
                       " sum(requests) FROM plain_batch WHERE batch_seq = $1 GROUP BY 1, 2"
                       " ORDER BY 1, 2 ON CONFLICT (date, site_id) DO UPDATE SET"
                       " bytes_streamed = d.bytes_streamed + EXCLUDED.bytes_streamed,"
                       " requests = d.requests + EXCLUDED.requests",
                       Parameters().integer(batch + 1)));
                   must(connection->execute_script("COMMIT"));
               }
           }));
    report("wal_mb", static_cast<double>(wal_bytes(*connection) - wal_before) / 1e6);
}

void matview(const std::string& url, int batches) {
    const std::vector<std::string> subjects = make_subjects(subject_count);
    const auto connection = must(Connection::open(url));
    make_plain_batch(*connection);
    must(connection->execute_script(
        "CREATE MATERIALIZED VIEW plain_daily AS SELECT date, site_id, sum(bytes_streamed)::bigint"
        " AS bytes_streamed, sum(requests)::bigint AS requests FROM plain_batch GROUP BY 1, 2;"
        "CREATE UNIQUE INDEX ON plain_daily (date, site_id)"));
    const std::int64_t wal_before = wal_bytes(*connection);
    for (int batch = 0; batch < batches; ++batch) {
        report("store_and_refresh_s", seconds_of([&] {
                   copy_plain(*connection, subjects, batch);
                   must(connection->execute_script(
                       "REFRESH MATERIALIZED VIEW CONCURRENTLY plain_daily"));
               }));
    }
    report("wal_mb", static_cast<double>(wal_bytes(*connection) - wal_before) / 1e6);
}

void fill(const std::string& url, int days) {
    const std::vector<std::string> subjects = make_subjects(subject_count);
    const auto store = must(open_postgres_store(url));
    must(store->prepare_dataset(cdn));
    const auto connection = must(Connection::open(url));
    fill_history(*connection, subjects, bench_day, days);
}

void read(const std::string& url, int batches) {
    const std::vector<std::string> subjects = make_subjects(subject_count);
    const auto store = must(open_postgres_store(url));
    const auto connection = must(Connection::open(url));
    for (int batch = 0; batch < batches; ++batch) {
        DayRows rows(subjects, Slot::of_day(bench_day, batch));
        must(store->store_batch(batch_named("read", std::to_string(batch)), rows));
    }
    must(connection->execute_script("VACUUM (ANALYZE) cdn_batch"));
    must(connection->execute_script("CHECKPOINT"));
    const UtcDay from = bench_day.plus_days(-89);
    std::vector<UtcDay> days;
    for (UtcDay day = from; day < bench_day.next(); day = day.next()) {
        days.push_back(day);
    }
    RandomStream random(7, "subjects");
    std::vector<double> bare_ms;
    std::vector<double> usage_ms;
    constexpr int warm_up = 500;
    for (int turn = 0; turn < 2500; ++turn) {
        const std::string& subject = subjects[random.below(subjects.size())];
        const auto bare = [&] {
            must(connection->query_prepared(
                "SELECT date, bytes_streamed, requests FROM cdn_daily WHERE date = ANY($1)"
                " AND site_id = $2",
                Parameters().days(days).text(subject)));
        };
        const auto usage = [&] {
            must(store->read_usage(
                {.dataset = "cdn", .subjects = {subject}, .from = from, .to = bench_day.next()}));
        };
        // Whoever comes second finds the pages in the cache, so they take turns.
        const bool bare_first = turn % 2 == 0;
        const double first_s = bare_first ? seconds_of(bare) : seconds_of(usage);
        const double second_s = bare_first ? seconds_of(usage) : seconds_of(bare);
        if (turn >= warm_up) {
            bare_ms.push_back(1e3 * (bare_first ? first_s : second_s));
            usage_ms.push_back(1e3 * (bare_first ? second_s : first_s));
        }
    }
    report("bare_p50_ms", quantile(bare_ms, 0.5));
    report("bare_p99_ms", quantile(bare_ms, 0.99));
    report("usage_p50_ms", quantile(usage_ms, 0.5));
    report("usage_p99_ms", quantile(usage_ms, 0.99));
}

int run(const std::string& url, std::string_view method, int count) {
    if (method == "ours_6" || method == "ours_12") {
        ours(url, count, method == "ours_6" ? 6 : 12);
    } else if (method == "on_conflict" || method == "on_conflict_lean") {
        on_conflict(url, count, method == "on_conflict_lean");
    } else if (method == "matview") {
        matview(url, count);
    } else if (method == "fill") {
        fill(url, count);
    } else if (method == "read") {
        read(url, count);
    } else {
        return 2;
    }
    return 0;
}

}  // namespace
}  // namespace tidemark::bench

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "usage: bench_fold POSTGRES_URL METHOD COUNT\n");
        return 2;
    }
    return tidemark::bench::run(argv[1], argv[2], std::atoi(argv[3]));
}
