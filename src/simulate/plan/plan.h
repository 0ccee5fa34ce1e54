#pragma once
// Plan: what a simulation does, as read from its TOML file (plan_reader.h, docs/simulator.md).
//
// Every time span here is *simulated*: `--speed 60` divides spans by 60 when the plan is run, and
// leaves what is measured alone. A default-constructed struct holds the defaults of the file.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "domain/utc_day.h"
#include "simulate/plan/statement.h"

namespace tidemark::simulate {

using Micros = std::chrono::microseconds;

// A part of the schema under test: statements of a file or of the plan, or Tidemark's own tables.
struct SchemaPart {
    std::string name{};  // the file, or the plan's key, for messages
    std::string text{};
    bool is_file = false;
    bool own_tables = false;  // Tidemark's migrations and built-in datasets; then without text
    bool operator==(const SchemaPart&) const = default;
};

// Where the load goes. Without a URL a private PostgreSQL is started for the run.
struct Target {
    std::string url;
    std::vector<SchemaPart> schema;  // in the order in which they are made
    Micros rtt{};                 // of the machine, not simulated: what every round trip takes more
    std::int64_t disk_bytes = 0;  // of a private PostgreSQL's own file system; 0: the machine's
    std::map<std::string, std::string> settings;  // of a private PostgreSQL, over the defaults
    bool operator==(const Target&) const = default;
};

enum class Skew { uniform, zipf };

// Identifiers `prefix` + number with leading zeros: mlw_000 ... mlw_999 for width 3. What a pool
// holds at an instant follows from the plan alone, so that every process has the same one.
struct Pool {
    std::string name{};
    std::string prefix{};
    std::int64_t width = 6;
    std::int64_t count = 0;  // at the start; required
    Skew skew = Skew::uniform;
    double exponent = 1.0;         // of zipf
    std::int64_t new_per_day = 0;  // identifiers that join, evenly over the day
    bool operator==(const Pool&) const = default;
};

enum class ValueKind {
    pool,
    date,
    integer,
    number,
    choice,
    constant,
    writer,
    run,
    operation,
    time
};

// What a placeholder becomes. pool, date, integer, number and choice are drawn for every row;
// constant, writer, run, operation and time are the same for a whole transaction.
struct Value {
    ValueKind kind = ValueKind::integer;
    std::string pool{};
    std::int64_t least = 0;  // integer, half-open: [least, most); date: days from today
    std::int64_t most = 0;
    bool logarithmic = false;  // integer: every power of two as likely as the next
    double number_least = 0;
    double number_most = 0;
    std::vector<std::string> choices{};  // the constant is the only one
    bool operator==(const Value&) const = default;
};

// True for the kinds that are drawn for every row.
bool is_per_row(ValueKind kind);

enum class WriterKind { stream, batch, copy, reads };
enum class Arrival { regular, poisson };
enum class Overlap { skip, queue, allow };
enum class RowOrder { sorted, random };
enum class Drawing { distinct, repeated };
enum class Isolation { read_committed, repeatable_read, serializable };
// What a writer does that lost its connection while committing.
enum class AmbiguousCommit { resolve, retry };

struct RetryPolicy {
    // SQLSTATEs, or their first two characters for a class.
    std::vector<std::string> states = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "08"};
    std::int64_t attempts_max = 5;  // with the first one
    Micros backoff = std::chrono::milliseconds(50);
    Micros backoff_max = std::chrono::seconds(5);
    AmbiguousCommit ambiguous = AmbiguousCommit::resolve;
    bool operator==(const RetryPolicy&) const = default;
};

struct WriterObjectives {
    Micros p99{};                       // response, from the planned time
    double deadline_miss_share = 0.01;  // of runs, with those skipped and never begun
    double error_share = 0.001;         // of transactions
    bool operator==(const WriterObjectives&) const = default;
};

// One line of a trace: a run as it was on a real day.
struct TracedRun {
    Micros at{};  // from the trace's first midnight
    std::int64_t rows = 0;
    bool operator==(const TracedRun&) const = default;
};

// How a writer's rows are found again in the tables, to be compared with the ledger.
struct Verify {
    // Rows of (operation, count): what the tables have of each transaction.
    std::string query{};
    std::int64_t rows = 0;  // that a transaction leaves; 0: as many as it sends
    // One number that the writer's transactions add to, and the placeholder that they add; without
    // one, their rows.
    std::string total{};
    std::string of{};
    // Doing a transaction twice leaves what doing it once does: two commits are no finding.
    bool repeatable = false;
    bool operator==(const Verify&) const = default;
};

struct Writer {
    std::string name{};
    int line = 0;         // of the plan's file
    std::string service;  // what --services chooses by; empty: none
    WriterKind kind = WriterKind::stream;
    std::int64_t instances = 1;    // processes
    std::int64_t connections = 1;  // of each process

    // When. Exactly one of every, cron and trace is set (runs_per_hour is read as `every`).
    Micros every{};
    std::string cron;
    std::vector<TracedRun> trace;
    Micros phase{};   // of the first start
    Micros jitter{};  // each start is late by a uniform draw below this
    Arrival arrival = Arrival::regular;
    bool staggered = false;  // instances begin a share of `every` apart, not all at once

    // What.
    std::int64_t rows = 1;              // of a run
    std::int64_t transaction_rows = 0;  // 0: the whole run is one transaction
    std::int64_t statement_rows = 0;    // 1: scalar parameters; else arrays; 0: the transaction's
    Micros spread{};                    // a run's transactions are planned evenly over this
    Micros deadline{};                  // of a run, from its planned start; 0: none
    Overlap overlap = Overlap::queue;
    std::string sql_file;
    std::vector<Statement> statements;
    std::map<std::string, Value> values;  // of every placeholder in `statements`
    RowOrder order = RowOrder::sorted;
    Drawing drawing = Drawing::distinct;
    double late_share = 0;  // of rows whose date is not today's
    std::int64_t late_days_max = 7;
    Isolation isolation = Isolation::read_committed;
    // A transaction is one statement without BEGIN and COMMIT: a round trip less, and nobody can
    // ask the server afterwards what became of it.
    bool autocommit = false;
    RetryPolicy retry;
    std::int64_t restarts_max = 10;                  // of a process that ended before its time
    Micros restart_after = std::chrono::seconds(1);  // how long it takes until it is noticed
    WriterObjectives objectives;
    Verify verify;

    // The rows of the largest run.
    [[nodiscard]] std::int64_t rows_max() const;
    bool operator==(const Writer&) const = default;
};

// History written before the run: one row per identifier of `pool` and day, by COPY; then rounds
// of a writer's own statements, which age tables and indexes as a real history does.
struct Prefill {
    std::string pool{};
    std::int64_t days = 0;
    std::string sql_file;
    std::vector<Statement> statements;
    std::map<std::string, Value> values;
    std::string ageing_writer;
    std::int64_t ageing_rounds = 0;
    bool operator==(const Prefill&) const = default;
};

enum class FaultKind { kill, terminate, pause, lock, restart, black_hole, delay, disk_full };
// What a black hole takes: everything, or what the server sends.
enum class Swallows { all, answers };
// What becomes of the connections when a black hole ends.
enum class HoleEnd { resume, cut };

struct Fault {
    FaultKind kind = FaultKind::kill;
    Micros at{};
    Micros lasts{};        // pause, lock, black_hole, delay and disk_full
    std::string writer{};  // kill, terminate and pause; black_hole and delay: empty for all writers
    std::string table{};   // lock
    Swallows swallows = Swallows::all;   // black_hole
    HoleEnd hole_end = HoleEnd::resume;  // black_hole
    Micros by{};  // delay: of the machine, not simulated; what every round trip takes more
    bool operator==(const Fault&) const = default;
};

// Whether it lasts, instead of happening at once.
bool has_length(FaultKind kind);

struct DatabaseObjectives {
    std::int64_t wal_bytes_per_day = 100'000'000'000;
    double dead_tuple_share = 0.2;
    double hot_share = 0.9;  // of updates, for tables that are updated
    double lock_wait_share = 0.05;
    double full_page_image_share = 0.5;  // of the WAL's bytes
    std::int64_t deadlocks = 0;
    bool operator==(const DatabaseObjectives&) const = default;
};

struct Plan {
    std::string name{};
    std::string file;  // as the user named it; other files are found beside it
    std::uint64_t seed = 1;
    Micros duration = std::chrono::hours(2);
    Micros warm_up{};  // what is planned before is done and not judged
    std::chrono::sys_seconds start = std::chrono::sys_days(std::chrono::days(20759));  // 2026-11-02
    bool dates_advance = true;  // false: the whole run is within one day
    double speed = 1;
    bool durable_ledger = true;  // intents reach the disk before their COMMIT is sent
    Target target;
    std::vector<Pool> pools;
    std::vector<Writer> writers;
    std::vector<Prefill> prefills;
    DatabaseObjectives objectives;
    std::vector<Fault> faults;

    [[nodiscard]] const Pool* find_pool(std::string_view name_wanted) const;
    [[nodiscard]] const Writer* find_writer(std::string_view name_wanted) const;
    bool operator==(const Plan&) const = default;
};

std::string_view to_string(Skew skew);
std::string_view to_string(WriterKind kind);
std::string_view to_string(Arrival arrival);
std::string_view to_string(Overlap overlap);
std::string_view to_string(RowOrder order);
std::string_view to_string(Drawing drawing);
std::string_view to_string(Isolation isolation);
std::string_view to_string(AmbiguousCommit ambiguous);
std::string_view to_string(FaultKind kind);
std::string_view to_string(Swallows swallows);
std::string_view to_string(HoleEnd end);

}  // namespace tidemark::simulate
