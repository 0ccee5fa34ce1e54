#include <fmt/format.h>

#include "store/postgres/sql_error.h"
#include "store/postgres/storing.h"
#include "store/refusals.h"

namespace tidemark::postgres {

namespace {

// The advisory lock that a batch's owner holds: $1 the dataset, $2 the number.
constexpr std::string_view owner_lock = "hashtextextended($1 || ' ' || $2::bigint::text, 29801)";

Parameters batch_parameters(std::string_view dataset, std::int64_t batch_seq) {
    return Parameters().text(dataset).integer(batch_seq);
}

Parameters entry_parameters(const BatchEntry& entry, std::chrono::milliseconds lease) {
    const BatchReceipt& receipt = entry.receipt;
    std::vector<std::string> reasons;
    std::vector<std::int64_t> counts;
    for (const auto& [reason, count] : entry.rejected_by_reason) {
        reasons.push_back(reason);
        counts.push_back(count);
    }
    return Parameters()
        .text(receipt.identity.dataset)
        .text(receipt.identity.feed)
        .text(receipt.identity.key)
        .hash(receipt.identity.content_hash)
        .integer(lease.count())
        .integer(receipt.voids)
        .bytes(receipt.source)
        .integer(receipt.counts.lines)
        .integer(receipt.counts.comments)
        .integer(receipt.counts.accepted)
        .integer(receipt.counts.rejected)
        .integer(receipt.counts.ignored)
        .texts(reasons)
        .integers(counts)
        .integer(receipt.row_count)
        .totals(receipt.totals)
        .days(receipt.days)
        .integer(receipt.day_grained ? 1 : 0);
}

}  // namespace

Result<BatchEntry> survey_batch(const Dataset& dataset, const Batch& batch, RowSource& rows) {
    TIDEMARK_RETURN_IF_ERROR(check_metric_count(dataset, rows));
    BatchEntry entry;
    entry.receipt.identity = batch.identity;
    entry.receipt.source = batch.source;
    entry.receipt.counts = batch.counts;
    entry.receipt.day_grained = batch.day_grained;
    entry.receipt.totals.resize(dataset.metrics().size());
    entry.rejected_by_reason = batch.rejected_by_reason;
    entry.rejected_samples = batch.rejected_samples;
    std::vector<UtcDay>& days = entry.receipt.days;
    rows.rewind();
    while (const UsageRow* row = rows.next()) {
        TIDEMARK_RETURN_IF_ERROR(check_row(dataset, *row));
        for (std::size_t metric = 0; metric < row->values.size(); ++metric) {
            entry.receipt.totals[metric] += row->values[metric];
        }
        if (days.empty() || days.back() != row->slot.day()) {
            days.push_back(row->slot.day());
        }
        ++entry.receipt.row_count;
    }
    rows.rewind();
    return entry;
}

// One statement is one transaction: the counter's row lock is held until the registry row is
// committed, so numbers become visible in their order and the horizon never passes one by.
Result<std::optional<std::int64_t>> begin_batch(Connection& connection,
                                                const BatchEntry& entry,
                                                std::chrono::milliseconds lease) {
    static const std::string sql = fmt::format(
        "WITH numbered AS (UPDATE dataset_seq SET last_seq = last_seq + 1 WHERE dataset = $1"
        " RETURNING last_seq),"
        "begun AS (INSERT INTO batch_registry (dataset, batch_seq, feed, batch_key, content_hash,"
        " state, lease_until, voids, source, lines, comments, accepted, rejected, ignored,"
        " rejected_by_reason, row_count, totals, days, day_grained)"
        " SELECT $1, last_seq, $2, $3, $4, 'running',"
        " clock_timestamp() + $5 * interval '1 millisecond', $6, $7, $8, $9, $10, $11, $12,"
        " coalesce((SELECT jsonb_object_agg(reason, count)"
        " FROM unnest($13, $14) AS listed (reason, count)), '{{}}'), $15, $16, $17, $18 <> 0 FROM "
        "numbered"
        " RETURNING batch_seq)"
        "SELECT batch_seq, pg_advisory_lock(hashtextextended($1 || ' ' || batch_seq::text, 29801))"
        " FROM begun");
    tl::expected<Rows, SqlError> rows = connection.run(sql, entry_parameters(entry, lease));
    if (!rows.has_value()) {
        if (rows.error().state == state_unique_violation) {
            return std::optional<std::int64_t>();
        }
        return std::move(rows).error().error;
    }
    if (rows->empty()) {
        return dataset_not_prepared(entry.receipt.identity.dataset);
    }
    return std::optional(rows->integer(0, 0));
}

Statement register_committed(const BatchEntry& entry) {
    static const std::string sql =
        "WITH numbered AS (UPDATE dataset_seq SET last_seq = last_seq + 1 WHERE dataset = $1"
        " RETURNING last_seq)"
        "INSERT INTO batch_registry (dataset, batch_seq, feed, batch_key, content_hash, state,"
        " lease_until, voids, source, lines, comments, accepted, rejected, ignored,"
        " rejected_by_reason, row_count, totals, days, committed_at)"
        " SELECT $1, last_seq, $2, $3, $4, 'committed',"
        " clock_timestamp() + $5 * interval '1 millisecond', $6, $7, $8, $9, $10, $11, $12,"
        " coalesce((SELECT jsonb_object_agg(reason, count)"
        " FROM unnest($13, $14) AS listed (reason, count)), '{}'), $15, $16, $17,"
        " clock_timestamp() FROM numbered"
        " RETURNING batch_seq, (extract(epoch FROM committed_at) * 1000000)::bigint";
    return {.sql = sql,
            .parameters = entry_parameters(entry, std::chrono::milliseconds(0)),
            .prepared = true};
}

Result<void> store_rejected_samples(Connection& connection,
                                    const BatchEntry& entry,
                                    std::int64_t batch_seq) {
    if (entry.rejected_samples.empty()) {
        return {};
    }
    const Statement statement = rejected_samples_statement(entry, batch_seq);
    TIDEMARK_RETURN_IF_ERROR(connection.query(statement.sql, statement.parameters));
    return {};
}

Statement rejected_samples_statement(const BatchEntry& entry, std::int64_t batch_seq) {
    std::vector<std::int64_t> lines;
    std::vector<std::string> reasons;
    std::vector<std::string> texts;
    for (const RejectedSample& sample : entry.rejected_samples) {
        lines.push_back(sample.line);
        reasons.push_back(sample.reason);
        texts.push_back(sample.text);
    }
    return {.sql =
                "INSERT INTO rejected_sample (dataset, batch_seq, ordinal, line, reason, content)"
                " SELECT $1, $2, place, line, reason, content FROM unnest($3, $4, $5)"
                " WITH ORDINALITY AS listed (line, reason, content, place)",
            .parameters = batch_parameters(entry.receipt.identity.dataset, batch_seq)
                              .integers(lines)
                              .texts(reasons)
                              .byte_strings(texts)};
}

Result<std::optional<Timestamp>> mark_committed(Connection& connection,
                                                std::string_view dataset,
                                                std::int64_t batch_seq) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query_prepared(
            "UPDATE batch_registry SET state = 'committed', committed_at = clock_timestamp()"
            " WHERE dataset = $1 AND batch_seq = $2 AND state = 'running'"
            " RETURNING (extract(epoch FROM committed_at) * 1000000)::bigint",
            batch_parameters(dataset, batch_seq)));
    if (rows.empty()) {
        return std::optional<Timestamp>();
    }
    return std::optional(Timestamp(std::chrono::microseconds(rows.integer(0, 0))));
}

Result<void> mark_failed(Connection& connection, std::string_view dataset, std::int64_t batch_seq) {
    TIDEMARK_RETURN_IF_ERROR(
        connection.query("UPDATE batch_registry SET state = 'expired'"
                         " WHERE dataset = $1 AND batch_seq = $2 AND state = 'running'",
                         batch_parameters(dataset, batch_seq)));
    return release_owner(connection, dataset, batch_seq);
}

Result<void> release_owner(Connection& connection,
                           std::string_view dataset,
                           std::int64_t batch_seq) {
    TIDEMARK_RETURN_IF_ERROR(
        connection.query_prepared(fmt::format("SELECT pg_advisory_unlock({})", owner_lock),
                                  batch_parameters(dataset, batch_seq)));
    return {};
}

Result<std::int64_t> expire_abandoned(Connection& connection, std::string_view dataset) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query_prepared(
            "UPDATE batch_registry r SET state = 'expired' FROM (SELECT batch_seq"
            " FROM batch_registry WHERE dataset = $1 AND state = 'running'"
            " AND lease_until < clock_timestamp() FOR UPDATE SKIP LOCKED) z"
            " WHERE r.dataset = $1 AND r.batch_seq = z.batch_seq",
            Parameters().text(dataset)));
    return rows.changed();
}

// The lock only tells whether somebody is there; the row's state decides, as ever. A transaction
// around both statements is needed so that the lock taken here is given back.
Result<bool> expire_if_ownerless(Connection& connection,
                                 std::string_view dataset,
                                 std::int64_t batch_seq) {
    Transaction transaction(connection);
    TIDEMARK_RETURN_IF_ERROR(transaction.begin());
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows lock,
        connection.query(fmt::format("SELECT pg_try_advisory_xact_lock({})", owner_lock),
                         batch_parameters(dataset, batch_seq)));
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows expired,
        connection.query(
            fmt::format("UPDATE batch_registry r SET state = 'expired' FROM (SELECT batch_seq"
                        " FROM batch_registry WHERE dataset = $1 AND batch_seq = $2"
                        " AND state = 'running' AND ({} OR lease_until < clock_timestamp())"
                        " FOR UPDATE SKIP LOCKED) z"
                        " WHERE r.dataset = $1 AND r.batch_seq = z.batch_seq",
                        lock.boolean(0, 0)),
            batch_parameters(dataset, batch_seq)));
    TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    return expired.changed() > 0;
}

}  // namespace tidemark::postgres
