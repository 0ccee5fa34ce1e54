#include "store/memory/memory_store.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "store/gauge_chunk.h"
#include "store/memory/memory_adjusting.h"
#include "store/memory/memory_asking.h"
#include "store/memory/memory_database.h"
#include "store/memory/memory_erasing.h"
#include "store/memory/memory_gauge.h"
#include "store/memory/memory_ledger.h"
#include "store/memory/memory_seals.h"
#include "store/memory/memory_storing.h"
#include "store/memory/memory_sync.h"
#include "store/memory/memory_verify.h"
#include "store/refusals.h"
#include "store/usage_sum.h"

namespace tidemark {

namespace {

bool in_scope(const FoldScope& scope, const MemoryRow& row) {
    const bool day_taken =
        scope.days.empty() || std::ranges::find(scope.days, row.slot.day()) != scope.days.end();
    return day_taken && (!scope.subject_from.has_value() || row.subject >= *scope.subject_from) &&
           (!scope.subject_to.has_value() || row.subject < *scope.subject_to);
}

bool asked_for(const UsageQuery& query, UtcDay day, const std::string& subject) {
    return query.from <= day && day < query.to &&
           (query.subjects.empty() ||
            std::ranges::find(query.subjects, subject) != query.subjects.end());
}

// The daily rows as they are once the unfolded rows in scope are added; nothing when none are.
Result<std::map<std::pair<UtcDay, std::string>, MemoryDailyRow>> folded_rows(
    const MemoryDataset& known, const FoldScope& scope) {
    std::map<std::pair<UtcDay, std::string>, std::vector<Total>> sums;
    for (const MemoryBatch& batch : known.batches) {
        for (const MemoryRow& row : batch.rows) {
            const UtcDay day = row.slot.day();
            if (!in_scope(scope, row) || batch.receipt.batch_seq <= known.folded_through ||
                batch.receipt.batch_seq <= known.folded_through_of(day, row.subject)) {
                continue;
            }
            std::vector<Total>& sum = sums[{day, row.subject}];
            sum.resize(row.values.size());
            for (std::size_t metric = 0; metric < row.values.size(); ++metric) {
                sum[metric] += row.values[metric];
            }
        }
    }
    std::map<std::pair<UtcDay, std::string>, MemoryDailyRow> rows;
    for (auto& [key, sum] : sums) {
        MemoryDailyRow row{.values = {}, .folded_through = known.last_seq()};
        const auto before = known.daily.find(key);
        for (std::size_t metric = 0; metric < sum.size(); ++metric) {
            if (before != known.daily.end()) {
                sum[metric] += before->second.values[metric];
            }
            const auto value = sum[metric].to_int64();
            if (!value.has_value()) {
                return value_too_large(
                    known.dataset.name(), key.second, key.first, known.dataset.metrics()[metric]);
            }
            row.values.push_back(*value);
        }
        rows.emplace(key, std::move(row));
    }
    return rows;
}

class MemoryStore final : public Store {
 public:
    MemoryStore(std::shared_ptr<MemoryDatabase> database, const Clock& clock)
        : database_(std::move(database)), clock_(clock) {}

    Result<void> prepare_dataset(const Dataset& dataset) override;
    Result<std::vector<Dataset>> datasets() override;
    Result<StoredBatch> store_batch(const Batch& batch, RowSource& rows) override;
    Result<StoredBatch> void_batch(std::string_view dataset,
                                   std::int64_t batch_seq,
                                   std::string_view key,
                                   const CorrectionNote& note) override;
    Result<StoredReplacement> replace_batch(std::int64_t batch_seq,
                                            const Batch& batch,
                                            RowSource& rows,
                                            const CorrectionNote& note) override;
    Result<StoredBatch> replay_batch(std::int64_t batch_seq,
                                     const Batch& batch,
                                     RowSource& rows,
                                     const CorrectionNote& note) override;
    Result<std::vector<Correction>> corrections(std::string_view dataset,
                                                std::int64_t from,
                                                std::int64_t to) override;
    Result<std::vector<Adjustment>> adjustments(const AdjustmentQuery& query) override {
        const Lock lock(database_->mutex);
        TIDEMARK_ASSIGN_OR_RETURN(const MemoryDataset* const known,
                                  database_->find_known(query.dataset));
        return memory::find_adjustments(*known, query);
    }
    Result<Erasure> erase_subject(std::string_view dataset,
                                  std::string_view subject,
                                  const CorrectionNote& note) override {
        const Lock lock(database_->mutex);
        return memory::erase_subject(*database_, clock_.now(), dataset, subject, note);
    }
    Result<std::vector<Erasure>> erasures(std::string_view dataset) override;
    Result<ErasedRows> erased_rows(std::string_view dataset, std::int64_t batch_seq) override;
    Result<std::string> answer_version(std::string_view dataset, UtcDay from, UtcDay to) override {
        const Lock lock(database_->mutex);
        return memory::answer_version(*database_, dataset, from, to);
    }
    Result<std::vector<std::string>> find_subjects(const SubjectQuery& query) override {
        const Lock lock(database_->mutex);
        return memory::find_subjects(*database_, query);
    }
    Result<std::vector<Run>> find_runs(const RunQuery& query) override;
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
                                     std::span<const GaugeEvent> events) override;
    Result<std::vector<GaugeEvent>> batch_events(std::string_view dataset,
                                                 std::int64_t batch_seq) override;
    Result<void> read_gauge(const GaugeQuery& query, const GaugeSeriesSink& take) override;
    Result<std::vector<UtcDay>> purged_days(std::string_view dataset) override;
    Result<FoldOutcome> fold(std::string_view dataset, const FoldScope& scope) override;
    Result<DatasetState> dataset_state(std::string_view dataset) override;
    Result<UsageAnswer> read_usage(const UsageQuery& query) override;
    Result<bool> purge_day(std::string_view dataset, UtcDay day) override;
    Result<std::int64_t> begin_run(std::string_view job,
                                   std::string_view dataset,
                                   std::string_view feed) override;
    Result<void> heartbeat_run(std::int64_t run_id) override;
    Result<void> end_run(std::int64_t run_id, const RunEnd& end) override;
    Result<std::vector<Run>> runs(std::int64_t limit) override;
    Result<Coverage> coverage(std::string_view dataset, std::string_view feed) override;

    Result<VerifySummary> verify(const VerifyScope& scope, const DifferenceSink& differs) override {
        const Lock lock(database_->mutex);
        TIDEMARK_ASSIGN_OR_RETURN(const MemoryDataset* const known,
                                  database_->find_known(scope.dataset));
        return memory::verify(*database_, *known, scope, differs);
    }

    Result<Freshness> read_freshness() override {
        return memory_freshness(*database_, clock_.now());
    }

    Result<std::unique_ptr<SyncLease>> try_lead(std::string_view /*worker*/,
                                                std::chrono::milliseconds ttl) override {
        return memory_try_lead(database_, clock_, ttl);
    }

    Result<bool> save_snapshot(const SyncFence& fence, std::string_view content) override {
        return memory_save_snapshot(*database_, fence, content);
    }

    Result<bool> save_first_snapshot(const SnapshotMaker& make) override {
        return memory_save_first_snapshot(*database_, clock_.now(), make);
    }

    Result<std::optional<StoredSnapshot>> load_snapshot() override {
        const std::lock_guard lock(database_->mutex);
        return database_->sync.snapshot;
    }

    Result<std::int64_t> raise_generation(std::int64_t at_least) override {
        return memory_raise_generation(*database_, at_least);
    }

    Result<void> acknowledge_hole(std::string_view dataset,
                                  SlotRange range,
                                  std::string_view reason) override;
    Result<std::map<std::string, Coverage>> coverage_by_feed(std::string_view dataset) override {
        const Lock lock(database_->mutex);
        TIDEMARK_RETURN_IF_ERROR(database_->find_counter(dataset));
        return tidemark::coverage_by_feed(database_->runs, dataset);
    }

    Result<std::vector<SealEvent>> seal_days(std::string_view dataset,
                                             std::span<const UtcDay> days) override {
        const Lock lock(database_->mutex);
        TIDEMARK_ASSIGN_OR_RETURN(MemoryDataset* const known, database_->find_counter(dataset));
        return tidemark::seal_days(*known, days, clock_.now());
    }

    Result<std::vector<SealedDay>> sealed_days(std::string_view dataset) override {
        const Lock lock(database_->mutex);
        TIDEMARK_ASSIGN_OR_RETURN(const MemoryDataset* const known,
                                  database_->find_counter(dataset));
        return tidemark::sealed_days(*known);
    }

    Result<std::vector<SealEvent>> seal_events(std::string_view dataset,
                                               std::int64_t after,
                                               std::int64_t limit) override {
        const Lock lock(database_->mutex);
        TIDEMARK_ASSIGN_OR_RETURN(const MemoryDataset* const known,
                                  database_->find_counter(dataset));
        return tidemark::seal_events(*known, after, limit);
    }

    Result<std::vector<UtcDay>> freeze_days(std::string_view dataset,
                                            std::span<const UtcDay> days,
                                            FreezePolicy policy) override {
        const Lock lock(database_->mutex);
        TIDEMARK_ASSIGN_OR_RETURN(MemoryDataset* const known, database_->find_counter(dataset));
        return tidemark::freeze_days(*known, days, policy);
    }

    Result<std::vector<UtcDay>> purgeable_days(std::string_view dataset,
                                               UtcDay before,
                                               Timestamp quiet_since) override {
        const Lock lock(database_->mutex);
        TIDEMARK_ASSIGN_OR_RETURN(const MemoryDataset* const known, database_->find_known(dataset));
        return tidemark::purgeable_days(*known, before, quiet_since);
    }

 private:
    using Lock = std::lock_guard<std::mutex>;

    // The caller holds the mutex.
    Result<Run*> find_run(std::int64_t run_id);

    std::shared_ptr<MemoryDatabase> database_;
    const Clock& clock_;
};

Result<Run*> MemoryStore::find_run(std::int64_t run_id) {
    if (run_id < 1 || run_id > static_cast<std::int64_t>(database_->runs.size())) {
        return no_such_run(run_id);
    }
    return &database_->runs[static_cast<std::size_t>(run_id - 1)];
}

Result<void> MemoryStore::prepare_dataset(const Dataset& dataset) {
    const Lock lock(database_->mutex);
    const auto [place, added] =
        database_->datasets.try_emplace(dataset.name(), MemoryDataset{.dataset = dataset});
    if (!added && !(place->second.dataset == dataset)) {
        return dataset_differs(place->second.dataset, dataset);
    }
    return {};
}

Result<std::vector<Dataset>> MemoryStore::datasets() {
    const Lock lock(database_->mutex);
    std::vector<Dataset> all;
    for (const auto& [name, known] : database_->datasets) {
        all.push_back(known.dataset);
    }
    return all;
}

Result<StoredBatch> MemoryStore::store_batch(const Batch& batch, RowSource& rows) {
    const Lock lock(database_->mutex);
    return memory::store_batch(*database_, clock_.now(), batch, rows);
}

Result<StoredBatch> MemoryStore::void_batch(std::string_view dataset,
                                            std::int64_t batch_seq,
                                            std::string_view key,
                                            const CorrectionNote& note) {
    const Lock lock(database_->mutex);
    return memory::void_batch(
        *database_, clock_.now(), {std::string(dataset), batch_seq}, key, note);
}

Result<StoredReplacement> MemoryStore::replace_batch(std::int64_t batch_seq,
                                                     const Batch& batch,
                                                     RowSource& rows,
                                                     const CorrectionNote& note) {
    const Lock lock(database_->mutex);
    return memory::replace_batch(*database_, clock_.now(), batch_seq, batch, rows, note);
}

Result<StoredBatch> MemoryStore::replay_batch(std::int64_t batch_seq,
                                              const Batch& batch,
                                              RowSource& rows,
                                              const CorrectionNote& note) {
    const Lock lock(database_->mutex);
    return memory::replay_batch(*database_, clock_.now(), batch_seq, batch, rows, note);
}

Result<std::vector<Correction>> MemoryStore::corrections(std::string_view dataset,
                                                         std::int64_t from,
                                                         std::int64_t to) {
    const Lock lock(database_->mutex);
    return memory::find_corrections(*database_, dataset, from, to);
}

Result<std::vector<Erasure>> MemoryStore::erasures(std::string_view dataset) {
    const Lock lock(database_->mutex);
    TIDEMARK_RETURN_IF_ERROR(database_->find_known(dataset));
    std::vector<Erasure> found;
    std::ranges::copy_if(database_->erasures, std::back_inserter(found), [&](const auto& erasure) {
        return erasure.dataset == dataset;
    });
    return found;
}

Result<ErasedRows> MemoryStore::erased_rows(std::string_view dataset, std::int64_t batch_seq) {
    const Lock lock(database_->mutex);
    TIDEMARK_ASSIGN_OR_RETURN(const MemoryBatch* const batch,
                              database_->find_stored(dataset, batch_seq));
    return memory::erased_rows(*batch);
}

Result<std::vector<Run>> MemoryStore::find_runs(const RunQuery& query) {
    const Lock lock(database_->mutex);
    return memory::find_runs(*database_, query);
}

Result<std::vector<BatchReceipt>> MemoryStore::find_batches(const BatchQuery& query) {
    const Lock lock(database_->mutex);
    return memory::find_batches(*database_, query);
}

Result<ReasonCounts> MemoryStore::rejected_by_reason(std::string_view dataset,
                                                     std::int64_t batch_seq) {
    const Lock lock(database_->mutex);
    return memory::rejected_by_reason(*database_, dataset, batch_seq);
}

Result<std::optional<BatchReceipt>> MemoryStore::find_batch(std::string_view feed,
                                                            std::string_view key) {
    const Lock lock(database_->mutex);
    const BatchReceipt* receipt = database_->find_receipt(feed, key);
    return receipt == nullptr ? std::nullopt : std::optional<BatchReceipt>(*receipt);
}

Result<std::vector<BatchReceipt>> MemoryStore::batches(std::string_view dataset,
                                                       std::int64_t after,
                                                       std::int64_t limit) {
    const Lock lock(database_->mutex);
    TIDEMARK_ASSIGN_OR_RETURN(const MemoryDataset* const known, database_->find_known(dataset));
    std::vector<BatchReceipt> receipts;
    for (const MemoryBatch& batch : known->batches) {
        if (batch.receipt.batch_seq > after && static_cast<std::int64_t>(receipts.size()) < limit) {
            receipts.push_back(batch.receipt);
        }
    }
    return receipts;
}

Result<std::vector<RejectedSample>> MemoryStore::rejected_samples(std::string_view dataset,
                                                                  std::int64_t batch_seq) {
    const Lock lock(database_->mutex);
    TIDEMARK_ASSIGN_OR_RETURN(const MemoryBatch* const batch,
                              database_->find_stored(dataset, batch_seq));
    return batch->rejected_samples;
}

Result<StoredBatch> MemoryStore::store_events(const Batch& batch,
                                              std::span<const GaugeEvent> events) {
    const Lock lock(database_->mutex);
    TIDEMARK_ASSIGN_OR_RETURN(MemoryDataset* const known,
                              database_->find_gauge(batch.identity.dataset));
    TIDEMARK_ASSIGN_OR_RETURN(GaugeChunk chunk, survey_events(known->dataset, batch, events));
    if (const BatchReceipt* receipt =
            database_->find_receipt(batch.identity.feed, batch.identity.key)) {
        return answer_known_batch(*receipt, batch.identity);
    }
    for (const UtcDay day : chunk.receipt.days) {
        if (known->purged_days.contains(day)) {
            return day_purged(known->dataset.name(), day);
        }
    }
    MemoryBatch stored;
    stored.receipt = std::move(chunk.receipt);
    stored.rejected_by_reason = batch.rejected_by_reason;
    stored.rejected_samples = batch.rejected_samples;
    stored.events = std::move(chunk.events);
    return StoredBatch{.receipt = database_->commit(*known, std::move(stored), clock_.now())};
}

Result<std::vector<GaugeEvent>> MemoryStore::batch_events(std::string_view dataset,
                                                          std::int64_t batch_seq) {
    const Lock lock(database_->mutex);
    TIDEMARK_RETURN_IF_ERROR(database_->find_gauge(dataset));
    TIDEMARK_ASSIGN_OR_RETURN(const MemoryBatch* const batch,
                              database_->find_stored(dataset, batch_seq));
    return batch->events;
}

Result<void> MemoryStore::read_gauge(const GaugeQuery& query, const GaugeSeriesSink& take) {
    std::vector<GaugeSeries> all;
    {
        const Lock lock(database_->mutex);
        TIDEMARK_ASSIGN_OR_RETURN(const MemoryDataset* const known,
                                  database_->find_gauge(query.dataset));
        all = gauge_series(*known, query);
    }
    for (const GaugeSeries& series : all) {
        TIDEMARK_RETURN_IF_ERROR(take(series));
    }
    return {};
}

Result<std::vector<UtcDay>> MemoryStore::purged_days(std::string_view dataset) {
    const Lock lock(database_->mutex);
    TIDEMARK_ASSIGN_OR_RETURN(const MemoryDataset* const known, database_->find_known(dataset));
    return std::vector<UtcDay>(known->purged_days.begin(), known->purged_days.end());
}

Result<FoldOutcome> MemoryStore::fold(std::string_view dataset, const FoldScope& scope) {
    const Lock lock(database_->mutex);
    TIDEMARK_ASSIGN_OR_RETURN(MemoryDataset* const known, database_->find_counter(dataset));
    TIDEMARK_ASSIGN_OR_RETURN(auto rows, folded_rows(*known, scope));
    const FoldOutcome outcome{.folded_from = known->folded_through,
                              .folded_through = known->last_seq(),
                              .batch_count = known->last_seq() - known->folded_through,
                              .daily_row_count = static_cast<std::int64_t>(rows.size())};
    if (scope.whole()) {
        known->folded_through = outcome.folded_through;
        known->partial = false;
    } else if (!rows.empty()) {
        known->partial = true;
    }
    for (auto& [key, row] : rows) {
        known->daily[key] = std::move(row);
    }
    return outcome;
}

Result<DatasetState> MemoryStore::dataset_state(std::string_view dataset) {
    const Lock lock(database_->mutex);
    TIDEMARK_ASSIGN_OR_RETURN(const MemoryDataset* const known, database_->find_counter(dataset));
    return DatasetState{.last_seq = known->last_seq(),
                        .folded_through = known->folded_through,
                        .unfolded_count = known->last_seq() - known->folded_through,
                        .running_count = 0,
                        .partial = known->partial};
}

Result<UsageAnswer> MemoryStore::read_usage(const UsageQuery& query) {
    const Lock lock(database_->mutex);
    TIDEMARK_ASSIGN_OR_RETURN(const MemoryDataset* const known,
                              database_->find_counter(query.dataset));
    const bool by_slot = query.period == UsagePeriod::slot;
    UsageSum sum(query);
    for (const auto& [key, row] : known->daily) {
        if (!by_slot && asked_for(query, key.first, key.second)) {
            sum.add(key.second, Slot::of_day(key.first, 0), row.values);
        }
    }
    for (const MemoryBatch& batch : known->batches) {
        for (const MemoryRow& row : batch.rows) {
            const UtcDay day = row.slot.day();
            const bool unfolded =
                batch.receipt.batch_seq > known->folded_through_of(day, row.subject);
            if ((by_slot || unfolded) && asked_for(query, day, row.subject)) {
                sum.add(row.subject, row.slot, row.values);
            }
        }
    }
    UsageAnswer answer{.rows = std::move(sum).finish(), .purged_days = {}};
    if (by_slot) {
        answer.day_grained_days = memory::day_grained_days(*known, query.from, query.to);
    }
    for (const UtcDay day : known->purged_days) {
        if (by_slot && query.from <= day && day < query.to) {
            answer.purged_days.push_back(day);
        }
    }
    return answer;
}

Result<bool> MemoryStore::purge_day(std::string_view dataset, UtcDay day) {
    const Lock lock(database_->mutex);
    TIDEMARK_ASSIGN_OR_RETURN(MemoryDataset* const known, database_->find_known(dataset));
    if (known->purged_days.contains(day)) {
        return false;
    }
    if (known->dataset.kind() == DatasetKind::gauge) {
        purge_events(*known, day);
        return true;
    }
    for (const MemoryBatch& batch : known->batches) {
        if (batch.receipt.batch_seq > known->folded_through &&
            std::ranges::find(batch.receipt.days, day) != batch.receipt.days.end()) {
            return day_not_folded(dataset, day, batch.receipt.batch_seq);
        }
    }
    for (MemoryBatch& batch : known->batches) {
        std::erase_if(batch.rows, [&](const MemoryRow& row) { return row.slot.day() == day; });
    }
    known->purged_days.insert(day);
    return true;
}

Result<std::int64_t> MemoryStore::begin_run(std::string_view job,
                                            std::string_view dataset,
                                            std::string_view feed) {
    const Lock lock(database_->mutex);
    Run run;
    run.id = static_cast<std::int64_t>(database_->runs.size()) + 1;
    run.job = std::string(job);
    run.dataset = std::string(dataset);
    run.feed = std::string(feed);
    run.started_at = run.heartbeat_at = clock_.now();
    database_->runs.push_back(run);
    return run.id;
}

Result<void> MemoryStore::heartbeat_run(std::int64_t run_id) {
    const Lock lock(database_->mutex);
    TIDEMARK_ASSIGN_OR_RETURN(Run* const run, find_run(run_id));
    if (run->ended_at.has_value()) {
        return run_ended(run_id, run->outcome);
    }
    run->heartbeat_at = clock_.now();
    return {};
}

Result<void> MemoryStore::end_run(std::int64_t run_id, const RunEnd& end) {
    const Lock lock(database_->mutex);
    TIDEMARK_RETURN_IF_ERROR(check_run_end(run_id, end));
    TIDEMARK_ASSIGN_OR_RETURN(Run* const run, find_run(run_id));
    if (run->ended_at.has_value()) {
        return answer_ended_run(*run, end);
    }
    const Timestamp now = clock_.now();
    run->heartbeat_at = now;
    run->ended_at = now;
    run->outcome = end.outcome;
    run->covered = end.covered;
    run->rows = end.rows;
    run->bytes = end.bytes;
    run->error = end.error;
    return {};
}

Result<std::vector<Run>> MemoryStore::runs(std::int64_t limit) {
    const Lock lock(database_->mutex);
    std::vector<Run> newest;
    for (auto run = database_->runs.rbegin();
         run != database_->runs.rend() && static_cast<std::int64_t>(newest.size()) < limit;
         ++run) {
        newest.push_back(*run);
    }
    return newest;
}

Result<void> MemoryStore::acknowledge_hole(std::string_view dataset,
                                           SlotRange range,
                                           std::string_view /*reason*/) {
    const Lock lock(database_->mutex);
    TIDEMARK_RETURN_IF_ERROR(database_->find_counter(dataset));
    database_->sync.acknowledged_holes[std::string(dataset)].add(range);
    return {};
}

Result<Coverage> MemoryStore::coverage(std::string_view dataset, std::string_view feed) {
    const Lock lock(database_->mutex);
    Coverage covered;
    for (const Run& run : database_->runs) {
        if (run.outcome == RunOutcome::succeeded && run.dataset == dataset && run.feed == feed) {
            for (const SlotRange& range : run.covered.ranges()) {
                covered.add(range);
            }
        }
    }
    return covered;
}

}  // namespace

std::shared_ptr<MemoryDatabase> make_memory_database() {
    return std::make_shared<MemoryDatabase>();
}

std::unique_ptr<Store> open_memory_store(std::shared_ptr<MemoryDatabase> database,
                                         const Clock& clock) {
    TIDEMARK_CHECK(database != nullptr);
    return std::make_unique<MemoryStore>(std::move(database), clock);
}

}  // namespace tidemark
