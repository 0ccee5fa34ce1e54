#include "store/sqlite/gauge_rows.h"

#include <string>

#include <fmt/format.h>

#include "store/gauge_recount.h"

namespace tidemark::sqlite {

namespace {

constexpr int columns_per_metric = 3;

// "?3, ?4, ..." for every column of every level.
std::string level_places(const DatasetTables& tables, int first_place) {
    int place = first_place;
    std::string places;
    for (const char character : tables.each_level_column("?")) {
        if (character == '?') {
            places += fmt::format("{}?{}", places.empty() ? "" : ", ", place++);
        }
    }
    return places;
}

void bind_levels(Statement& statement, int first_place, const GaugeDay& row) {
    int place = first_place;
    for (const std::optional<GaugeLevel>& level : row.levels) {
        if (level.has_value()) {
            statement.bind_at(place, level->current.value);
            statement.bind_at(place + 1,
                              std::int64_t{level->current.observed_at.time_since_epoch().count()});
            statement.bind_at(place + 2, level->mark);
        } else {
            for (int column = 0; column < columns_per_metric; ++column) {
                statement.bind_null_at(place + column);
            }
        }
        place += columns_per_metric;
    }
}

}  // namespace

void read_levels(const Statement& row,
                 int first_column,
                 std::vector<std::optional<GaugeLevel>>& levels) {
    int column = first_column;
    for (std::optional<GaugeLevel>& level : levels) {
        level.reset();
        if (!row.is_null(column)) {
            level = GaugeLevel{.current = {.observed_at = Timestamp(
                                               std::chrono::microseconds(row.integer(column + 1))),
                                           .value = row.integer(column)},
                               .mark = row.integer(column + 2)};
        }
        column += columns_per_metric;
    }
}

Result<GaugeRows> GaugeRows::make(Connection& connection, const DatasetTables& tables) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement find,
        connection.prepare(fmt::format("SELECT rowid, {} FROM {} WHERE {} = ?1 AND date = ?2",
                                       tables.each_level_column("{}"),
                                       tables.daily(),
                                       tables.subject())));
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement update,
        connection.prepare(fmt::format("UPDATE {} SET ({}) = ({}) WHERE rowid = ?1",
                                       tables.daily(),
                                       tables.each_level_column("{}"),
                                       level_places(tables, 2))));
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement insert,
        connection.prepare(fmt::format("INSERT INTO {} ({}, date, {}) VALUES (?1, ?2, {})",
                                       tables.daily(),
                                       tables.subject(),
                                       tables.each_level_column("{}"),
                                       level_places(tables, 3))));
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement remove,
        connection.prepare(fmt::format(
            "DELETE FROM {} WHERE {} = ?1 AND date = ?2", tables.daily(), tables.subject())));
    return GaugeRows(std::move(find), std::move(update), std::move(insert), std::move(remove));
}

Result<std::optional<std::int64_t>> GaugeRows::find(std::string_view subject,
                                                    UtcDay day,
                                                    GaugeDay& row) {
    find_.bind(subject, std::int64_t{day.days_since_epoch()});
    TIDEMARK_ASSIGN_OR_RETURN(const bool found, find_.step());
    std::optional<std::int64_t> rowid;
    if (found) {
        rowid = find_.integer(0);
        read_levels(find_, 1, row.levels);
    }
    find_.reset();
    return rowid;
}

Result<void> GaugeRows::merge(std::optional<std::int64_t> rowid,
                              GaugeDay& stored,
                              const GaugeDay& added) {
    if (!rowid.has_value()) {
        return write(rowid, added);
    }
    bool changed = false;
    for (std::size_t metric = 0; metric < added.levels.size(); ++metric) {
        if (added.levels[metric].has_value()) {
            const std::optional<GaugeLevel> before = stored.levels[metric];
            observe(stored.levels[metric], *added.levels[metric]);
            changed = changed || stored.levels[metric] != before;
        }
    }
    return changed ? write(rowid, stored) : Result<void>{};
}

Result<void> GaugeRows::replace(const GaugeDay& row) {
    remove_.bind(std::string_view(row.subject), std::int64_t{row.day.days_since_epoch()});
    TIDEMARK_RETURN_IF_ERROR(remove_.run());
    return is_empty(row) ? Result<void>{} : write(std::nullopt, row);
}

Result<void> GaugeRows::write(std::optional<std::int64_t> rowid, const GaugeDay& row) {
    if (rowid.has_value()) {
        update_.bind_at(1, *rowid);
        bind_levels(update_, 2, row);
        return update_.run();
    }
    insert_.bind(std::string_view(row.subject), std::int64_t{row.day.days_since_epoch()});
    bind_levels(insert_, 3, row);
    return insert_.run();
}

}  // namespace tidemark::sqlite
