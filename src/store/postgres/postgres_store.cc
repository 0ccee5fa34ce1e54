#include "store/postgres/postgres_store.h"

#include <utility>

#include "store/postgres/adjusting.h"
#include "store/postgres/asking.h"
#include "store/postgres/corrections.h"
#include "store/postgres/erasing.h"
#include "store/postgres/folding.h"
#include "store/postgres/gauge_reading.h"
#include "store/postgres/gauge_storing.h"
#include "store/postgres/purging.h"
#include "store/postgres/reading.h"
#include "store/postgres/registry.h"
#include "store/postgres/runs.h"
#include "store/postgres/schema.h"
#include "store/postgres/seals.h"
#include "store/postgres/session.h"
#include "store/postgres/storing.h"
#include "store/postgres/sync.h"
#include "store/postgres/verify.h"
#include "store/refusals.h"

namespace tidemark {

namespace {

using postgres::Connection;
using postgres::DatasetTables;
using postgres::Session;

class PostgresStore final : public Store {
 public:
    explicit PostgresStore(std::unique_ptr<Session> session) : session_(std::move(session)) {}

    Result<void> prepare_dataset(const Dataset& dataset) override {
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::prepare_dataset(*connection, dataset);
    }

    Result<std::vector<Dataset>> datasets() override {
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::load_datasets(*connection);
    }

    Result<StoredBatch> store_batch(const Batch& batch, RowSource& rows) override {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const tables,
                                  session_->counter(batch.identity.dataset));
        TIDEMARK_ASSIGN_OR_RETURN(
            std::vector<StoredBatch> stored,
            postgres::store_booked(
                *session_, *tables, batch, rows, [&](const postgres::KeyedBatch& given) {
                    return postgres::store_together(*session_, *tables, {&given, 1}, {});
                }));
        return std::move(stored.front());
    }

    Result<StoredBatch> void_batch(std::string_view dataset,
                                   std::int64_t batch_seq,
                                   std::string_view key,
                                   const CorrectionNote& note) override {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const tables, session_->tables(dataset));
        return postgres::void_batch(*session_, *tables, batch_seq, key, note);
    }

    Result<StoredReplacement> replace_batch(std::int64_t batch_seq,
                                            const Batch& batch,
                                            RowSource& rows,
                                            const CorrectionNote& note) override {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const tables,
                                  session_->counter(batch.identity.dataset));
        return postgres::replace_batch(*session_, *tables, batch_seq, batch, rows, note);
    }

    Result<StoredBatch> replay_batch(std::int64_t batch_seq,
                                     const Batch& batch,
                                     RowSource& rows,
                                     const CorrectionNote& note) override {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const tables,
                                  session_->counter(batch.identity.dataset));
        return postgres::replay_batch(*session_, *tables, batch_seq, batch, rows, note);
    }

    Result<std::vector<Correction>> corrections(std::string_view dataset,
                                                std::int64_t from,
                                                std::int64_t to) override {
        TIDEMARK_RETURN_IF_ERROR(session_->tables(dataset));
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::load_corrections(*connection, dataset, from, to);
    }

    Result<std::vector<Adjustment>> adjustments(const AdjustmentQuery& query) override {
        TIDEMARK_RETURN_IF_ERROR(session_->tables(query.dataset));
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::load_adjustments(*connection, query);
    }

    Result<Erasure> erase_subject(std::string_view dataset,
                                  std::string_view subject,
                                  const CorrectionNote& note) override {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const tables, session_->tables(dataset));
        return postgres::erase_subject(*session_, *tables, subject, note);
    }

    Result<std::vector<Erasure>> erasures(std::string_view dataset) override {
        TIDEMARK_RETURN_IF_ERROR(session_->tables(dataset));
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::load_erasures(*connection, dataset);
    }

    Result<ErasedRows> erased_rows(std::string_view dataset, std::int64_t batch_seq) override {
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, committed(dataset, batch_seq));
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const tables, session_->tables(dataset));
        return postgres::load_erased_rows(*connection, tables->dataset, batch_seq);
    }

    Result<std::unique_ptr<CommitWatch>> watch_commits() override {
        return postgres::watch_commits(session_->url());
    }

    Result<std::string> answer_version(std::string_view dataset, UtcDay from, UtcDay to) override {
        TIDEMARK_RETURN_IF_ERROR(session_->tables(dataset));
        return postgres::answer_version(*session_, dataset, from, to);
    }

    Result<std::vector<std::string>> find_subjects(const SubjectQuery& query) override {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const tables,
                                  session_->tables(query.dataset));
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::find_subjects(*connection, *tables, query);
    }

    Result<std::vector<Run>> find_runs(const RunQuery& query) override {
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::load_runs(*connection, query);
    }

    Result<std::vector<BatchReceipt>> find_batches(const BatchQuery& query) override {
        TIDEMARK_RETURN_IF_ERROR(session_->tables(query.dataset));
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::load_committed(*connection, query);
    }

    Result<ReasonCounts> rejected_by_reason(std::string_view dataset,
                                            std::int64_t batch_seq) override {
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, committed(dataset, batch_seq));
        return postgres::load_rejected_by_reason(*connection, dataset, batch_seq);
    }

    Result<std::optional<BatchReceipt>> find_batch(std::string_view feed,
                                                   std::string_view key) override {
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        TIDEMARK_ASSIGN_OR_RETURN(std::optional<postgres::Standing> standing,
                                  postgres::find_standing(*connection, feed, key));
        if (!standing.has_value() || !standing->committed) {
            return std::optional<BatchReceipt>();
        }
        return std::optional(std::move(standing->receipt));
    }

    Result<std::vector<BatchReceipt>> batches(std::string_view dataset,
                                              std::int64_t after,
                                              std::int64_t limit) override {
        TIDEMARK_RETURN_IF_ERROR(session_->tables(dataset));
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::load_committed(*connection, dataset, after, limit);
    }

    Result<std::vector<RejectedSample>> rejected_samples(std::string_view dataset,
                                                         std::int64_t batch_seq) override {
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, committed(dataset, batch_seq));
        return postgres::load_rejected_samples(*connection, dataset, batch_seq);
    }

    Result<StoredBatch> store_events(const Batch& batch,
                                     std::span<const GaugeEvent> events) override {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const tables,
                                  session_->gauge(batch.identity.dataset));
        return postgres::store_events(*session_, *tables, batch, events);
    }

    Result<std::vector<GaugeEvent>> batch_events(std::string_view dataset,
                                                 std::int64_t batch_seq) override {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const tables, session_->gauge(dataset));
        return postgres::load_batch_events(*session_, *tables, batch_seq);
    }

    Result<void> read_gauge(const GaugeQuery& query, const GaugeSeriesSink& take) override {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const tables,
                                  session_->gauge(query.dataset));
        return postgres::read_gauge(*session_, *tables, query, take);
    }

    Result<std::vector<UtcDay>> purged_days(std::string_view dataset) override {
        TIDEMARK_RETURN_IF_ERROR(session_->tables(dataset));
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::load_purged_days(*connection, dataset);
    }

    Result<FoldOutcome> fold(std::string_view dataset, const FoldScope& scope) override {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const tables, session_->counter(dataset));
        return postgres::fold(*session_, *tables, scope);
    }

    Result<DatasetState> dataset_state(std::string_view dataset) override;

    Result<UsageAnswer> read_usage(const UsageQuery& query) override {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const tables,
                                  session_->counter(query.dataset));
        return postgres::read_usage(*session_, *tables, query);
    }

    Result<VersionedAnswer> read_versioned_usage(const UsageQuery& query) override {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const tables,
                                  session_->counter(query.dataset));
        Result<std::optional<VersionedAnswer>> unchanged =
            postgres::read_unchanged_usage(*session_, *tables, query);
        if (unchanged.has_value() && unchanged->has_value()) {
            return **std::move(unchanged);
        }
        // Where the server was lost, this tells.
        return Store::read_versioned_usage(query);
    }

    Result<bool> purge_day(std::string_view dataset, UtcDay day) override {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const tables, session_->tables(dataset));
        return postgres::purge_day(*session_, *tables, day);
    }

    Result<std::int64_t> begin_run(std::string_view job,
                                   std::string_view dataset,
                                   std::string_view feed) override {
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::begin_run(*connection, job, dataset, feed);
    }

    Result<void> heartbeat_run(std::int64_t run_id) override {
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::heartbeat_run(*connection, run_id);
    }

    Result<void> end_run(std::int64_t run_id, const RunEnd& end) override {
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::end_run(*connection, run_id, end);
    }

    Result<std::vector<Run>> runs(std::int64_t limit) override {
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::load_runs(*connection, {.limit = limit});
    }

    Result<Coverage> coverage(std::string_view dataset, std::string_view feed) override {
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::load_coverage(*connection, dataset, feed);
    }

    Result<VerifySummary> verify(const VerifyScope& scope, const DifferenceSink& differs) override {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const tables,
                                  session_->tables(scope.dataset));
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::verify(*connection, *tables, scope, differs);
    }

    Result<Freshness> read_freshness() override {
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::read_freshness(*connection);
    }

    Result<std::unique_ptr<SyncLease>> try_lead(std::string_view worker,
                                                std::chrono::milliseconds ttl) override {
        return postgres::try_lead(*session_, worker, ttl);
    }

    Result<bool> save_snapshot(const SyncFence& fence, std::string_view content) override {
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::save_snapshot(*connection, fence, content);
    }

    Result<bool> save_first_snapshot(const SnapshotMaker& make) override {
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::save_first_snapshot(*connection, make);
    }

    Result<std::optional<StoredSnapshot>> load_snapshot() override {
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::load_snapshot(*connection);
    }

    Result<std::int64_t> raise_generation(std::int64_t at_least) override {
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::raise_generation(*connection, at_least);
    }

    Result<void> acknowledge_hole(std::string_view dataset,
                                  SlotRange range,
                                  std::string_view reason) override {
        TIDEMARK_RETURN_IF_ERROR(session_->counter(dataset));
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::acknowledge_hole(*connection, dataset, range, reason);
    }

    Result<std::map<std::string, Coverage>> coverage_by_feed(std::string_view dataset) override {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const tables, session_->counter(dataset));
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::coverage_by_feed(*connection, *tables);
    }

    Result<std::vector<SealEvent>> seal_days(std::string_view dataset,
                                             std::span<const UtcDay> days) override {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const tables, session_->counter(dataset));
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::seal_days(*connection, *tables, days);
    }

    Result<std::vector<SealedDay>> sealed_days(std::string_view dataset) override {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const tables, session_->counter(dataset));
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::sealed_days(*connection, *tables);
    }

    Result<std::vector<SealEvent>> seal_events(std::string_view dataset,
                                               std::int64_t after,
                                               std::int64_t limit) override {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const tables, session_->counter(dataset));
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::seal_events(*connection, *tables, after, limit);
    }

    Result<std::vector<UtcDay>> freeze_days(std::string_view dataset,
                                            std::span<const UtcDay> days,
                                            FreezePolicy policy) override {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const tables, session_->counter(dataset));
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::freeze_days(*connection, *tables, days, policy);
    }

    Result<std::vector<UtcDay>> purgeable_days(std::string_view dataset,
                                               UtcDay before,
                                               Timestamp quiet_since) override {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetTables* const tables, session_->tables(dataset));
        TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
        return postgres::purgeable_days(*connection, *tables, before, quiet_since);
    }

 private:
    // The connection, once the batch is known to be committed.
    Result<Connection*> committed(std::string_view dataset, std::int64_t batch_seq);

    std::unique_ptr<Session> session_;
};

Result<Connection*> PostgresStore::committed(std::string_view dataset, std::int64_t batch_seq) {
    TIDEMARK_RETURN_IF_ERROR(session_->tables(dataset));
    TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
    TIDEMARK_ASSIGN_OR_RETURN(const std::optional<BatchReceipt> found,
                              postgres::find_committed(*connection, dataset, batch_seq));
    return found.has_value() ? Result<Connection*>(connection) : no_such_batch(dataset, batch_seq);
}

Result<DatasetState> PostgresStore::dataset_state(std::string_view dataset) {
    TIDEMARK_RETURN_IF_ERROR(session_->counter(dataset));
    TIDEMARK_ASSIGN_OR_RETURN(Connection* const connection, session_->ready());
    TIDEMARK_ASSIGN_OR_RETURN(
        const postgres::Rows rows,
        connection->query(
            "SELECT s.last_seq, f.folded_through, (SELECT count(*) FROM batch_registry r"
            " WHERE r.dataset = f.dataset AND r.batch_seq > f.folded_through"
            " AND r.state = 'committed'), (SELECT count(*) FROM batch_registry r"
            " WHERE r.dataset = f.dataset AND r.state IN ('running', 'written')), f.partial"
            " FROM dataset_seq s JOIN dataset_fold f USING (dataset) WHERE dataset = $1",
            postgres::Parameters().text(dataset)));
    return DatasetState{.last_seq = rows.integer(0, 0),
                        .folded_through = rows.integer(0, 1),
                        .unfolded_count = rows.integer(0, 2),
                        .running_count = rows.integer(0, 3),
                        .partial = rows.boolean(0, 4)};
}

}  // namespace

Result<std::vector<Migration>> find_pending_postgres_migrations(const std::string& url) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection, Connection::open(url));
    TIDEMARK_ASSIGN_OR_RETURN(const auto pending, postgres::load_pending(*connection));
    return std::vector<Migration>(pending.begin(), pending.end());
}

Result<std::unique_ptr<Store>> open_postgres_store(const std::string& url) {
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<Session> session, Session::open(url, {}));
    return std::unique_ptr<Store>(std::make_unique<PostgresStore>(std::move(session)));
}

}  // namespace tidemark
