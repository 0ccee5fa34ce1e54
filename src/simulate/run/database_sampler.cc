#include "simulate/run/database_sampler.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "simulate/run/monotonic.h"

namespace tidemark::simulate {

namespace {

std::int64_t number_of(const std::optional<std::string>& text) {
    std::int64_t number = 0;
    if (text.has_value()) {
        std::from_chars(text->data(), text->data() + text->size(), number);
    }
    return number;
}

struct Source {
    const char* name;
    const char* view;
    const char* column;
};

// A name twice: versions before 17 and from 17 on keep it in other views.
constexpr Source sources[] = {
    {"commits", "pg_stat_database", "xact_commit"},
    {"rollbacks", "pg_stat_database", "xact_rollback"},
    {"deadlocks", "pg_stat_database", "deadlocks"},
    {"blocks_read", "pg_stat_database", "blks_read"},
    {"blocks_hit", "pg_stat_database", "blks_hit"},
    {"temp_bytes", "pg_stat_database", "temp_bytes"},
    {"wal_bytes", "pg_stat_wal", "wal_bytes"},
    {"wal_full_page_images", "pg_stat_wal", "wal_fpi"},
    {"wal_records", "pg_stat_wal", "wal_records"},
    {"checkpoints_timed", "pg_stat_checkpointer", "num_timed"},
    {"checkpoints_timed", "pg_stat_bgwriter", "checkpoints_timed"},
    {"checkpoints_requested", "pg_stat_checkpointer", "num_requested"},
    {"checkpoints_requested", "pg_stat_bgwriter", "checkpoints_req"},
    {"checkpoint_buffers", "pg_stat_checkpointer", "buffers_written"},
    {"checkpoint_buffers", "pg_stat_bgwriter", "buffers_checkpoint"},
};

// Prepared: a server that is asked every second plans them once, which is what most of them cost.
constexpr const char* prepared_statements =
    "prepare tables as "
    "select schemaname || '.' || relname, n_tup_ins, n_tup_upd, n_tup_hot_upd, n_tup_del, "
    "n_live_tup, n_dead_tup, autovacuum_count from pg_stat_user_tables;"
    "prepare sessions as "
    "select coalesce(wait_event_type, 'CPU'), count(*) from pg_stat_activity "
    "where state = 'active' and pid <> pg_backend_pid() and datname = current_database() "
    "group by 1 union all "
    "select 'autovacuum', count(*) from pg_stat_activity "
    "where backend_type = 'autovacuum worker';"
    "prepare blocked as "
    "select w.application_name || ' < ' || coalesce(nullif(b.application_name, ''), "
    "b.backend_type), count(*) from pg_stat_activity w, "
    "unnest(pg_blocking_pids(w.pid)) as p join pg_stat_activity b on b.pid = p "
    "where w.wait_event_type = 'Lock' group by 1;"
    "prepare sums as ";

}  // namespace

std::string sums_query(const std::vector<std::string>& columns, std::vector<std::string>& names) {
    names = {"wal_position"};
    std::string query = "select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint";
    for (const Source& source : sources) {
        const bool there =
            std::ranges::find(columns, fmt::format("{}.{}", source.view, source.column)) !=
            columns.end();
        if (!there || std::ranges::find(names, source.name) != names.end()) {
            continue;
        }
        names.emplace_back(source.name);
        const bool of_database = std::string_view(source.view) == "pg_stat_database";
        query += fmt::format(", (select {}::bigint from {}{})",
                             source.column,
                             source.view,
                             of_database ? " where datname = current_database()" : "");
    }
    return query;
}

bool DatabaseSampler::prepare() {
    if (session_ != nullptr && session_->alive()) {
        return true;
    }
    SqlResult<std::unique_ptr<Session>> session = Session::open(url_, "tidemark/sampler");
    if (!session.has_value()) {
        session_.reset();
        return false;
    }
    session_ = std::move(*session);
    const SqlResult<TextRows> rows = session_->query(
        "select c.relname || '.' || a.attname from pg_class c join pg_attribute a on "
        "a.attrelid = c.oid where c.relnamespace = 'pg_catalog'::regnamespace and c.relname in "
        "('pg_stat_database', 'pg_stat_wal', 'pg_stat_bgwriter', 'pg_stat_checkpointer')");
    if (!rows.has_value()) {
        session_.reset();
        return false;
    }
    std::vector<std::string> columns;
    for (const TextRow& row : *rows) {
        columns.push_back(row.at(0).value_or(""));
    }
    if (!session_->script(prepared_statements + sums_query(columns, sums_names_)).has_value()) {
        session_.reset();
        return false;
    }
    return true;
}

void DatabaseSampler::take_sums(Sample& sample) {
    const SqlResult<TextRows> rows = session_->query("execute sums");
    if (!rows.has_value() || rows->empty()) {
        return;
    }
    for (std::size_t place = 0; place < sums_names_.size(); ++place) {
        sample.sums[sums_names_[place]] = number_of(rows->front().at(place));
    }
    sample.sums["commits"] -= own_transactions_;
}

void DatabaseSampler::take_tables(Sample& sample) {
    const SqlResult<TextRows> rows = session_->query("execute tables");
    if (!rows.has_value()) {
        return;
    }
    for (const TextRow& row : *rows) {
        sample.tables[row[0].value_or("")] = {.inserted = number_of(row[1]),
                                              .updated = number_of(row[2]),
                                              .hot_updated = number_of(row[3]),
                                              .removed = number_of(row[4]),
                                              .live = number_of(row[5]),
                                              .dead = number_of(row[6]),
                                              .vacuums = number_of(row[7])};
    }
}

void DatabaseSampler::take_sessions(Sample& sample) {
    const SqlResult<TextRows> rows = session_->query("execute sessions");
    const SqlResult<TextRows> blocked = session_->query("execute blocked");
    if (!rows.has_value() || !blocked.has_value()) {
        return;
    }
    for (const TextRow& row : *rows) {
        const std::string kind = row[0].value_or("");
        const std::int64_t count = number_of(row[1]);
        if (kind == "autovacuum") {
            sample.vacuums_running = count;
        } else {
            sample.waiting[kind] = count;
            sample.sessions_active += count;
        }
    }
    for (const TextRow& row : *blocked) {
        sample.blocked[row[0].value_or("")] = number_of(row[1]);
    }
}

std::optional<Sample> DatabaseSampler::take() {
    if (!prepare()) {
        return std::nullopt;
    }
    Sample sample{.at_us = monotonic_us() - start_us_};
    take_sums(sample);
    take_tables(sample);
    take_sessions(sample);
    own_transactions_ += 4;
    if (!session_->alive() || sample.sums.empty()) {
        session_.reset();
        return std::nullopt;
    }
    return sample;
}

}  // namespace tidemark::simulate
