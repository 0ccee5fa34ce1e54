#include "simulate/run/table_storage.h"

#include <cstdlib>

#include <fmt/format.h>

namespace tidemark::simulate {

namespace {

Error from_server(const SqlFailure& failure) {
    return {ErrorKind::unavailable, fmt::format("measure the tables: {}", failure.message)};
}

std::int64_t number_of(const std::optional<std::string>& text) {
    return std::strtoll(text.value_or("0").c_str(), nullptr, 10);
}

// By leaf pages: a small index says little about a large one. Negative where there is none.
double leaf_density(Session& session, const std::string& table) {
    const SqlResult<TextRows> rows = session.query(
        "select sum(s.avg_leaf_density * s.leaf_pages) / nullif(sum(s.leaf_pages), 0) / 100 "
        "from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam, "
        "pgstatindex(i.indexrelid::regclass) s "
        "where i.indrelid = $1::regclass and a.amname = 'btree' and c.relkind = 'i' "
        "and s.avg_leaf_density <> 'NaN'",
        {table});
    if (!rows.has_value() || !rows->at(0).at(0).has_value()) {
        return -1;
    }
    return std::strtod(rows->at(0).at(0)->c_str(), nullptr);
}

}  // namespace

Result<std::vector<TableStorage>> measure_storage(Session& session) {
    // Where it is not installed, every density is unknown, and said to be.
    static_cast<void>(session.script("create extension if not exists pgstattuple"));
    const SqlResult<TextRows> tables = session.query(
        "select quote_ident(schemaname) || '.' || quote_ident(relname), schemaname || '.' || "
        "relname, pg_table_size(relid), pg_indexes_size(relid) from pg_stat_user_tables order by "
        "1");
    if (!tables.has_value()) {
        return from_server(tables.error());
    }
    std::vector<TableStorage> all;
    for (const TextRow& row : *tables) {
        const std::string table = row[0].value_or("");
        const SqlResult<TextRows> rows = session.query("select count(*) from " + table);
        if (!rows.has_value()) {
            return from_server(rows.error());
        }
        all.push_back({.name = row[1].value_or(""),
                       .rows = number_of(rows->at(0).at(0)),
                       .table_bytes = number_of(row[2]),
                       .index_bytes = number_of(row[3]),
                       .leaf_density = leaf_density(session, table)});
    }
    return all;
}

}  // namespace tidemark::simulate
