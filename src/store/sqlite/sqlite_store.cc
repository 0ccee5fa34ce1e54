#include "store/sqlite/sqlite_store.h"

#include <filesystem>
#include <limits>
#include <utility>

#include "store/sqlite/adjusting.h"
#include "store/sqlite/asking.h"
#include "store/sqlite/batch_writer.h"
#include "store/sqlite/connection.h"
#include "store/sqlite/corrections.h"
#include "store/sqlite/dataset_tables.h"
#include "store/sqlite/erasing.h"
#include "store/sqlite/fold.h"
#include "store/sqlite/gauge_read.h"
#include "store/sqlite/gauge_writer.h"
#include "store/sqlite/purge.h"
#include "store/sqlite/registry.h"
#include "store/sqlite/runs.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/seals.h"
#include "store/sqlite/sync.h"
#include "store/sqlite/transaction.h"
#include "store/sqlite/usage_read.h"
#include "store/sqlite/verify.h"

namespace tidemark {

namespace {

using sqlite::Connection;
using sqlite::DatasetRow;
using sqlite::Statement;
using sqlite::Transaction;

class SqliteStore final : public Store {
 public:
    SqliteStore(std::unique_ptr<Connection> connection, const Clock& clock)
        : connection_(std::move(connection)), clock_(clock) {}

    Result<void> prepare_dataset(const Dataset& dataset) override {
        return sqlite::prepare_dataset(*connection_, dataset);
    }

    Result<std::vector<Dataset>> datasets() override { return sqlite::load_datasets(*connection_); }

    Result<StoredBatch> store_batch(const Batch& batch, RowSource& rows) override {
        return sqlite::store_batch(*connection_, clock_, batch, rows);
    }

    Result<StoredBatch> void_batch(std::string_view dataset,
                                   std::int64_t batch_seq,
                                   std::string_view key,
                                   const CorrectionNote& note) override {
        return sqlite::void_batch(
            *connection_, clock_, {std::string(dataset), batch_seq}, key, note);
    }

    Result<StoredReplacement> replace_batch(std::int64_t batch_seq,
                                            const Batch& batch,
                                            RowSource& rows,
                                            const CorrectionNote& note) override {
        return sqlite::replace_batch(*connection_, clock_, batch_seq, batch, rows, note);
    }

    Result<StoredBatch> replay_batch(std::int64_t batch_seq,
                                     const Batch& batch,
                                     RowSource& rows,
                                     const CorrectionNote& note) override {
        return sqlite::replay_batch(*connection_, clock_, batch_seq, batch, rows, note);
    }

    Result<std::vector<Correction>> corrections(std::string_view dataset,
                                                std::int64_t from,
                                                std::int64_t to) override {
        return sqlite::load_corrections(*connection_, dataset, from, to);
    }

    Result<std::vector<Adjustment>> adjustments(const AdjustmentQuery& query) override;

    Result<Erasure> erase_subject(std::string_view dataset,
                                  std::string_view subject,
                                  const CorrectionNote& note) override {
        return sqlite::erase_subject(*connection_, clock_.now(), dataset, subject, note);
    }

    Result<std::vector<Erasure>> erasures(std::string_view dataset) override {
        return sqlite::load_erasures(*connection_, dataset);
    }

    Result<ErasedRows> erased_rows(std::string_view dataset, std::int64_t batch_seq) override;

    Result<std::string> answer_version(std::string_view dataset, UtcDay from, UtcDay to) override {
        return sqlite::answer_version(*connection_, dataset, from, to);
    }

    Result<std::vector<std::string>> find_subjects(const SubjectQuery& query) override {
        return sqlite::find_subjects(*connection_, query);
    }

    Result<std::vector<Run>> find_runs(const RunQuery& query) override {
        return sqlite::load_runs(*connection_, query);
    }

    Result<std::vector<BatchReceipt>> find_batches(const BatchQuery& query) override;
    Result<ReasonCounts> rejected_by_reason(std::string_view dataset,
                                            std::int64_t batch_seq) override;

    Result<std::optional<BatchReceipt>> find_batch(std::string_view feed,
                                                   std::string_view key) override;
    Result<std::vector<BatchReceipt>> batches(std::string_view dataset,
                                              std::int64_t after,
                                              std::int64_t limit) override;
    Result<std::vector<RejectedSample>> rejected_samples(std::string_view dataset,
                                                         std::int64_t batch_seq) override;

    Result<StoredBatch> store_events(const Batch& batch,
                                     std::span<const GaugeEvent> events) override {
        return sqlite::store_events(*connection_, clock_, batch, events);
    }

    Result<std::vector<GaugeEvent>> batch_events(std::string_view dataset,
                                                 std::int64_t batch_seq) override {
        return sqlite::load_batch_events(*connection_, dataset, batch_seq);
    }

    Result<void> read_gauge(const GaugeQuery& query, const GaugeSeriesSink& take) override {
        return sqlite::read_gauge(*connection_, query, take);
    }

    Result<std::vector<UtcDay>> purged_days(std::string_view dataset) override {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, sqlite::find_known(*connection_, dataset));
        return sqlite::load_purged_days(*connection_, row.id);
    }

    Result<FoldOutcome> fold(std::string_view dataset, const FoldScope& scope) override {
        return sqlite::fold(*connection_, dataset, scope);
    }

    Result<DatasetState> dataset_state(std::string_view dataset) override;

    Result<UsageAnswer> read_usage(const UsageQuery& query) override {
        return sqlite::read_usage(*connection_, query);
    }

    Result<bool> purge_day(std::string_view dataset, UtcDay day) override {
        return sqlite::purge_day(*connection_, dataset, day);
    }

    Result<std::int64_t> begin_run(std::string_view job,
                                   std::string_view dataset,
                                   std::string_view feed) override {
        return sqlite::begin_run(*connection_, clock_.now(), job, dataset, feed);
    }

    Result<void> heartbeat_run(std::int64_t run_id) override {
        return sqlite::heartbeat_run(*connection_, clock_.now(), run_id);
    }

    Result<void> end_run(std::int64_t run_id, const RunEnd& end) override {
        return sqlite::end_run(*connection_, clock_.now(), run_id, end);
    }

    Result<std::vector<Run>> runs(std::int64_t limit) override {
        return sqlite::load_runs(*connection_, {.limit = limit});
    }

    Result<Coverage> coverage(std::string_view dataset, std::string_view feed) override {
        return sqlite::load_coverage(*connection_, dataset, feed);
    }

    Result<VerifySummary> verify(const VerifyScope& scope, const DifferenceSink& differs) override {
        return sqlite::verify(*connection_, scope, differs);
    }

    Result<Freshness> read_freshness() override {
        return sqlite::read_freshness(*connection_, clock_);
    }

    Result<std::unique_ptr<SyncLease>> try_lead(std::string_view worker,
                                                std::chrono::milliseconds ttl) override {
        return sqlite::try_lead(*connection_, clock_, worker, ttl);
    }

    Result<bool> save_snapshot(const SyncFence& fence, std::string_view content) override {
        return sqlite::save_snapshot(*connection_, fence, content);
    }

    Result<bool> save_first_snapshot(const SnapshotMaker& make) override {
        return sqlite::save_first_snapshot(*connection_, clock_, make);
    }

    Result<std::optional<StoredSnapshot>> load_snapshot() override {
        return sqlite::load_snapshot(*connection_);
    }

    Result<std::int64_t> raise_generation(std::int64_t at_least) override {
        return sqlite::raise_generation(*connection_, at_least);
    }

    Result<void> acknowledge_hole(std::string_view dataset,
                                  SlotRange range,
                                  std::string_view reason) override {
        TIDEMARK_RETURN_IF_ERROR(sqlite::find_counter(*connection_, dataset));
        return sqlite::acknowledge_hole(*connection_, clock_.now(), dataset, range, reason);
    }

    Result<std::map<std::string, Coverage>> coverage_by_feed(std::string_view dataset) override {
        return sqlite::coverage_by_feed(*connection_, dataset);
    }

    Result<std::vector<SealEvent>> seal_days(std::string_view dataset,
                                             std::span<const UtcDay> days) override {
        return sqlite::seal_days(*connection_, clock_.now(), dataset, days);
    }

    Result<std::vector<SealedDay>> sealed_days(std::string_view dataset) override {
        return sqlite::sealed_days(*connection_, dataset);
    }

    Result<std::vector<SealEvent>> seal_events(std::string_view dataset,
                                               std::int64_t after,
                                               std::int64_t limit) override {
        return sqlite::seal_events(*connection_, dataset, after, limit);
    }

    Result<std::vector<UtcDay>> freeze_days(std::string_view dataset,
                                            std::span<const UtcDay> days,
                                            FreezePolicy policy) override {
        return sqlite::freeze_days(*connection_, dataset, days, policy);
    }

    Result<std::vector<UtcDay>> purgeable_days(std::string_view dataset,
                                               UtcDay before,
                                               Timestamp quiet_since) override {
        return sqlite::purgeable_days(*connection_, dataset, before, quiet_since);
    }

 private:
    std::unique_ptr<Connection> connection_;
    const Clock& clock_;
};

Result<std::optional<BatchReceipt>> SqliteStore::find_batch(std::string_view feed,
                                                            std::string_view key) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction snapshot, Transaction::begin_read(*connection_));
    TIDEMARK_ASSIGN_OR_RETURN(std::optional<BatchReceipt> receipt,
                              sqlite::find_receipt(*connection_, feed, key));
    TIDEMARK_RETURN_IF_ERROR(snapshot.commit());
    return receipt;
}

Result<std::vector<BatchReceipt>> SqliteStore::batches(std::string_view dataset,
                                                       std::int64_t after,
                                                       std::int64_t limit) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction snapshot, Transaction::begin_read(*connection_));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, sqlite::find_known(*connection_, dataset));
    TIDEMARK_ASSIGN_OR_RETURN(
        std::vector<BatchReceipt> receipts,
        sqlite::load_receipts(
            *connection_, row.id, after, std::numeric_limits<std::int64_t>::max(), limit));
    TIDEMARK_RETURN_IF_ERROR(snapshot.commit());
    return receipts;
}

Result<std::vector<BatchReceipt>> SqliteStore::find_batches(const BatchQuery& query) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction snapshot, Transaction::begin_read(*connection_));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row,
                              sqlite::find_known(*connection_, query.dataset));
    TIDEMARK_ASSIGN_OR_RETURN(std::vector<BatchReceipt> receipts,
                              sqlite::load_receipts(*connection_, row.id, query));
    TIDEMARK_RETURN_IF_ERROR(snapshot.commit());
    return receipts;
}

Result<ReasonCounts> SqliteStore::rejected_by_reason(std::string_view dataset,
                                                     std::int64_t batch_seq) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction snapshot, Transaction::begin_read(*connection_));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, sqlite::find_known(*connection_, dataset));
    TIDEMARK_RETURN_IF_ERROR(sqlite::find_receipt(*connection_, row, batch_seq));
    TIDEMARK_ASSIGN_OR_RETURN(ReasonCounts counts,
                              sqlite::load_rejected_by_reason(*connection_, row.id, batch_seq));
    TIDEMARK_RETURN_IF_ERROR(snapshot.commit());
    return counts;
}

Result<std::vector<Adjustment>> SqliteStore::adjustments(const AdjustmentQuery& query) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction snapshot, Transaction::begin_read(*connection_));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row,
                              sqlite::find_known(*connection_, query.dataset));
    TIDEMARK_ASSIGN_OR_RETURN(std::vector<Adjustment> links,
                              sqlite::load_adjustments(*connection_, row, query));
    TIDEMARK_RETURN_IF_ERROR(snapshot.commit());
    return links;
}

Result<ErasedRows> SqliteStore::erased_rows(std::string_view dataset, std::int64_t batch_seq) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction snapshot, Transaction::begin_read(*connection_));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, sqlite::find_known(*connection_, dataset));
    TIDEMARK_RETURN_IF_ERROR(sqlite::find_receipt(*connection_, row, batch_seq));
    TIDEMARK_ASSIGN_OR_RETURN(ErasedRows erased,
                              sqlite::load_erased_rows(*connection_, row, batch_seq));
    TIDEMARK_RETURN_IF_ERROR(snapshot.commit());
    return erased;
}

Result<std::vector<RejectedSample>> SqliteStore::rejected_samples(std::string_view dataset,
                                                                  std::int64_t batch_seq) {
    TIDEMARK_ASSIGN_OR_RETURN(Transaction snapshot, Transaction::begin_read(*connection_));
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, sqlite::find_known(*connection_, dataset));
    TIDEMARK_RETURN_IF_ERROR(sqlite::find_receipt(*connection_, row, batch_seq));
    TIDEMARK_ASSIGN_OR_RETURN(
        Statement statement,
        connection_->prepare("SELECT line, reason, text FROM rejected_sample WHERE "
                             "dataset_id = ?1 AND batch_seq = ?2 ORDER BY position"));
    statement.bind(row.id, batch_seq);
    std::vector<RejectedSample> samples;
    while (true) {
        TIDEMARK_ASSIGN_OR_RETURN(const bool found, statement.step());
        if (!found) {
            break;
        }
        samples.push_back({.line = statement.integer(0),
                           .reason = std::string(statement.text(1)),
                           .text = std::string(statement.text(2))});
    }
    TIDEMARK_RETURN_IF_ERROR(snapshot.commit());
    return samples;
}

Result<DatasetState> SqliteStore::dataset_state(std::string_view dataset) {
    TIDEMARK_ASSIGN_OR_RETURN(const DatasetRow row, sqlite::find_counter(*connection_, dataset));
    // No number is given out without a committed batch, and none is ever seen running.
    return DatasetState{.last_seq = row.last_seq,
                        .folded_through = row.folded_through,
                        .unfolded_count = row.last_seq - row.folded_through,
                        .running_count = 0,
                        .partial = row.partial};
}

}  // namespace

Result<std::vector<Migration>> find_pending_sqlite_migrations(const std::string& path) {
    if (!path.empty() && !std::filesystem::exists(path)) {
        const auto all = sqlite_migrations();
        return std::vector<Migration>(all.begin(), all.end());
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection,
                              Connection::open(path, {}));
    TIDEMARK_ASSIGN_OR_RETURN(const auto pending, sqlite::find_pending(*connection));
    return std::vector<Migration>(pending.begin(), pending.end());
}

Result<std::unique_ptr<Store>> open_sqlite_store(const std::string& path,
                                                 const Clock& clock,
                                                 const SqliteOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<Connection> connection,
                              Connection::open(path, options));
    TIDEMARK_RETURN_IF_ERROR(sqlite::migrate(*connection));
    return std::make_unique<SqliteStore>(std::move(connection), clock);
}

}  // namespace tidemark
