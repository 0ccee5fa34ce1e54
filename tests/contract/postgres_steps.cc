#include "contract/postgres_steps.h"

#include <chrono>
#include <thread>

#include "base/check.h"
#include "store/postgres/postgres_store.h"

namespace tidemark::test {

namespace {

// Long enough for a loaded machine; reached only when a test fails.
constexpr std::chrono::seconds patience{60};

template <typename T>
T must(Result<T> result) {
    if (!result.has_value()) {
        ADD_FAILURE() << result.error().message;
    }
    TIDEMARK_CHECK(result.has_value());
    return std::move(result).value();
}

template <typename Condition>
void wait_until(Condition condition) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        TIDEMARK_CHECK(std::chrono::steady_clock::now() < deadline);
        std::this_thread::yield();
    }
}

}  // namespace

PostgresRace::PostgresRace() : store(must(open_postgres_store(database.url()))) {
    EXPECT_TRUE(store->prepare_dataset(cdn()).has_value());
}

postgres::Session& PostgresRace::new_session(const postgres::Options& options) {
    sessions_.push_back(must(postgres::Session::open(database.url(), options)));
    // Looked up now: a look-up ends whatever transaction is open.
    (void)must(sessions_.back()->counter("cdn"));
    return *sessions_.back();
}

postgres::Connection& PostgresRace::connection_of(postgres::Session& session) {
    return *must(session.connection());
}

const postgres::DatasetTables& PostgresRace::tables_of(postgres::Session& session) {
    return *must(session.counter("cdn"));
}

postgres::BatchEntry PostgresRace::entry_of(const std::string& key,
                                            const std::vector<CdnRow>& rows) {
    UsageRows source = rows_of(rows);
    return must(postgres::survey_batch(cdn(), batch_of(key), source));
}

std::int64_t PostgresRace::begun(postgres::Session& session,
                                 const postgres::BatchEntry& entry,
                                 std::chrono::milliseconds lease) {
    EXPECT_TRUE(session.ensure_partitions(tables_of(session), entry.receipt.days).has_value());
    const auto batch_seq = must(postgres::begin_batch(connection_of(session), entry, lease));
    TIDEMARK_CHECK(batch_seq.has_value());
    return *batch_seq;
}

void PostgresRace::copied(postgres::Session& session,
                          std::int64_t batch_seq,
                          const std::vector<CdnRow>& rows) {
    execute(session, "BEGIN");
    UsageRows source = rows_of(rows);
    const auto written =
        postgres::copy_rows(connection_of(session), tables_of(session), batch_seq, source);
    EXPECT_TRUE(written.has_value());
}

bool PostgresRace::marked(postgres::Session& session, std::int64_t batch_seq) {
    return must(postgres::mark_committed(connection_of(session), "cdn", batch_seq)).has_value();
}

void PostgresRace::execute(postgres::Session& session, const std::string& sql) {
    const Result<void> done = connection_of(session).execute_script(sql);
    EXPECT_TRUE(done.has_value()) << done.error().message;
}

void PostgresRace::wait_until_somebody_waits() {
    wait_until([this] {
        return database.run(
                   "SELECT count(*) FROM pg_stat_activity WHERE datname ="
                   " current_database() AND wait_event_type = 'Lock'") != "0";
    });
}

void PostgresRace::terminate(postgres::Session& session) {
    const postgres::Rows backend = must(connection_of(session).query("SELECT pg_backend_pid()"));
    const std::string pid(backend.text(0, 0));
    (void)database.run("SELECT pg_terminate_backend(" + pid + ")");
    wait_until([&] {
        return database.run("SELECT count(*) FROM pg_stat_activity WHERE pid = " + pid) == "0";
    });
}

std::string PostgresRace::bytes_read() {
    UsageQuery query = question(0, 30, UsagePeriod::total);
    query.per_subject = false;
    const auto reader = must(open_postgres_store(database.url()));
    const UsageAnswer answer = must(reader->read_usage(query));
    return answer.rows.empty() ? "none" : answer.rows.front().values.front().to_string();
}

}  // namespace tidemark::test
