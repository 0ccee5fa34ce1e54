#include "store/postgres/gauge_erasing.h"

#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "store/postgres/values.h"

namespace tidemark::postgres {

namespace {

constexpr std::int64_t batches_at_once = 200;

Result<void> erase_rows(Connection& connection,
                        const DatasetTables& tables,
                        std::string_view subject,
                        ErasedEvents& erased) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query(fmt::format("WITH gone AS (DELETE FROM {} WHERE {} = $1 RETURNING"
                                     " batch_seq, metric, value) SELECT batch_seq, metric,"
                                     " count(*), sum(value) FROM gone GROUP BY 1, 2",
                                     tables.batch,
                                     tables.subject),
                         Parameters().text(subject)));
    for (int row = 0; row < rows.size(); ++row) {
        TIDEMARK_ASSIGN_OR_RETURN(const Total sum, Total::parse(rows.text(row, 3)));
        erased.add(rows.integer(row, 0),
                   static_cast<std::size_t>(rows.integer(row, 1) - 1),
                   rows.integer(row, 2),
                   sum);
    }
    return {};
}

Result<void> put_repeats(Connection& connection,
                         const DatasetTables& tables,
                         UtcDay day,
                         std::int64_t batch_seq,
                         const std::string& packed) {
    const Parameters key = Parameters().day(day).integer(batch_seq);
    if (packed.empty()) {
        TIDEMARK_RETURN_IF_ERROR(connection.query(
            fmt::format("DELETE FROM {} WHERE date = $1 AND batch_seq = $2", tables.repeat), key));
        return {};
    }
    TIDEMARK_RETURN_IF_ERROR(connection.query(
        fmt::format("UPDATE {} SET events = $3 WHERE date = $1 AND batch_seq = $2", tables.repeat),
        Parameters(key).bytes(packed)));
    return {};
}

// The next batches behind `after` with packed events of the day; how many there were.
Result<int> erase_from_some(Connection& connection,
                            const DatasetTables& tables,
                            std::string_view subject,
                            UtcDay day,
                            std::int64_t& after,
                            ErasedEvents& erased) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query(fmt::format("SELECT batch_seq, events FROM {} WHERE date = $1 AND"
                                     " batch_seq > $2 ORDER BY batch_seq LIMIT $3",
                                     tables.repeat),
                         Parameters().day(day).integer(after).integer(batches_at_once)));
    for (int row = 0; row < rows.size(); ++row) {
        after = rows.integer(row, 0);
        TIDEMARK_ASSIGN_OR_RETURN(std::string packed, parse_bytes(rows.text(row, 1)));
        TIDEMARK_ASSIGN_OR_RETURN(const bool taken,
                                  erased.take_from_repeats(after, subject, packed));
        if (taken) {
            TIDEMARK_RETURN_IF_ERROR(put_repeats(connection, tables, day, after, packed));
        }
    }
    return rows.size();
}

Result<void> erase_repeats(Connection& connection,
                           const DatasetTables& tables,
                           std::string_view subject,
                           ErasedEvents& erased) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query(fmt::format("SELECT array_agg(DISTINCT date - DATE '1970-01-01') FROM {}",
                                     tables.repeat)));
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<UtcDay> days, parse_days(rows.text(0, 0)));
    for (const UtcDay day : days) {
        std::int64_t after = 0;
        int found = 0;
        do {
            TIDEMARK_ASSIGN_OR_RETURN(
                found, erase_from_some(connection, tables, subject, day, after, erased));
        } while (found == batches_at_once);
    }
    return {};
}

Result<void> record_batches(Connection& connection,
                            const DatasetTables& tables,
                            const ErasedEvents& erased) {
    std::vector<std::int64_t> batch_seqs;
    std::vector<std::int64_t> row_counts;
    std::vector<std::string> totals;
    for (const auto& [batch_seq, rows] : erased.by_batch()) {
        batch_seqs.push_back(batch_seq);
        row_counts.push_back(rows.row_count);
        std::vector<std::string> texts;
        for (const Total& total : rows.totals) {
            texts.push_back(total.to_string());
        }
        totals.push_back(fmt::format("{{{}}}", fmt::join(texts, ",")));
    }
    TIDEMARK_RETURN_IF_ERROR(connection.query(
        "INSERT INTO erased_batch AS e (dataset, batch_seq, row_count, totals)"
        " SELECT $1, i.batch_seq, i.row_count, i.totals::numeric[] FROM unnest($2, $3, $4)"
        " AS i (batch_seq, row_count, totals) ON CONFLICT (dataset, batch_seq) DO UPDATE SET"
        " row_count = e.row_count + excluded.row_count, totals = ARRAY(SELECT a + b"
        " FROM unnest(e.totals, excluded.totals) WITH ORDINALITY AS added (a, b, place)"
        " ORDER BY place)",
        Parameters()
            .text(tables.dataset.name())
            .integers(batch_seqs)
            .integers(row_counts)
            .texts(totals)));
    return {};
}

}  // namespace

Result<ErasedEvents> erase_events(Connection& connection,
                                  const DatasetTables& tables,
                                  std::string_view subject) {
    ErasedEvents erased(tables.metrics.size());
    TIDEMARK_RETURN_IF_ERROR(erase_rows(connection, tables, subject, erased));
    TIDEMARK_RETURN_IF_ERROR(erase_repeats(connection, tables, subject, erased));
    TIDEMARK_RETURN_IF_ERROR(record_batches(connection, tables, erased));
    return erased;
}

}  // namespace tidemark::postgres
