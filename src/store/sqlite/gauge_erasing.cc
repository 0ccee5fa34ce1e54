#include "store/sqlite/gauge_erasing.h"

#include <limits>
#include <string>

#include <fmt/format.h>

namespace tidemark::sqlite {

namespace {

Result<void> erase_rows(Connection& connection,
                        const DatasetTables& tables,
                        std::string_view subject,
                        ErasedEvents& erased) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement rows,
        connection.prepare(fmt::format("SELECT batch_seq, metric, value FROM {} WHERE {} = ?1",
                                       tables.batch(),
                                       tables.subject())));
    rows.bind(subject);
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
        if (!found) {
            break;
        }
        erased.add(rows.integer(0),
                   static_cast<std::size_t>(rows.integer(1) - 1),
                   1,
                   Total(rows.integer(2)));
    }
    rows.reset();
    return connection.run(
        fmt::format("DELETE FROM {} WHERE {} = ?1", tables.batch(), tables.subject()), subject);
}

// One after the other by key: a row that is read is not changed under the reader.
Result<void> erase_repeats(Connection& connection,
                           const DatasetTables& tables,
                           std::string_view subject,
                           ErasedEvents& erased) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement next,
        connection.prepare(fmt::format("SELECT date, batch_seq, events FROM {} WHERE "
                                       "(date, batch_seq) > (?1, ?2) ORDER BY date, batch_seq "
                                       "LIMIT 1",
                                       tables.repeat())));
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement update,
        connection.prepare(fmt::format(
            "UPDATE {} SET events = ?3 WHERE date = ?1 AND batch_seq = ?2", tables.repeat())));
    std::int64_t date = std::numeric_limits<std::int64_t>::min();
    std::int64_t batch_seq = 0;
    while (true) {
        next.bind(date, batch_seq);
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, next.step());
        if (!found) {
            break;
        }
        date = next.integer(0);
        batch_seq = next.integer(1);
        std::string packed(next.text(2));
        next.reset();
        TIDEMARK_ASSIGN_OR_RETURN(const bool taken,
                                  erased.take_from_repeats(batch_seq, subject, packed));
        if (taken) {
            update.bind(date, batch_seq);
            update.bind_bytes_at(3, packed);
            TIDEMARK_RETURN_IF_ERROR(update.run());
        }
    }
    next.reset();
    return connection.run(fmt::format("DELETE FROM {} WHERE length(events) = 0", tables.repeat()));
}

}  // namespace

Result<ErasedEvents> erase_events(Connection& connection,
                                  const DatasetRow& row,
                                  std::string_view subject) {
    const DatasetTables tables(row.dataset);
    ErasedEvents erased(row.dataset.metrics().size());
    TIDEMARK_RETURN_IF_ERROR(erase_rows(connection, tables, subject, erased));
    TIDEMARK_RETURN_IF_ERROR(erase_repeats(connection, tables, subject, erased));
    return erased;
}

}  // namespace tidemark::sqlite
