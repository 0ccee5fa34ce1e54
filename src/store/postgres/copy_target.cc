#include "store/postgres/copy_target.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "store/postgres/connection.h"
#include "store/postgres/copy_destination.h"
#include "store/postgres/copy_values.h"
#include "store/postgres/session.h"
#include "store/postgres/tables.h"

namespace tidemark {

namespace {

using postgres::append_copy_value;
using postgres::Connection;
using postgres::copy_destination;
using postgres::CopyColumn;
using postgres::CopyDestination;
using postgres::DatasetTables;
using postgres::Parameters;
using postgres::Rows;
using postgres::Session;
using postgres::Transaction;

constexpr std::int64_t chunk_rows = 50'000;
constexpr std::size_t piece_bytes = std::size_t{64} << 10U;

std::string_view text_of(const CopyValue& value) {
    const auto* text = std::get_if<std::string_view>(&value);
    return text == nullptr ? std::string_view() : *text;
}

std::int64_t number_of(const CopyValue& value) {
    const auto* number = std::get_if<std::int64_t>(&value);
    return number == nullptr ? 0 : *number;
}

class PostgresCopyTarget final : public CopyTarget {
 public:
    explicit PostgresCopyTarget(std::unique_ptr<Session> session) : session_(std::move(session)) {}

    Result<bool> begin(const std::string& fingerprint) override;
    Result<void> make_room(const Dataset& dataset, const std::vector<UtcDay>& days) override;
    Result<std::int64_t> row_count(const CopyPart& part) override;
    Result<void> begin_rest() override;
    Result<void> put(const CopyPart& part, CopyRow row) override;
    Result<void> end(const CopyPart& part) override;
    Result<void> finish() override;

 private:
    [[nodiscard]] CopyDestination destination(const CopyPart& part) const {
        return part.dataset.empty() ? copy_destination(part.kind)
                                    : copy_destination(part.kind, datasets_.at(part.dataset));
    }
    Result<void> begin_copy(const CopyPart& part);
    Result<void> end_copy();
    Result<void> insert_dataset(CopyRow row);

    std::unique_ptr<Session> session_;
    Connection* connection_ = nullptr;
    std::map<std::string, Dataset> datasets_;
    std::optional<CopyDestination> copying_;  // of the COPY that is open
    std::string piece_;
    std::int64_t copied_ = 0;  // rows of it
    bool in_rest_ = false;
};

Result<bool> PostgresCopyTarget::begin(const std::string& fingerprint) {
    TIDEMARK_ASSIGN_OR_RETURN(connection_, session_->ready());
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows begun,
        connection_->query("SELECT fingerprint, finished_at IS NOT NULL FROM copy_state"));
    if (!begun.empty()) {
        if (begun.text(0, 0) == fingerprint) {
            return begun.boolean(0, 1);
        }
        return Error{ErrorKind::refused,
                     begun.boolean(0, 1)
                         ? "the target is the finished copy of another state: copy into an empty "
                           "database"
                         : "the target holds an unfinished copy of another state: something was "
                           "stored in the source since; begin anew in an empty database, with the "
                           "writers stopped"};
    }
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows present,
        connection_->query("SELECT EXISTS (SELECT FROM dataset) OR EXISTS (SELECT FROM run)"));
    if (present.boolean(0, 0)) {
        return Error{ErrorKind::refused,
                     "the target is not empty, and what is in it is no unfinished copy: copy into "
                     "an empty database"};
    }
    TIDEMARK_RETURN_IF_ERROR(connection_->query("INSERT INTO copy_state (fingerprint) VALUES ($1)",
                                                Parameters().text(fingerprint)));
    return false;
}

Result<void> PostgresCopyTarget::make_room(const Dataset& dataset,
                                           const std::vector<UtcDay>& days) {
    datasets_.insert_or_assign(dataset.name(), dataset);
    const DatasetTables tables = postgres::tables_of(*connection_, dataset);
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows present,
        connection_->query("SELECT to_regclass($1) IS NOT NULL", Parameters().text(tables.daily)));
    if (!present.boolean(0, 0)) {
        Transaction transaction(*connection_);
        TIDEMARK_RETURN_IF_ERROR(transaction.begin());
        TIDEMARK_RETURN_IF_ERROR(postgres::make_tables(*connection_, tables));
        TIDEMARK_RETURN_IF_ERROR(transaction.commit());
    }
    // A few at a time: each partition holds locks until its transaction ends.
    constexpr std::size_t days_at_once = 100;
    for (std::size_t first = 0; first < days.size(); first += days_at_once) {
        TIDEMARK_RETURN_IF_ERROR(postgres::make_partitions(
            *connection_,
            tables,
            std::span(days).subspan(first, std::min(days_at_once, days.size() - first))));
    }
    return {};
}

Result<std::int64_t> PostgresCopyTarget::row_count(const CopyPart& part) {
    TIDEMARK_ASSIGN_OR_RETURN(
        const Rows rows,
        connection_->query(fmt::format("SELECT count(*) FROM {}", destination(part).table)));
    return rows.integer(0, 0);
}

Result<void> PostgresCopyTarget::begin_rest() {
    in_rest_ = true;
    // Runs that somebody began on the half-filled target found no dataset there and did nothing;
    // their numbers belong to the source's.
    return connection_->execute_script("BEGIN; DELETE FROM run_coverage; DELETE FROM run");
}

Result<void> PostgresCopyTarget::begin_copy(const CopyPart& part) {
    if (!in_rest_) {
        TIDEMARK_RETURN_IF_ERROR(connection_->execute_script("BEGIN"));
    }
    copying_ = destination(part);
    std::string columns;
    for (const CopyColumn& column : copying_->columns) {
        columns += (columns.empty() ? "" : ", ") + column.sql;
    }
    copied_ = 0;
    return connection_->copy_begin(fmt::format(
        "COPY {} ({}{}) FROM STDIN", copying_->table, columns, copying_->extra_columns));
}

Result<void> PostgresCopyTarget::end_copy() {
    TIDEMARK_RETURN_IF_ERROR(connection_->copy_send(piece_));
    piece_.clear();
    copying_.reset();
    tl::expected<std::int64_t, postgres::SqlError> ended = connection_->copy_end();
    if (!ended.has_value()) {
        return std::move(ended).error().error;
    }
    return in_rest_ ? Result<void>() : connection_->execute_script("COMMIT");
}

Result<void> PostgresCopyTarget::insert_dataset(CopyRow row) {
    TIDEMARK_RETURN_IF_ERROR(
        connection_->query("INSERT INTO dataset (name, kind, subject, metrics)"
                           " VALUES ($1, $2, $3, string_to_array($4, ','))",
                           Parameters()
                               .text(text_of(row[0]))
                               .text(text_of(row[1]))
                               .text(text_of(row[2]))
                               .text(text_of(row[3]))));
    TIDEMARK_RETURN_IF_ERROR(
        connection_->query("INSERT INTO dataset_seq VALUES ($1, $2)",
                           Parameters().text(text_of(row[0])).integer(number_of(row[4]))));
    TIDEMARK_RETURN_IF_ERROR(connection_->query(
        "INSERT INTO dataset_fold VALUES ($1, $2, $3 <> 0)",
        Parameters().text(text_of(row[0])).integer(number_of(row[5])).integer(number_of(row[6]))));
    return {};
}

Result<void> PostgresCopyTarget::put(const CopyPart& part, CopyRow row) {
    if (part.kind == CopyPartKind::datasets) {
        return insert_dataset(row);
    }
    if (!copying_.has_value()) {
        TIDEMARK_RETURN_IF_ERROR(begin_copy(part));
    }
    TIDEMARK_CHECK(row.size() == copying_->columns.size());
    for (std::size_t place = 0; place < row.size(); ++place) {
        piece_ += place == 0 ? "" : "\t";
        append_copy_value(piece_, copying_->columns[place].form, row[place]);
    }
    piece_ += copying_->extra_values;
    piece_ += '\n';
    if (piece_.size() >= piece_bytes) {
        TIDEMARK_RETURN_IF_ERROR(connection_->copy_send(piece_));
        piece_.clear();
    }
    return ++copied_ >= chunk_rows && part.in_chunks() ? end_copy() : Result<void>();
}

Result<void> PostgresCopyTarget::end(const CopyPart& /*part*/) {
    return copying_.has_value() ? end_copy() : Result<void>();
}

Result<void> PostgresCopyTarget::finish() {
    // Numbers given out from here on follow those that were copied.
    TIDEMARK_RETURN_IF_ERROR(connection_->query(
        "SELECT setval(pg_get_serial_sequence('run', 'id'), max(id)) FROM run HAVING max(id) > 0"));
    TIDEMARK_RETURN_IF_ERROR(
        connection_->query("UPDATE copy_state SET finished_at = clock_timestamp()"));
    in_rest_ = false;
    return connection_->execute_script("COMMIT");
}

}  // namespace

Result<std::unique_ptr<CopyTarget>> open_postgres_copy_target(const std::string& url) {
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<Session> session, Session::open(url, {}));
    return std::unique_ptr<CopyTarget>(std::make_unique<PostgresCopyTarget>(std::move(session)));
}

}  // namespace tidemark
