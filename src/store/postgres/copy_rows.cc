#include <fmt/format.h>

#include "store/postgres/storing.h"

namespace tidemark::postgres {

namespace {

constexpr std::size_t piece_size_bytes = std::size_t{64} * 1024;

// PostgreSQL's manual, COPY, "Binary Format": each field is its length and its bytes.
void append_row(std::string& to, std::int64_t batch_seq, const UsageRow& row) {
    append_int16(to, static_cast<std::int16_t>(4 + row.values.size()));
    append_int32(to, sizeof batch_seq);
    append_int64(to, batch_seq);
    append_int32(to, static_cast<std::int32_t>(row.subject.size()));
    to += row.subject;
    append_int32(to, sizeof(std::int32_t));
    append_int32(to, row.slot.day().days_since_epoch() - days_to_2000);
    append_int32(to, sizeof(std::int16_t));
    append_int16(to, static_cast<std::int16_t>(row.slot.index_in_day()));
    for (const std::int64_t value : row.values) {
        append_int32(to, sizeof value);
        append_int64(to, value);
    }
}

Result<void> send_rows(Connection& connection, std::int64_t batch_seq, RowSource& rows) {
    std::string piece;
    piece.reserve(piece_size_bytes + 4096);
    piece.append("PGCOPY\n\377\r\n\0", 11);
    append_int32(piece, 0);  // flags
    append_int32(piece, 0);  // length of the header's extension
    rows.rewind();
    while (const UsageRow* row = rows.next()) {
        append_row(piece, batch_seq, *row);
        if (piece.size() >= piece_size_bytes) {
            TIDEMARK_RETURN_IF_ERROR(connection.copy_send(piece));
            piece.clear();
        }
    }
    append_int16(piece, -1);  // trailer
    return connection.copy_send(piece);
}

}  // namespace

tl::expected<std::int64_t, SqlError> copy_rows(Connection& connection,
                                               const DatasetTables& tables,
                                               std::int64_t batch_seq,
                                               RowSource& rows) {
    const Result<void> begun = connection.copy_begin(
        fmt::format("COPY {} (batch_seq, {}, date, slot, {}) FROM STDIN (FORMAT binary)",
                    tables.batch,
                    tables.subject,
                    tables.metric_list("{0}")));
    if (!begun.has_value()) {
        return tl::unexpected(SqlError{begun.error(), {}, {}});
    }
    // What the server says at the end is more than what sending says.
    const Result<void> sent = send_rows(connection, batch_seq, rows);
    tl::expected<std::int64_t, SqlError> copied = connection.copy_end();
    if (copied.has_value() && !sent.has_value()) {
        return tl::unexpected(SqlError{sent.error(), {}, {}});
    }
    return copied;
}

}  // namespace tidemark::postgres
