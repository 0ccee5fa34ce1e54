#include "store/sqlite/registry.h"

#include <chrono>

#include <fmt/format.h>

#include "store/refusals.h"
#include "store/sqlite/total_list.h"

namespace tidemark::sqlite {

namespace {

// Columns 0 to 19 of a receipt; the dataset's name, and what was adjusted, come with a join.
constexpr std::string_view select_receipt =
    "SELECT d.name, r.batch_seq, r.feed, r.batch_key, r.content_hash, r.source, r.line_count, "
    "r.comment_count, r.accepted_count, r.rejected_count, r.ignored_count, r.row_count, r.totals, "
    "r.voids, r.committed_at_us, r.dataset_id, r.day_grained, a.booked_slot, a.row_count, a.totals "
    "FROM batch_registry r JOIN dataset d ON d.dataset_id = r.dataset_id LEFT JOIN adjusted_batch "
    "a "
    "ON a.dataset_id = r.dataset_id AND a.batch_seq = r.batch_seq ";

Result<std::vector<UtcDay>> load_days(Connection& connection,
                                      std::int64_t dataset_id,
                                      std::int64_t batch_seq) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection.prepare("SELECT date FROM batch_day WHERE dataset_id = ?1 AND batch_seq = ?2 "
                           "ORDER BY date"));
    statement.bind(dataset_id, batch_seq);
    std::vector<UtcDay> days;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            return days;
        }
        days.push_back(
            UtcDay::from_days_since_epoch(static_cast<std::int32_t>(statement.integer(0))));
    }
}

Result<BatchReceipt> read_receipt(Connection& connection, const Statement& row) {
    BatchReceipt receipt;
    receipt.batch_seq = row.integer(1);
    const std::optional<ContentHash> hash = ContentHash::parse(row.text(4));
    Result<std::vector<Total>> totals = split_totals(row.text(12));
    if (!hash.has_value() || !totals.has_value()) {
        return Error{ErrorKind::corrupt,
                     fmt::format("sqlite: '{}': the receipt of batch {} of '{}' cannot be read",
                                 connection.path(),
                                 receipt.batch_seq,
                                 row.text(0))};
    }
    receipt.identity = {.dataset = std::string(row.text(0)),
                        .feed = std::string(row.text(2)),
                        .key = std::string(row.text(3)),
                        .content_hash = *hash};
    receipt.source = std::string(row.text(5));
    receipt.counts = {.lines = row.integer(6),
                      .comments = row.integer(7),
                      .accepted = row.integer(8),
                      .rejected = row.integer(9),
                      .ignored = row.integer(10)};
    receipt.row_count = row.integer(11);
    receipt.totals = std::move(totals).value();
    if (!row.is_null(13)) {
        receipt.voids = row.integer(13);
    }
    receipt.committed_at = Timestamp(std::chrono::microseconds(row.integer(14)));
    receipt.day_grained = row.integer(16) != 0;
    if (!row.is_null(17)) {
        TIDEMARK_ASSIGN_OR_RETURN(std::vector<Total> adjusted, split_totals(row.text(19)));
        receipt.adjusted =
            AdjustedRows{.booked = Slot::from_index(static_cast<std::int32_t>(row.integer(17))),
                         .row_count = row.integer(18),
                         .totals = std::move(adjusted)};
    }
    TIDEMARK_ASSIGN_OR_RETURN(receipt.days,
                              load_days(connection, row.integer(15), receipt.batch_seq));
    return receipt;
}

}  // namespace

Result<std::int64_t> take_batch_seq(Connection& connection, std::int64_t dataset_id) {
    return connection.integer(
        "UPDATE dataset SET last_seq = last_seq + 1 WHERE dataset_id = ?1 RETURNING last_seq",
        0,
        dataset_id);
}

Result<void> insert_receipt(Connection& connection,
                            std::int64_t dataset_id,
                            const BatchReceipt& receipt) {
    const std::string hash = receipt.identity.content_hash.to_string();
    const std::string totals = join_totals(receipt.totals);
    TIDEMARK_RETURN_IF_ERROR(connection.run(
        "INSERT INTO batch_registry (dataset_id, batch_seq, feed, batch_key, content_hash, source, "
        "line_count, comment_count, accepted_count, rejected_count, ignored_count, row_count, "
        "totals, voids, committed_at_us, day_grained) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
        dataset_id,
        receipt.batch_seq,
        receipt.identity.feed,
        receipt.identity.key,
        hash,
        receipt.source,
        receipt.counts.lines,
        receipt.counts.comments,
        receipt.counts.accepted,
        receipt.counts.rejected,
        receipt.counts.ignored,
        receipt.row_count,
        totals,
        receipt.voids,
        std::int64_t{receipt.committed_at.time_since_epoch().count()},
        std::int64_t{receipt.day_grained}));
    for (const UtcDay day : receipt.days) {
        TIDEMARK_RETURN_IF_ERROR(connection.run(
            "INSERT INTO batch_day (dataset_id, batch_seq, date) VALUES (?1, ?2, ?3)",
            dataset_id,
            receipt.batch_seq,
            std::int64_t{day.days_since_epoch()}));
    }
    return {};
}

Result<void> insert_rejected(Connection& connection,
                             std::int64_t dataset_id,
                             std::int64_t batch_seq,
                             const Batch& batch) {
    for (const auto& [reason, line_count] : batch.rejected_by_reason) {
        TIDEMARK_RETURN_IF_ERROR(connection.run(
            "INSERT INTO rejected_reason (dataset_id, batch_seq, reason, line_count) "
            "VALUES (?1, ?2, ?3, ?4) ON CONFLICT (dataset_id, batch_seq, reason) "
            "DO UPDATE SET line_count = line_count + excluded.line_count",
            dataset_id,
            batch_seq,
            reason,
            line_count));
    }
    std::int64_t position = 0;
    for (const RejectedSample& sample : batch.rejected_samples) {
        TIDEMARK_RETURN_IF_ERROR(connection.run(
            "INSERT INTO rejected_sample (dataset_id, batch_seq, position, line, reason, text) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            dataset_id,
            batch_seq,
            position++,
            sample.line,
            sample.reason,
            sample.text));
    }
    return {};
}

Result<std::optional<BatchReceipt>> find_receipt(Connection& connection,
                                                 std::string_view feed,
                                                 std::string_view key) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection.prepare(std::string(select_receipt) + "WHERE r.feed = ?1 AND r.batch_key = ?2"));
    statement.bind(feed, key);
    TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
    if (!found) {
        return std::nullopt;
    }
    TIDEMARK_ASSIGN_OR_RETURN(BatchReceipt receipt, read_receipt(connection, statement));
    return receipt;
}

Result<BatchReceipt> find_receipt(Connection& connection,
                                  const DatasetRow& row,
                                  std::int64_t batch_seq) {
    if (batch_seq < 1) {
        return no_such_batch(row.dataset.name(), batch_seq);
    }
    TIDEMARK_ASSIGN_OR_RETURN(std::vector<BatchReceipt> receipts,
                              load_receipts(connection, row.id, batch_seq - 1, batch_seq, 1));
    if (receipts.empty()) {
        return no_such_batch(row.dataset.name(), batch_seq);
    }
    return std::move(receipts.front());
}

Result<std::vector<BatchReceipt>> load_receipts(Connection& connection,
                                                std::int64_t dataset_id,
                                                std::int64_t after,
                                                std::int64_t through,
                                                std::int64_t limit) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection.prepare(std::string(select_receipt) +
                           "WHERE r.dataset_id = ?1 AND r.batch_seq > ?2 AND r.batch_seq <= ?3 "
                           "ORDER BY r.batch_seq"));
    statement.bind(dataset_id, after, through);
    std::vector<BatchReceipt> receipts;
    while (static_cast<std::int64_t>(receipts.size()) < limit) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            break;
        }
        TIDEMARK_ASSIGN_OR_RETURN(BatchReceipt receipt, read_receipt(connection, statement));
        receipts.push_back(std::move(receipt));
    }
    return receipts;
}

Result<std::vector<BatchReceipt>> load_receipts(Connection& connection,
                                                std::int64_t dataset_id,
                                                const BatchQuery& query) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection.prepare(
            std::string(select_receipt) +
            "WHERE r.dataset_id = ?1 AND (?2 = '' OR r.feed = ?2) AND (?3 IS NULL OR EXISTS "
            "(SELECT 1 FROM batch_day p WHERE p.dataset_id = ?1 AND p.batch_seq = r.batch_seq AND "
            "p.date = ?3)) ORDER BY r.batch_seq DESC"));
    const std::optional<std::int64_t> date =
        query.day.has_value() ? std::optional<std::int64_t>(query.day->days_since_epoch())
                              : std::nullopt;
    statement.bind(dataset_id, query.feed, date);
    std::vector<BatchReceipt> receipts;
    while (static_cast<std::int64_t>(receipts.size()) < query.limit) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            break;
        }
        TIDEMARK_ASSIGN_OR_RETURN(BatchReceipt receipt, read_receipt(connection, statement));
        receipts.push_back(std::move(receipt));
    }
    return receipts;
}

Result<ReasonCounts> load_rejected_by_reason(Connection& connection,
                                             std::int64_t dataset_id,
                                             std::int64_t batch_seq) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection.prepare("SELECT reason, line_count FROM rejected_reason WHERE dataset_id = ?1 "
                           "AND batch_seq = ?2 ORDER BY reason"));
    statement.bind(dataset_id, batch_seq);
    ReasonCounts counts;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            return counts;
        }
        counts.emplace_back(statement.text(0), statement.integer(1));
    }
}

Result<std::optional<std::int64_t>> find_voiding(Connection& connection,
                                                 std::int64_t dataset_id,
                                                 std::int64_t batch_seq) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::int64_t voiding,
        connection.integer("SELECT batch_seq FROM batch_registry WHERE dataset_id = ?1 AND "
                           "voids = ?2",
                           0,
                           dataset_id,
                           batch_seq));
    return voiding == 0 ? std::nullopt : std::optional(voiding);
}

Result<std::vector<UtcDay>> load_purged_days(Connection& connection, std::int64_t dataset_id) {
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection.prepare("SELECT date FROM purged_day WHERE dataset_id = ?1 ORDER BY date"));
    statement.bind(dataset_id);
    std::vector<UtcDay> days;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            return days;
        }
        days.push_back(
            UtcDay::from_days_since_epoch(static_cast<std::int32_t>(statement.integer(0))));
    }
}

Result<void> check_not_purged(Connection& connection, const DatasetRow& row, UtcDay day) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::int64_t purged,
        connection.integer("SELECT 1 FROM purged_day WHERE dataset_id = ?1 AND date = ?2",
                           0,
                           row.id,
                           std::int64_t{day.days_since_epoch()}));
    if (purged != 0) {
        return day_purged(row.dataset.name(), day);
    }
    return {};
}

}  // namespace tidemark::sqlite
