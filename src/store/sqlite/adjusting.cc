#include "store/sqlite/adjusting.h"

#include <limits>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "store/booked_link.h"
#include "store/refusals.h"
#include "store/sqlite/total_list.h"

namespace tidemark::sqlite {

namespace {

void add_to(std::vector<Total>& sum, const std::vector<Total>& totals) {
    sum.resize(totals.size());
    for (std::size_t metric = 0; metric < totals.size(); ++metric) {
        sum[metric] += totals[metric];
    }
}

Slot slot_at(const Statement& row, int column) {
    return Slot::from_index(static_cast<std::int32_t>(row.integer(column)));
}

// Columns: batch_seq, subject, slot, booked_slot, row_count, totals.
constexpr std::string_view select_links =
    "SELECT a.batch_seq, a.subject, a.slot, b.booked_slot, a.row_count, a.totals FROM adjustment a "
    "JOIN adjusted_batch b USING (dataset_id, batch_seq) WHERE a.dataset_id = ?1 ";

Result<Adjustment> read_link(const Statement& row) {
    Adjustment link{.batch_seq = row.integer(0),
                    .subject = std::string(row.text(1)),
                    .slot = slot_at(row, 2),
                    .booked = slot_at(row, 3),
                    .row_count = row.integer(4),
                    .totals = {}};
    TIDEMARK_ASSIGN_OR_RETURN(link.totals, split_totals(row.text(5)));
    return link;
}

Result<void> put_link(Connection& connection, const DatasetRow& row, const Adjustment& link) {
    const std::string totals = join_totals(link.totals);
    return connection.run(
        "INSERT OR REPLACE INTO adjustment (dataset_id, batch_seq, subject, slot, row_count, "
        "totals) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        row.id,
        link.batch_seq,
        link.subject,
        std::int64_t{link.slot.index()},
        link.row_count,
        totals);
}

Result<void> put_batch(Connection& connection,
                       const DatasetRow& row,
                       std::int64_t batch_seq,
                       const AdjustedRows& adjusted) {
    const std::string totals = join_totals(adjusted.totals);
    return connection.run(
        "INSERT INTO adjusted_batch (dataset_id, batch_seq, booked_slot, row_count, totals) "
        "VALUES (?1, ?2, ?3, ?4, ?5)",
        row.id,
        batch_seq,
        std::int64_t{adjusted.booked.index()},
        adjusted.row_count,
        totals);
}

// The batch's row in the slot in which its links are booked.
Result<std::optional<std::vector<Total>>> find_booked_row(Connection& connection,
                                                          const DatasetRow& row,
                                                          const BookedLink& link) {
    const DatasetTables tables(row.dataset);
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement rows,
        connection.prepare(fmt::format("SELECT {} FROM {} WHERE batch_seq = ?1 AND date = ?2 AND "
                                       "{} = ?3 AND slot = ?4",
                                       tables.each_metric("{}"),
                                       tables.batch(),
                                       tables.subject())));
    rows.bind(link.batch_seq,
              std::int64_t{link.booked.day().days_since_epoch()},
              link.subject,
              std::int64_t{link.booked.index_in_day()});
    TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
    if (!found) {
        return std::optional<std::vector<Total>>();
    }
    std::vector<Total> totals;
    for (std::size_t metric = 0; metric < row.dataset.metrics().size(); ++metric) {
        totals.emplace_back(rows.integer(static_cast<int>(metric)));
    }
    return std::optional(std::move(totals));
}

}  // namespace

Result<std::set<UtcDay>> load_adjusted_days(Connection& connection, const DatasetRow& row) {
    TIDEMARK_ASSIGN_OR_RETURN(Statement dates,
                              connection.prepare("SELECT date FROM sealed_day WHERE dataset_id = "
                                                 "?1 AND freeze_policy = 'adjust'"));
    dates.bind(row.id);
    std::set<UtcDay> days;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, dates.step());
        if (!found) {
            return days;
        }
        days.insert(UtcDay::from_days_since_epoch(static_cast<std::int32_t>(dates.integer(0))));
    }
}

Result<void> insert_adjustments(Connection& connection,
                                const DatasetRow& row,
                                std::int64_t batch_seq,
                                BookedRows& rows) {
    if (!rows.adjusted().has_value()) {
        return {};
    }
    TIDEMARK_RETURN_IF_ERROR(put_batch(connection, row, batch_seq, *rows.adjusted()));
    rows.rewind_adjusted();
    while (const UsageRow* came = rows.next_adjusted()) {
        TIDEMARK_RETURN_IF_ERROR(check_row(row.dataset, *came));
        Adjustment link{.batch_seq = batch_seq,
                        .subject = std::string(came->subject),
                        .slot = came->slot,
                        .booked = rows.adjusted()->booked,
                        .totals = {}};
        for (const std::int64_t value : came->values) {
            link.totals.emplace_back(value);
        }
        TIDEMARK_RETURN_IF_ERROR(put_link(connection, row, link));
    }
    return {};
}

Result<std::optional<AdjustedRows>> negate_adjustments(Connection& connection,
                                                       const DatasetRow& row,
                                                       const BatchReceipt& voided,
                                                       std::int64_t voiding_seq) {
    if (!voided.adjusted.has_value()) {
        return std::optional<AdjustedRows>();
    }
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement links,
        connection.prepare(std::string(select_links) + "AND a.batch_seq = ?2 AND a.subject <> ''"));
    links.bind(row.id, voided.batch_seq);
    AdjustedRows back{.booked = voided.adjusted->booked, .totals = {}};
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, links.step());
        if (!found) {
            break;
        }
        TIDEMARK_ASSIGN_OR_RETURN(Adjustment link, read_link(links));
        link.batch_seq = voiding_seq;
        for (Total& total : link.totals) {
            total = -total;
        }
        back.row_count += link.row_count;
        add_to(back.totals, link.totals);
        TIDEMARK_RETURN_IF_ERROR(put_link(connection, row, link));
    }
    if (back.row_count == 0) {
        return std::optional<AdjustedRows>();
    }
    TIDEMARK_RETURN_IF_ERROR(put_batch(connection, row, voiding_seq, back));
    return std::optional(std::move(back));
}

Result<void> erase_adjustments(Connection& connection,
                               const DatasetRow& row,
                               std::string_view subject) {
    TIDEMARK_ASSIGN_OR_RETURN(
        std::vector<Adjustment> links,
        load_adjustments(connection,
                         row,
                         {.dataset = row.dataset.name(),
                          .subject = std::string(subject),
                          .limit = std::numeric_limits<std::int64_t>::max()}));
    for (Adjustment& link : links) {
        TIDEMARK_ASSIGN_OR_RETURN(
            Statement others,
            connection.prepare("SELECT row_count, totals FROM adjustment WHERE dataset_id = ?1 AND "
                               "batch_seq = ?2 AND subject = '' AND slot = ?3"));
        others.bind(row.id, link.batch_seq, std::int64_t{link.slot.index()});
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, others.step());
        if (found) {
            link.row_count += others.integer(0);
            TIDEMARK_ASSIGN_OR_RETURN(const auto totals, split_totals(others.text(1)));
            add_to(link.totals, totals);
        }
        others.reset();
        link.subject.clear();
        TIDEMARK_RETURN_IF_ERROR(put_link(connection, row, link));
    }
    return connection.run(
        "DELETE FROM adjustment WHERE dataset_id = ?1 AND subject = ?2", row.id, subject);
}

Result<std::vector<Adjustment>> load_adjustments(Connection& connection,
                                                 const DatasetRow& row,
                                                 const AdjustmentQuery& query) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement rows,
        connection.prepare(std::string(select_links) +
                           "AND (?2 IS NULL OR a.batch_seq = ?2) AND (?3 = '' OR a.subject = ?3) "
                           "AND (?4 IS NULL OR a.slot >= ?4 * 48 AND a.slot < (?4 + 1) * 48 OR "
                           "b.booked_slot >= ?4 * 48 AND b.booked_slot < (?4 + 1) * 48) "
                           "ORDER BY a.batch_seq, a.subject, a.slot LIMIT max(?5, 0)"));
    const std::optional<std::int64_t> date =
        query.day.has_value() ? std::optional<std::int64_t>(query.day->days_since_epoch())
                              : std::nullopt;
    rows.bind(row.id, query.batch_seq, query.subject, date, query.limit);
    std::vector<Adjustment> links;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
        if (!found) {
            return links;
        }
        TIDEMARK_ASSIGN_OR_RETURN(Adjustment link, read_link(rows));
        links.push_back(std::move(link));
    }
}

Result<void> check_adjustments(Connection& connection,
                               const DatasetRow& row,
                               const VerifyScope& scope,
                               const DifferenceSink& differs,
                               LedgerFacts& facts) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement rows,
        connection.prepare(
            "SELECT a.batch_seq, a.subject, a.slot, coalesce(b.booked_slot, a.slot), a.row_count, "
            "a.totals FROM adjustment a LEFT JOIN adjusted_batch b USING (dataset_id, batch_seq) "
            "WHERE a.dataset_id = ?1 ORDER BY a.batch_seq, a.subject"));
    rows.bind(row.id);
    std::optional<BookedLink> at_hand;
    const auto check = [&]() -> Result<void> {
        if (at_hand.has_value() && !at_hand->subject.empty() &&
            scope.contains(at_hand->booked.day()) &&
            !facts.purged.contains(at_hand->booked.day())) {
            TIDEMARK_ASSIGN_OR_RETURN(at_hand->row, find_booked_row(connection, row, *at_hand));
            check_booked(row.dataset, *at_hand, differs);
        }
        return {};
    };
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, rows.step());
        if (!found) {
            return check();
        }
        TIDEMARK_ASSIGN_OR_RETURN(const Adjustment link, read_link(rows));
        if (!at_hand.has_value() || at_hand->batch_seq != link.batch_seq ||
            at_hand->subject != link.subject) {
            TIDEMARK_RETURN_IF_ERROR(check());
            at_hand = BookedLink{.batch_seq = link.batch_seq,
                                 .subject = link.subject,
                                 .booked = link.booked,
                                 .linked = {}};
        }
        add_to(at_hand->linked, link.totals);
        RowSum& sum = facts.adjustments[link.batch_seq];
        sum.row_count += link.row_count;
        add_to(sum.totals, link.totals);
        facts.adjusted_days[link.slot.day()] = link.batch_seq;
    }
}

}  // namespace tidemark::sqlite
