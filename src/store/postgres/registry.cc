#include "store/postgres/registry.h"

#include <chrono>

#include <fmt/format.h>

#include "base/check.h"
#include "store/postgres/values.h"

namespace tidemark::postgres {

namespace {

// In the order that read_receipt takes them; `source` and sample texts are bytea, because a file's
// name and a rejected line may hold anything.
constexpr std::string_view receipt_query =
    "SELECT dataset, feed, batch_key, content_hash, batch_seq, source, lines, comments, accepted,"
    " rejected, ignored, row_count, totals, ARRAY(SELECT day - DATE '1970-01-01'"
    " FROM unnest(days) WITH ORDINALITY AS listed (day, place) ORDER BY place), voids,"
    " (extract(epoch FROM committed_at) * 1000000)::bigint, state, day_grained,"
    " (SELECT ARRAY[a.booked_slot::numeric, a.row_count] || a.totals FROM adjusted_batch a"
    " WHERE a.dataset = batch_registry.dataset AND a.batch_seq = batch_registry.batch_seq)"
    " FROM batch_registry WHERE ";

// The slot where they are booked, how many there are, and their totals, in one list.
Result<AdjustedRows> parse_adjusted(std::string_view array) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Total> listed, parse_totals(array));
    TIDEMARK_CHECK(listed.size() > 2);
    const auto slot = static_cast<std::int32_t>(listed[0].to_int64().value_or(0));
    return AdjustedRows{.booked = Slot::from_index(slot),
                        .row_count = listed[1].to_int64().value_or(0),
                        .totals = {listed.begin() + 2, listed.end()}};
}

Result<BatchReceipt> read_receipt(const Rows& rows, int row) {
    BatchReceipt receipt;
    receipt.identity.dataset = rows.text(row, 0);
    receipt.identity.feed = rows.text(row, 1);
    receipt.identity.key = rows.text(row, 2);
    TIDEMARK_ASSIGN_OR_RETURN(receipt.identity.content_hash, parse_hash(rows.text(row, 3)));
    receipt.batch_seq = rows.integer(row, 4);
    TIDEMARK_ASSIGN_OR_RETURN(receipt.source, parse_bytes(rows.text(row, 5)));
    receipt.counts = {.lines = rows.integer(row, 6),
                      .comments = rows.integer(row, 7),
                      .accepted = rows.integer(row, 8),
                      .rejected = rows.integer(row, 9),
                      .ignored = rows.integer(row, 10)};
    receipt.row_count = rows.integer(row, 11);
    TIDEMARK_ASSIGN_OR_RETURN(receipt.totals, parse_totals(rows.text(row, 12)));
    TIDEMARK_ASSIGN_OR_RETURN(receipt.days, parse_days(rows.text(row, 13)));
    if (!rows.is_null(row, 14)) {
        receipt.voids = rows.integer(row, 14);
    }
    receipt.committed_at = Timestamp(std::chrono::microseconds(rows.integer(row, 15)));
    receipt.day_grained = rows.boolean(row, 17);
    if (!rows.is_null(row, 18)) {
        TIDEMARK_ASSIGN_OR_RETURN(receipt.adjusted, parse_adjusted(rows.text(row, 18)));
    }
    return receipt;
}

Result<std::vector<BatchReceipt>> read_receipts(const Rows& rows) {
    std::vector<BatchReceipt> receipts;
    for (int row = 0; row < rows.size(); ++row) {
        TIDEMARK_ASSIGN_OR_RETURN(BatchReceipt receipt, read_receipt(rows, row));
        receipts.push_back(std::move(receipt));
    }
    return receipts;
}

Result<std::optional<Standing>> find_one(Connection& connection,
                                         const std::string& condition,
                                         const Parameters& parameters) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query_prepared(std::string(receipt_query) + condition, parameters));
    if (rows.empty()) {
        return std::optional<Standing>();
    }
    TIDEMARK_ASSIGN_OR_RETURN(BatchReceipt receipt, read_receipt(rows, 0));
    return Standing{.receipt = std::move(receipt), .committed = rows.text(0, 16) == "committed"};
}

}  // namespace

Result<std::optional<Standing>> find_standing(Connection& connection,
                                              std::string_view feed,
                                              std::string_view key) {
    return find_one(connection,
                    "feed = $1 AND batch_key = $2 AND state <> 'expired'",
                    Parameters().text(feed).text(key));
}

Result<std::optional<Standing>> find_void_of(Connection& connection,
                                             std::string_view dataset,
                                             std::int64_t voided) {
    return find_one(connection,
                    "dataset = $1 AND voids = $2 AND state <> 'expired'",
                    Parameters().text(dataset).integer(voided));
}

Result<std::optional<BatchReceipt>> find_committed(Connection& connection,
                                                   std::string_view dataset,
                                                   std::int64_t batch_seq) {
    TIDEMARK_ASSIGN_OR_RETURN(std::optional<Standing> standing,
                              find_one(connection,
                                       "dataset = $1 AND batch_seq = $2 AND state = 'committed'",
                                       Parameters().text(dataset).integer(batch_seq)));
    if (!standing.has_value()) {
        return std::optional<BatchReceipt>();
    }
    return std::optional(std::move(standing->receipt));
}

Result<std::vector<BatchReceipt>> load_committed(Connection& connection,
                                                 std::string_view dataset,
                                                 std::int64_t after,
                                                 std::int64_t limit) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query(std::string(receipt_query) +
                             "dataset = $1 AND batch_seq > $2 AND state = 'committed'"
                             " ORDER BY batch_seq LIMIT greatest($3, 0)",
                         Parameters().text(dataset).integer(after).integer(limit)));
    return read_receipts(rows);
}

Result<std::vector<BatchReceipt>> load_committed(Connection& connection, const BatchQuery& query) {
    std::string condition = "dataset = $1 AND state = 'committed'";
    Parameters parameters;
    parameters.text(query.dataset).integer(query.limit);
    if (!query.feed.empty()) {
        parameters.text(query.feed);
        condition += fmt::format(" AND feed = ${}", parameters.size());
    }
    if (query.day.has_value()) {
        parameters.days({&*query.day, 1});
        condition += fmt::format(" AND days @> ${}", parameters.size());
    }
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query(
            fmt::format(
                "{}{} ORDER BY batch_seq DESC LIMIT greatest($2, 0)", receipt_query, condition),
            parameters));
    return read_receipts(rows);
}

Result<ReasonCounts> load_rejected_by_reason(Connection& connection,
                                             std::string_view dataset,
                                             std::int64_t batch_seq) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("SELECT reason, line_count FROM batch_registry,"
                         " jsonb_each_text(rejected_by_reason) AS listed (reason, line_count)"
                         " WHERE dataset = $1 AND batch_seq = $2"
                         " ORDER BY reason COLLATE \"C\"",
                         Parameters().text(dataset).integer(batch_seq)));
    ReasonCounts counts;
    for (int row = 0; row < rows.size(); ++row) {
        counts.emplace_back(rows.text(row, 0), rows.integer(row, 1));
    }
    return counts;
}

Result<std::vector<RejectedSample>> load_rejected_samples(Connection& connection,
                                                          std::string_view dataset,
                                                          std::int64_t batch_seq) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection.query("SELECT line, reason, content FROM rejected_sample"
                         " WHERE dataset = $1 AND batch_seq = $2 ORDER BY ordinal",
                         Parameters().text(dataset).integer(batch_seq)));
    std::vector<RejectedSample> samples;
    for (int row = 0; row < rows.size(); ++row) {
        TIDEMARK_ASSIGN_OR_RETURN(std::string text, parse_bytes(rows.text(row, 2)));
        samples.push_back({.line = rows.integer(row, 0),
                           .reason = std::string(rows.text(row, 1)),
                           .text = std::move(text)});
    }
    return samples;
}

}  // namespace tidemark::postgres
