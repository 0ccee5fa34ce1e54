#include "store/postgres/adjusting.h"

#include <chrono>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "store/booked_link.h"
#include "store/postgres/seals.h"
#include "store/postgres/values.h"
#include "store/refusals.h"

namespace tidemark::postgres {

namespace {

constexpr std::size_t links_at_once = 10'000;

tl::unexpected<SqlError> failed(Error error) {
    return tl::unexpected(SqlError{std::move(error), {}, {}});
}

// "{5,1}", as an element of a text[] that SQL casts to numeric[].
std::string array_text(std::span<const std::int64_t> values) {
    return fmt::format("{{{}}}", fmt::join(values, ","));
}

// When the rows arrive, and which of the days are to be adjusted then.
struct Arrival {
    Timestamp now;
    std::set<UtcDay> adjusted_days;
};

Result<Arrival> look(Connection& connection,
                     const DatasetTables& tables,
                     std::span<const UtcDay> days) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint,"
                         " ARRAY(SELECT date - DATE '1970-01-01' FROM sealed_day"
                         " WHERE dataset = $1 AND date = ANY($2) AND freeze_policy = 'adjust')",
                         Parameters().text(tables.dataset.name()).days(days)));
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<UtcDay> frozen, parse_days(rows.text(0, 1)));
    return Arrival{.now = Timestamp(std::chrono::microseconds(rows.integer(0, 0))),
                   .adjusted_days = {frozen.begin(), frozen.end()}};
}

// The days are still to be adjusted, and are until the transaction's end.
Result<void> hold_adjusted(Connection& connection,
                           const DatasetTables& tables,
                           const std::set<UtcDay>& days) {
    const std::vector<UtcDay> listed(days.begin(), days.end());
    TIDEMARK_ASSIGN_OR_RETURN(const auto frozen, hold_freezes(connection, tables, listed));
    for (const UtcDay day : listed) {
        const auto policy = frozen.find(day);
        if (policy == frozen.end() || policy->second != FreezePolicy::adjust) {
            return day_frozen(tables.dataset.name(), day);
        }
    }
    return {};
}

// Links of one batch, written some at a time.
class LinkWriter {
 public:
    LinkWriter(Connection& connection, const std::string& dataset, std::int64_t batch_seq)
        : connection_(connection), dataset_(dataset), batch_seq_(batch_seq) {}

    Result<void> add(const UsageRow& row) {
        subjects_.emplace_back(row.subject);
        slots_.push_back(row.slot.index());
        totals_.push_back(array_text(row.values));
        return subjects_.size() < links_at_once ? Result<void>() : flush();
    }

    Result<void> flush() {
        TIDEMARK_RETURN_IF_ERROR(connection_.query(
            "INSERT INTO adjustment (dataset, batch_seq, subject, slot, row_count, totals)"
            " SELECT $1, $2, subject, slot, 1, totals::numeric[]"
            " FROM unnest($3, $4, $5) AS moved (subject, slot, totals)",
            Parameters()
                .text(dataset_)
                .integer(batch_seq_)
                .texts(subjects_)
                .integers(slots_)
                .texts(totals_)));
        subjects_.clear();
        slots_.clear();
        totals_.clear();
        return {};
    }

 private:
    Connection& connection_;
    const std::string& dataset_;
    const std::int64_t batch_seq_;
    std::vector<std::string> subjects_;
    std::vector<std::int64_t> slots_;
    std::vector<std::string> totals_;
};

Result<void> insert_adjusted(Connection& connection,
                             const std::string& dataset,
                             std::int64_t batch_seq,
                             BookedRows& rows) {
    const AdjustedRows& adjusted = *rows.adjusted();
    TIDEMARK_RETURN_IF_ERROR(
        connection.query("INSERT INTO adjusted_batch (dataset, batch_seq, booked_slot, row_count,"
                         " totals) VALUES ($1, $2, $3::bigint, $4, $5)",
                         Parameters()
                             .text(dataset)
                             .integer(batch_seq)
                             .integer(adjusted.booked.index())
                             .integer(adjusted.row_count)
                             .totals(adjusted.totals)));
    LinkWriter links(connection, dataset, batch_seq);
    rows.rewind_adjusted();
    while (const UsageRow* row = rows.next_adjusted()) {
        TIDEMARK_RETURN_IF_ERROR(links.add(*row));
    }
    return links.flush();
}

KeyedBatch as_it_came(const DatasetTables& tables, BatchEntry entry, RowSource& rows) {
    return {.entry = std::move(entry),
            .write_rows = [&tables, &rows](Connection& connection, std::int64_t batch_seq) {
                return copy_rows(connection, tables, batch_seq, rows);
            }};
}

KeyedBatch as_booked(const DatasetTables& tables,
                     BatchEntry entry,
                     const std::set<UtcDay>& adjusted_days,
                     BookedRows& rows) {
    return {.entry = std::move(entry),
            .write_rows = [&tables, &adjusted_days, &rows](
                              Connection& connection,
                              std::int64_t batch_seq) -> tl::expected<std::int64_t, SqlError> {
                const Result<void> held = hold_adjusted(connection, tables, adjusted_days);
                if (!held.has_value()) {
                    return failed(held.error());
                }
                auto written = copy_rows(connection, tables, batch_seq, rows);
                if (!written.has_value()) {
                    return written;
                }
                const Result<void> linked =
                    insert_adjusted(connection, tables.dataset.name(), batch_seq, rows);
                if (!linked.has_value()) {
                    return failed(linked.error());
                }
                return written;
            }};
}

// $1 the dataset.
constexpr std::string_view select_links =
    "SELECT a.batch_seq, a.subject, a.slot, b.booked_slot, a.row_count, a.totals FROM adjustment a"
    " JOIN adjusted_batch b USING (dataset, batch_seq) WHERE a.dataset = $1";

Slot slot_at(const Rows& rows, int row, int column) {
    return Slot::from_index(static_cast<std::int32_t>(rows.integer(row, column)));
}

constexpr std::string_view negated_totals =
    "ARRAY(SELECT -value FROM unnest(totals) WITH ORDINALITY AS listed (value, place)"
    " ORDER BY place)";

}  // namespace

Result<std::vector<StoredBatch>> store_booked(Session& session,
                                              const DatasetTables& tables,
                                              const Batch& batch,
                                              RowSource& rows,
                                              const StoreGiven& store) {
    TIDEMARK_ASSIGN_OR_RETURN(BatchEntry entry, survey_batch(tables.dataset, batch, rows));
    const std::vector<UtcDay> days = entry.receipt.days;
    Result<std::vector<StoredBatch>> stored = store(as_it_came(tables, std::move(entry), rows));
    std::set<UtcDay> adjusted_days;
    // Each further turn knows of a freeze that the one before did not.
    while (!stored.has_value() && stored.error().kind == ErrorKind::refused) {
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session.ready());
        TIDEMARK_ASSIGN_OR_RETURN(Arrival arrival, look(*connection, tables, days));
        if (arrival.adjusted_days == adjusted_days) {
            break;
        }
        adjusted_days = std::move(arrival.adjusted_days);
        TIDEMARK_ASSIGN_OR_RETURN(
            BookedRows booked,
            BookedRows::book(rows, adjusted_days, arrival_slot(arrival.now, batch.day_grained)));
        TIDEMARK_ASSIGN_OR_RETURN(entry, survey_batch(tables.dataset, batch, booked));
        entry.receipt.adjusted = booked.adjusted();
        stored = store(adjusted_days.empty()
                           ? as_it_came(tables, std::move(entry), rows)
                           : as_booked(tables, std::move(entry), adjusted_days, booked));
    }
    return stored;
}

Result<std::optional<AdjustedRows>> find_adjusted_to_void(Connection& connection,
                                                          const BatchReceipt& voided) {
    if (!voided.adjusted.has_value()) {
        return std::optional<AdjustedRows>();
    }
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("SELECT row_count, totals FROM adjustment"
                         " WHERE dataset = $1 AND batch_seq = $2 AND subject <> ''",
                         Parameters().text(voided.identity.dataset).integer(voided.batch_seq)));
    AdjustedRows back{.booked = voided.adjusted->booked,
                      .totals = std::vector<Total>(voided.totals.size())};
    for (int row = 0; row < rows.size(); ++row) {
        back.row_count += rows.integer(row, 0);
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Total> totals, parse_totals(rows.text(row, 1)));
        for (std::size_t metric = 0; metric < back.totals.size(); ++metric) {
            back.totals[metric] += -totals.at(metric);
        }
    }
    return back.row_count == 0 ? std::optional<AdjustedRows>() : std::optional(std::move(back));
}

Result<void> negate_adjustments(Connection& connection,
                                const BatchReceipt& voided,
                                std::int64_t voiding_seq) {
    const Parameters parameters =
        Parameters().text(voided.identity.dataset).integer(voided.batch_seq).integer(voiding_seq);
    TIDEMARK_RETURN_IF_ERROR(connection.query(
        fmt::format("INSERT INTO adjustment (dataset, batch_seq, subject, slot, row_count, totals)"
                    " SELECT dataset, $3, subject, slot, row_count, {} FROM adjustment"
                    " WHERE dataset = $1 AND batch_seq = $2 AND subject <> ''",
                    negated_totals),
        parameters));
    TIDEMARK_ASSIGN_OR_RETURN(const std::optional<AdjustedRows> back,
                              find_adjusted_to_void(connection, voided));
    if (!back.has_value()) {
        return {};
    }
    TIDEMARK_RETURN_IF_ERROR(
        connection.query("INSERT INTO adjusted_batch (dataset, batch_seq, booked_slot, row_count,"
                         " totals) VALUES ($1, $2, $3::bigint, $4, $5)",
                         Parameters()
                             .text(voided.identity.dataset)
                             .integer(voiding_seq)
                             .integer(back->booked.index())
                             .integer(back->row_count)
                             .totals(back->totals)));
    return {};
}

Result<void> erase_adjustments(Connection& connection,
                               std::string_view dataset,
                               std::string_view subject) {
    TIDEMARK_RETURN_IF_ERROR(connection.query(
        "WITH gone AS (DELETE FROM adjustment WHERE dataset = $1 AND subject = $2"
        " RETURNING batch_seq, slot, row_count, totals)"
        " INSERT INTO adjustment AS e (dataset, batch_seq, subject, slot, row_count, totals)"
        " SELECT $1, batch_seq, '', slot, row_count, totals FROM gone"
        " ON CONFLICT (dataset, batch_seq, subject, slot) DO UPDATE"
        " SET row_count = e.row_count + excluded.row_count,"
        " totals = ARRAY(SELECT a + b FROM unnest(e.totals, excluded.totals) WITH ORDINALITY"
        " AS added (a, b, place) ORDER BY place)",
        Parameters().text(dataset).text(subject)));
    return {};
}

Result<std::vector<Adjustment>> load_adjustments(Connection& connection,
                                                 const AdjustmentQuery& query) {
    Parameters parameters;
    parameters.text(query.dataset).integer(query.limit);
    std::string sql(select_links);
    if (query.batch_seq.has_value()) {
        parameters.integer(*query.batch_seq);
        sql += fmt::format(" AND a.batch_seq = ${}", parameters.size());
    }
    if (!query.subject.empty()) {
        parameters.text(query.subject);
        sql += fmt::format(" AND a.subject = ${}", parameters.size());
    }
    if (query.day.has_value()) {
        const std::int32_t first = Slot::of_day(*query.day, 0).index();
        sql += fmt::format(" AND (a.slot BETWEEN {0} AND {1} OR b.booked_slot BETWEEN {0} AND {1})",
                           first,
                           first + Slot::per_day - 1);
    }
    sql += " ORDER BY a.batch_seq, a.subject, a.slot LIMIT greatest($2, 0)";
    TIDEMARK_ASSIGN_OR_RETURN(const Rows rows, connection.query(sql, parameters));
    std::vector<Adjustment> links;
    for (int row = 0; row < rows.size(); ++row) {
        Adjustment& link = links.emplace_back(Adjustment{.batch_seq = rows.integer(row, 0),
                                                         .subject = std::string(rows.text(row, 1)),
                                                         .slot = slot_at(rows, row, 2),
                                                         .booked = slot_at(rows, row, 3),
                                                         .row_count = rows.integer(row, 4),
                                                         .totals = {}});
        TIDEMARK_ASSIGN_OR_RETURN(link.totals, parse_totals(rows.text(row, 5)));
    }
    return links;
}

Result<void> check_adjustments(Connection& connection,
                               const DatasetTables& tables,
                               const VerifyScope& scope,
                               const DifferenceSink& differs,
                               LedgerFacts& facts) {
    const Parameters name = Parameters().text(tables.dataset.name());
    TIDEMARK_RETURN_IF_ERROR(connection.query_each(
        "SELECT batch_seq, slot, row_count, totals FROM adjustment WHERE dataset = $1",
        name,
        [&](const Rows& row) -> Result<void> {
            TIDEMARK_ASSIGN_OR_RETURN(const auto totals, parse_totals(row.text(0, 3)));
            RowSum& sum = facts.adjustments[row.integer(0, 0)];
            sum.row_count += row.integer(0, 2);
            sum.totals.resize(totals.size());
            for (std::size_t metric = 0; metric < totals.size(); ++metric) {
                sum.totals[metric] += totals[metric];
            }
            facts.adjusted_days[slot_at(row, 0, 1).day()] = row.integer(0, 0);
            return {};
        }));
    std::vector<std::string> sums;
    for (std::size_t place = 1; place <= tables.metrics.size(); ++place) {
        sums.push_back(fmt::format("sum(a.totals[{}])", place));
    }
    // The rows of a batch in the slot where it has booked some; nobody else's partitions are read.
    return connection.query_each(
        fmt::format(
            "SELECT l.batch_seq, l.subject, l.booked_slot, l.sums, r.held FROM (SELECT a.batch_seq,"
            " a.subject, b.booked_slot, DATE '1970-01-01' + b.booked_slot / 48 AS date,"
            " ARRAY[{0}] AS sums FROM adjustment a JOIN adjusted_batch b USING (dataset, batch_seq)"
            " WHERE a.dataset = $1 AND a.subject <> '' GROUP BY 1, 2, 3) l LEFT JOIN (SELECT"
            " batch_seq, {1} AS subject, date, slot, ARRAY[{2}] AS held FROM {3} WHERE date = ANY("
            "ARRAY(SELECT DISTINCT DATE '1970-01-01' + booked_slot / 48 FROM adjusted_batch"
            " WHERE dataset = $1))) r ON r.batch_seq = l.batch_seq AND r.subject = l.subject"
            " AND r.date = l.date AND r.slot = l.booked_slot % 48",
            fmt::join(sums, ", "),
            tables.subject,
            tables.metric_list("{0}::numeric"),
            tables.batch),
        name,
        [&](const Rows& row) -> Result<void> {
            BookedLink link{.batch_seq = row.integer(0, 0),
                            .subject = std::string(row.text(0, 1)),
                            .booked = slot_at(row, 0, 2),
                            .linked = {}};
            if (!scope.contains(link.booked.day()) || facts.purged.contains(link.booked.day())) {
                return {};
            }
            TIDEMARK_ASSIGN_OR_RETURN(link.linked, parse_totals(row.text(0, 3)));
            if (!row.is_null(0, 4)) {
                TIDEMARK_ASSIGN_OR_RETURN(link.row, parse_totals(row.text(0, 4)));
            }
            check_booked(tables.dataset, link, differs);
            return {};
        });
}

}  // namespace tidemark::postgres
