#include "store/postgres/copy_target.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/copy_text.h"
#include "store/postgres/connection.h"
#include "store/postgres/session.h"
#include "store/postgres/tables.h"

namespace tidemark {

namespace {

using postgres::Connection;
using postgres::DatasetTables;
using postgres::Parameters;
using postgres::Rows;
using postgres::Session;
using postgres::Transaction;

constexpr std::int64_t chunk_rows = 50'000;
constexpr std::size_t piece_bytes = std::size_t{64} << 10U;

// How a value is written as text.
enum class Form { number, text, bytes, hash, day, instant, numbers, days, flag };

struct Column {
    std::string sql;
    Form form;
};

// Where the rows of a part go; `extra` are columns that the part does not have, and their values.
struct Destination {
    std::string table;
    std::vector<Column> columns;
    std::string extra_columns{};
    std::string extra_values{};
};

std::string quoted(const std::string& name) {
    return "\"" + name + "\"";
}

Destination gauge_rows_destination(const Dataset& dataset) {
    Destination rows{quoted(dataset.name()),
                     {{quoted(dataset.subject()), Form::text}, {"date", Form::day}}};
    for (const std::string& metric : dataset.metrics()) {
        rows.columns.push_back({quoted(metric), Form::number});
        rows.columns.push_back({quoted(gauge_time_column(metric)), Form::instant});
        rows.columns.push_back({quoted(gauge_mark_column(metric)), Form::number});
    }
    return rows;
}

Destination dataset_destination(CopyPartKind kind, const Dataset& dataset) {
    const Column subject{quoted(dataset.subject()), Form::text};
    if (kind == CopyPartKind::gauge_events) {
        return {quoted(dataset.name() + "_event"),
                {{"batch_seq", Form::number},
                 {"metric", Form::number},
                 subject,
                 {"observed_at", Form::instant},
                 {"value", Form::number},
                 {"event_id", Form::text}}};
    }
    if (kind == CopyPartKind::gauge_repeats) {
        return {quoted(dataset.name() + "_repeat"),
                {{"batch_seq", Form::number}, {"date", Form::day}, {"events", Form::bytes}}};
    }
    if (kind == CopyPartKind::gauge_rows) {
        return gauge_rows_destination(dataset);
    }
    std::vector<Column> metrics;
    for (const std::string& metric : dataset.metrics()) {
        metrics.push_back({quoted(metric), Form::number});
    }
    if (kind == CopyPartKind::batch_rows) {
        Destination rows{
            quoted(dataset.name() + "_batch"),
            {{"batch_seq", Form::number}, subject, {"date", Form::day}, {"slot", Form::number}}};
        rows.columns.insert(rows.columns.end(), metrics.begin(), metrics.end());
        return rows;
    }
    Destination rows{quoted(dataset.name() + "_daily"), {{"date", Form::day}, subject}};
    rows.columns.insert(rows.columns.end(), metrics.begin(), metrics.end());
    rows.columns.push_back({"folded_through", Form::number});
    return rows;
}

Destination batches_destination() {
    return {"batch_registry",
            {{"dataset", Form::text},
             {"batch_seq", Form::number},
             {"feed", Form::text},
             {"batch_key", Form::text},
             {"content_hash", Form::hash},
             {"voids", Form::number},
             {"source", Form::bytes},
             {"lines", Form::number},
             {"comments", Form::number},
             {"accepted", Form::number},
             {"rejected", Form::number},
             {"ignored", Form::number},
             {"rejected_by_reason", Form::text},
             {"row_count", Form::number},
             {"totals", Form::numbers},
             {"days", Form::days},
             {"day_grained", Form::flag},
             {"committed_at", Form::instant}},
            ", state, lease_until",
            "\tcommitted\t-infinity"};
}

Destination runs_destination() {
    return {"run",
            {{"id", Form::number},
             {"job", Form::text},
             {"dataset", Form::text},
             {"feed", Form::text},
             {"started_at", Form::instant},
             {"heartbeat_at", Form::instant},
             {"ended_at", Form::instant},
             {"outcome", Form::text},
             {"row_count", Form::number},
             {"byte_count", Form::number},
             {"error", Form::text}}};
}

Destination erasures_destination(CopyPartKind kind) {
    const Column dataset{"dataset", Form::text};
    const Column date{"date", Form::day};
    const Column revision{"revision", Form::number};
    const Column totals{"totals", Form::numbers};
    switch (kind) {
        case CopyPartKind::erased_batches:
            return {"erased_batch",
                    {dataset,
                     {"batch_seq", Form::number},
                     date,
                     revision,
                     {"row_count", Form::number},
                     totals}};
        case CopyPartKind::erased_days:
            return {"erased_day", {dataset, date, revision, totals}};
        default:
            return {"erasure",
                    {dataset,
                     {"subject_digest", Form::text},
                     {"reason", Form::text},
                     {"made_by", Form::text},
                     {"batch_count", Form::number},
                     {"batch_row_count", Form::number},
                     {"daily_row_count", Form::number},
                     {"rejected_sample_count", Form::number},
                     {"erased_at", Form::instant}}};
    }
}

Destination destination_of(CopyPartKind kind) {
    const Column dataset{"dataset", Form::text};
    const Column batch_seq{"batch_seq", Form::number};
    switch (kind) {
        case CopyPartKind::rejected_samples:
            return {"rejected_sample",
                    {dataset,
                     batch_seq,
                     {"ordinal", Form::number},
                     {"line", Form::number},
                     {"reason", Form::text},
                     {"content", Form::bytes}}};
        case CopyPartKind::purged_days:
            return {"purged_day", {dataset, {"date", Form::day}}};
        case CopyPartKind::run_coverage:
            return {"run_coverage",
                    {{"run_id", Form::number},
                     {"begin_slot", Form::number},
                     {"end_slot", Form::number}}};
        case CopyPartKind::sealed_days:
            return {"sealed_day",
                    {dataset,
                     {"date", Form::day},
                     {"revision", Form::number},
                     {"through", Form::number},
                     {"totals", Form::numbers},
                     {"sealed_at", Form::instant},
                     {"freeze_policy", Form::text}}};
        case CopyPartKind::seal_events:
            return {"seal_event",
                    {dataset,
                     {"event_id", Form::number},
                     {"date", Form::day},
                     {"revision", Form::number},
                     {"old_totals", Form::numbers},
                     {"new_totals", Form::numbers},
                     {"through", Form::number},
                     {"sealed_at", Form::instant}}};
        case CopyPartKind::corrections:
            return {"correction",
                    {dataset,
                     batch_seq,
                     {"kind", Form::text},
                     {"voiding_seq", Form::number},
                     {"new_seq", Form::number},
                     {"reason", Form::text},
                     {"made_by", Form::text},
                     {"recorded_at", Form::instant}}};
        case CopyPartKind::erasures:
        case CopyPartKind::erased_batches:
        case CopyPartKind::erased_days:
            return erasures_destination(kind);
        case CopyPartKind::batches:
            return batches_destination();
        default:
            return runs_destination();
    }
}

std::string day_text(std::int64_t since_epoch) {
    return UtcDay::from_days_since_epoch(static_cast<std::int32_t>(since_epoch)).to_string();
}

std::string days_text(std::string_view list) {
    std::string text;
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        text += text.empty() ? "" : ",";
        text += day_text(std::stoll(std::string(list.substr(0, comma))));
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return text;
}

void append_number(std::string& to, Form form, std::int64_t number) {
    if (form == Form::day) {
        to += day_text(number);
    } else if (form == Form::flag) {
        to += number != 0 ? 't' : 'f';
    } else if (form == Form::instant) {
        const UtcDay day = UtcDay::containing(
            std::chrono::floor<std::chrono::seconds>(Timestamp(std::chrono::microseconds(number))));
        const std::int64_t within = number - std::int64_t{day.days_since_epoch()} * 86'400'000'000;
        to += fmt::format("{} {:02}:{:02}:{:02}.{:06}+00",
                          day.to_string(),
                          within / 3'600'000'000,
                          within / 60'000'000 % 60,
                          within / 1'000'000 % 60,
                          within % 1'000'000);
    } else {
        to += fmt::format("{}", number);
    }
}

void append_bytes(std::string& to, Form form, std::string_view bytes) {
    switch (form) {
        case Form::bytes:
            to += "\\\\x";
            for (const char byte : bytes) {
                to += fmt::format("{:02x}", static_cast<unsigned char>(byte));
            }
            break;
        case Form::hash:
            to += "\\\\x";
            to += bytes;
            break;
        case Form::numbers:
            to += fmt::format("{{{}}}", bytes);
            break;
        case Form::days:
            to += fmt::format("{{{}}}", days_text(bytes));
            break;
        default:
            append_copy_field(to, bytes);
    }
}

void append_value(std::string& to, Form form, const CopyValue& value) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
        append_number(to, form, *number);
    } else if (const auto* bytes = std::get_if<std::string_view>(&value)) {
        append_bytes(to, form, *bytes);
    } else if (form == Form::days) {
        to += "{}";  // a batch without rows has no days
    } else {
        to += "\\N";
    }
}

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
    [[nodiscard]] Destination destination(const CopyPart& part) const {
        return part.dataset.empty() ? destination_of(part.kind)
                                    : dataset_destination(part.kind, datasets_.at(part.dataset));
    }
    Result<void> begin_copy(const CopyPart& part);
    Result<void> end_copy();
    Result<void> insert_dataset(CopyRow row);

    std::unique_ptr<Session> session_;
    Connection* connection_ = nullptr;
    std::map<std::string, Dataset> datasets_;
    std::optional<Destination> copying_;  // of the COPY that is open
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
    for (const Column& column : copying_->columns) {
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
        append_value(piece_, copying_->columns[place].form, row[place]);
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
