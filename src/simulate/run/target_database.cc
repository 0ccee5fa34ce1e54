#include "simulate/run/target_database.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "simulate/run/operation_record.h"
#include "simulate/run/outcomes.h"
#include "simulate/run/row_values.h"

namespace tidemark::simulate {

namespace {

constexpr const char* mark = "tidemark_simulation";
constexpr std::size_t rows_a_copy = 200'000;

Error from_server(const std::string& doing, const SqlFailure& failure) {
    const bool lost =
        failure.state.empty() || failure.state.starts_with("08") || failure.state.starts_with("57");
    return {lost ? ErrorKind::unavailable : ErrorKind::invalid_input,
            fmt::format("{}: {}", doing, failure.message)};
}

template <typename T>
Result<void> checked(const std::string& doing, const SqlResult<T>& result) {
    if (!result.has_value()) {
        return from_server(doing, result.error());
    }
    return {};
}

std::int64_t whole_number(const std::optional<std::string>& text) {
    return std::strtoll(text.value_or("0").c_str(), nullptr, 10);
}

Result<std::int64_t> number(Session& session, const std::string& sql) {
    const SqlResult<TextRows> rows = session.query(sql);
    if (!rows.has_value()) {
        return from_server("look at the target", rows.error());
    }
    return whole_number(rows->at(0).at(0));
}

// History is a plan's own writer: one run a day, with every identifier of the pool.
struct History {
    Plan plan;
    Writer writer;
    Schedule schedule;
};

History history_of(const Plan& plan, const Prefill& prefill) {
    History history{.plan = plan, .writer = {}, .schedule = {}};
    history.plan.start -= std::chrono::days(prefill.days);
    history.plan.dates_advance = true;
    history.plan.writers.clear();
    Writer& writer = history.writer;
    writer.name = "prefill " + prefill.pool + " " + prefill.sql_file;
    writer.kind = WriterKind::copy;
    writer.statements = prefill.statements;
    writer.values = prefill.values;
    const Pool* pool = plan.find_pool(prefill.pool);
    writer.rows = pool->count;
    for (const auto& [name, value] : prefill.values) {
        const Pool* other = value.kind == ValueKind::pool ? plan.find_pool(value.pool) : nullptr;
        if (other != nullptr && other->count < writer.rows) {
            writer.drawing = Drawing::repeated;
        }
    }
    for (std::int64_t day = 0; day < prefill.days; ++day) {
        const auto place = static_cast<std::uint32_t>(day);
        const std::int64_t at_us = Micros(std::chrono::days(day)).count();
        history.schedule.runs.push_back({.planned_us = at_us,
                                         .first_operation = place,
                                         .operations = 1,
                                         .rows = static_cast<std::uint32_t>(writer.rows)});
        history.schedule.operations.push_back(
            {.planned_us = at_us, .run = place, .rows = static_cast<std::uint32_t>(writer.rows)});
    }
    return history;
}

Result<void> fill(Session& session,
                  const Plan& plan,
                  const Prefill& prefill,
                  const std::function<bool()>& stop,
                  const Note& note) {
    const History history = history_of(plan, prefill);
    // Pools as they are at the start: what joins later was not there.
    Plan still = history.plan;
    for (Pool& pool : still.pools) {
        pool.new_per_day = 0;
    }
    const PoolMap pools = make_pools(still);
    RowValues values(still, history.writer, 0, history.schedule, pools);
    std::string rows;
    const std::string& table = prefill.statements.front().table;
    for (std::uint32_t day = 0; day < history.schedule.operations.size() && !stop(); ++day) {
        rows += values.steps_of(day).front().copy_text;
        const bool last = day + 1 == history.schedule.operations.size();
        if (last || rows.size() > rows_a_copy * 40) {
            note(fmt::format("prefill {}: day {} of {}", table, day + 1, prefill.days));
            TIDEMARK_RETURN_IF_ERROR(
                checked(fmt::format("{}:{}", prefill.sql_file, prefill.statements.front().line),
                        session.copy(prefill.statements.front().sql, rows)));
            rows.clear();
        }
    }
    return {};
}

// Rounds of a writer's own runs on the last day of the history.
Result<void> age(Session& session,
                 const Plan& plan,
                 const Prefill& prefill,
                 const std::function<bool()>& stop,
                 const Note& note) {
    if (prefill.ageing_rounds == 0) {
        return {};
    }
    Writer writer = *plan.find_writer(prefill.ageing_writer);
    Plan before = plan;
    before.start -= std::chrono::days(1);
    before.dates_advance = false;
    Schedule schedule;
    const auto rows = static_cast<std::uint32_t>(writer.rows_max());
    for (std::uint32_t round = 0; round < prefill.ageing_rounds; ++round) {
        schedule.runs.push_back({.first_operation = round, .operations = 1, .rows = rows});
        schedule.operations.push_back({.run = round, .rows = rows});
    }
    const PoolMap pools = make_pools(plan);
    RowValues values(before, writer, 999, schedule, pools);
    const std::string doing = fmt::format("prefill: ageing by writer '{}'", writer.name);
    TIDEMARK_RETURN_IF_ERROR(checked(doing, session.prepare(writer)));
    for (std::uint32_t round = 0; round < prefill.ageing_rounds && !stop(); ++round) {
        note(fmt::format(
            "ageing by {}: round {} of {}", writer.name, round + 1, prefill.ageing_rounds));
        TIDEMARK_RETURN_IF_ERROR(
            checked(doing, session.execute(writer, values.steps_of(round), {})));
        TIDEMARK_RETURN_IF_ERROR(checked(doing, session.commit()));
    }
    return checked(doing, session.script("deallocate all"));
}

}  // namespace

Result<void> claim_database(Session& session, bool any_database) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::int64_t marked,
        number(session,
               fmt::format("select count(*) from pg_namespace where nspname = '{}'", mark)));
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::int64_t tables,
        number(session,
               "select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace "
               "where c.relkind in ('r', 'p', 'm', 'v', 'S', 'f') and n.nspname <> "
               "'information_schema' and n.nspname not like 'pg\\_%'"));
    if (tables > 0 && marked == 0 && !any_database) {
        return Error{ErrorKind::refused,
                     fmt::format("the target has {} tables, views or sequences, and none of them "
                                 "was made by a simulation; name an empty database, or say "
                                 "--any-database if you know what is in it",
                                 tables)};
    }
    if (marked > 0) {
        TIDEMARK_RETURN_IF_ERROR(
            checked("empty the target of the last simulation",
                    session.script("drop schema public cascade; create schema public")));
    }
    if (tables > 0 && marked == 0) {
        return {};  // somebody else's: a mark would let the next simulation empty it
    }
    return checked("mark the target",
                   session.script(fmt::format("create schema if not exists {}", mark)));
}

Result<void> prepare_database(Session& session,
                              const Plan& plan,
                              const OwnTables& make_own_tables,
                              const std::function<bool()>& stop,
                              const Note& note) {
    for (const SchemaPart& part : plan.target.schema) {
        note("schema: " + part.name);
        TIDEMARK_RETURN_IF_ERROR(part.own_tables ? make_own_tables()
                                                 : checked(part.name, session.script(part.text)));
    }
    for (const Prefill& prefill : plan.prefills) {
        TIDEMARK_RETURN_IF_ERROR(fill(session, plan, prefill, stop, note));
        TIDEMARK_RETURN_IF_ERROR(age(session, plan, prefill, stop, note));
    }
    if (!stop()) {
        note("vacuum, analyze, checkpoint");
        TIDEMARK_RETURN_IF_ERROR(checked("vacuum", session.script("vacuum analyze")));
        // Not everybody may; then the server's own rhythm has to do.
        static_cast<void>(session.script("checkpoint"));
    }
    return {};
}

Result<void> read_server_facts(Session& session, RunFacts& facts) {
    const SqlResult<TextRows> rows = session.query(
        "select name, coalesce(current_setting(name), '') from pg_settings where name in "
        "('server_version', 'shared_buffers', 'max_wal_size', 'checkpoint_timeout', 'fsync', "
        "'synchronous_commit', 'full_page_writes', 'wal_compression', 'wal_level', 'autovacuum', "
        "'autovacuum_naptime', 'max_connections', 'work_mem', 'maintenance_work_mem', "
        "'checkpoint_completion_target') order by name");
    TIDEMARK_RETURN_IF_ERROR(checked("read the target's settings", rows));
    for (const TextRow& row : *rows) {
        facts.settings[row[0].value_or("")] = row[1].value_or("");
    }
    facts.server_version = facts.settings["server_version"];
    return {};
}

Result<std::vector<SequenceFact>> read_sequences(Session& session) {
    const SqlResult<TextRows> rows = session.query(
        "select s.schemaname || '.' || s.sequencename, coalesce(s.last_value, 0), "
        "least(s.max_value, case t.typname when 'int2' then 32767 when 'int4' then 2147483647 else "
        "9223372036854775807 end) from pg_sequences s left join pg_depend d on d.classid = "
        "'pg_class'::regclass and d.objid = (quote_ident(s.schemaname) || '.' || "
        "quote_ident(s.sequencename))::regclass and d.deptype in ('a', 'i') and d.refobjsubid > 0 "
        "left join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid left "
        "join pg_type t on t.oid = a.atttypid order by 1");
    TIDEMARK_RETURN_IF_ERROR(checked("read the target's sequences", rows));
    std::vector<SequenceFact> sequences;
    for (const TextRow& row : *rows) {
        const std::int64_t last = whole_number(row[1]);
        sequences.push_back({.name = row[0].value_or(""),
                             .first = last,
                             .last = last,
                             .limit = whole_number(row[2])});
    }
    return sequences;
}

Result<std::vector<IndexFact>> read_indexes(Session& session) {
    const SqlResult<TextRows> rows = session.query(
        "select n.nspname || '.' || t.relname, i.relname, coalesce(a.attname, ''), "
        "coalesce(s.correlation, 0) from pg_index x join pg_class i on i.oid = x.indexrelid "
        "join pg_class t on t.oid = x.indrelid join pg_namespace n on n.oid = t.relnamespace "
        "join pg_am m on m.oid = i.relam and m.amname = 'btree' "
        "cross join lateral unnest(x.indkey::int2[]) with ordinality as k (attnum, place) "
        "left join pg_attribute a on a.attrelid = t.oid and a.attnum = k.attnum "
        "left join pg_stats s on s.schemaname = n.nspname and s.tablename = t.relname and "
        "s.attname = a.attname where k.place <= x.indnkeyatts and n.nspname not like 'pg\\_%' "
        "and n.nspname <> 'information_schema' order by 1, 2, k.place");
    TIDEMARK_RETURN_IF_ERROR(checked("read the target's indexes", rows));
    std::vector<IndexFact> indexes;
    for (const TextRow& row : *rows) {
        const std::string table = row[0].value_or("");
        const std::string name = row[1].value_or("");
        if (indexes.empty() || indexes.back().table != table || indexes.back().name != name) {
            indexes.push_back({.table = table, .name = name});
        }
        indexes.back().columns.push_back(row[2].value_or(""));
        indexes.back().correlations.push_back(std::strtod(row[3].value_or("0").c_str(), nullptr));
    }
    return indexes;
}

}  // namespace tidemark::simulate
