#pragma once
// Store: what every store promises. The domain decides, the store keeps; one contract suite
// (tests/contract) runs against all of them.
//
// The model (docs/fold_protocol.md has the proof and the SQL): a batch's rows carry its batch_seq,
// a daily row carries folded_through, the highest batch_seq already added to it. The usage of a
// subject on a day is the daily value plus the batch rows with batch_seq > folded_through. So every
// read is exact at every instant: during ingest, folding, a crash, a restart.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "domain/batch.h"
#include "domain/dataset.h"
#include "domain/run.h"
#include "domain/usage_rows.h"
#include "store/adjustment_store.h"
#include "store/correction_store.h"
#include "store/erasure_store.h"
#include "store/gauge_store.h"
#include "store/ledger_reader.h"
#include "store/query_store.h"
#include "store/seal_store.h"
#include "store/sync_store.h"
#include "store/verify_store.h"

namespace tidemark {

// How fast a fold goes. One that never pauses keeps a processor of the database from readers. The
// memory and SQLite stores do not pause: what waits for a fold there are writers.
struct FoldPace {
    double share = 1;                    // of the time: it works; in (0, 1]
    std::int64_t rows_at_once = 10'000;  // of a day, between two pauses
};

// Which rows a fold takes, by default all, and how fast. A fold of a part leaves the dataset's
// cursor where it is.
struct FoldScope {
    std::vector<UtcDay> days{};                 // empty: every day
    std::optional<std::string> subject_from{};  // inclusive
    std::optional<std::string> subject_to{};    // exclusive
    FoldPace pace{};

    [[nodiscard]] bool whole() const {
        return days.empty() && !subject_from.has_value() && !subject_to.has_value();
    }
};

struct FoldOutcome {
    std::int64_t folded_from = 0;      // batches with a batch_seq above this ...
    std::int64_t folded_through = 0;   // ... up to and including this are folded; equal: none were
    std::int64_t batch_count = 0;      // committed batches between the two
    std::int64_t daily_row_count = 0;  // daily rows written
    std::int64_t expired_count = 0;    // abandoned batches whose lease was found run out
};

// Where a dataset's numbering and folding stand.
struct DatasetState {
    std::int64_t last_seq = 0;        // the highest batch_seq given out
    std::int64_t folded_through = 0;  // the cursor: every batch up to here is in the daily rows
    std::int64_t unfolded_count = 0;  // committed batches above the cursor
    std::int64_t running_count = 0;   // batches begun and neither committed nor expired
    bool partial = false;             // a fold of a part left daily rows above the cursor
};

enum class UsagePeriod { slot, day, month, total };

// A question for usage; validated by report/usage_query.h.
struct UsageQuery {
    std::string dataset;
    std::vector<std::string> subjects;  // empty: all of them
    UtcDay from;                        // inclusive
    UtcDay to;                          // exclusive
    UsagePeriod period = UsagePeriod::day;
    bool per_subject = true;  // false: one row a period, summed over the subjects
};

// One answer row. A period without any row has no answer row: no data, which differs from zero.
struct UsageAnswerRow {
    std::string subject;        // empty when not per_subject
    Slot period_begin;          // slot: itself; day and month: their first slot; total: query.from
    std::vector<Total> values;  // one a metric
};

struct UsageAnswer {
    std::vector<UsageAnswerRow> rows;  // ordered by (period_begin, subject)
    // Asked by `slot`: days of the range whose batch rows were purged, in order; the rows say
    // nothing about them. Empty for other periods.
    std::vector<UtcDay> purged_days;
    // Asked by `slot`: days of the range with rows of whole days, in order; such rows stand in the
    // day's first slot, though nobody knows when they were used. Empty for other periods.
    std::vector<UtcDay> day_grained_days{};
};

// An answer and its version (query_store.h), which stands for it or for an older one.
struct VersionedAnswer {
    std::string version;
    UsageAnswer answer;
};

// Correcting (correction_store.h), erasing (erasure_store.h), looking (ledger_reader.h) and asking
// again (query_store.h) are parts of their own.
//
// Safe to call from one thread at a time; open one per thread. Stores opened on the same URL, in
// this process or another, see each other's committed writes.
//
// Errors of every call: unavailable (busy, connection lost or refused: the same call may be made
// again, store_batch too, since a batch counts once), corrupt (what is stored is not what must be
// there). Further kinds are named at the call; every call that names a dataset, but coverage() and
// begin_run(), fails with not_found when the dataset was never prepared, and where it is not said
// otherwise when it is a gauge.
class Store : public AdjustmentStore,
              public CorrectionStore,
              public ErasureStore,
              public GaugeStore,
              public LedgerReader,
              public QueryStore,
              public SealStore,
              public SyncStore,
              public VerifyStore {
 public:
    // Makes the dataset known, and its tables when they are missing. Fails with refused when the
    // dataset is known with another kind, subject or metrics, or a table of that name is there
    // already. Safe to call again and concurrently.
    virtual Result<void> prepare_dataset(const Dataset& dataset) = 0;

    // Every prepared dataset, by name.
    virtual Result<std::vector<Dataset>> datasets() = 0;

    // Stores the rows and the registry row in one transaction and acknowledges after its commit.
    // When the same (feed, key) with the same content hash is committed already, or is just being
    // stored by somebody else who then commits, nothing is stored and its receipt is returned with
    // already_stored. Fails with
    //   refused        the key is known with another content or dataset; or rows of a purged day,
    //                  or of one that is frozen with the policy `reject`
    //   invalid_input  a negative value; a wrong metric count
    // and then nothing of the batch is stored. A batch without rows is stored like any other. Rows
    // of days that are frozen with `adjust`, purged or not, are booked in the slot in which they
    // arrive by the store's clock (domain/adjustment.h), and linked to their own in the same
    // transaction; refused when that day takes no rows.
    virtual Result<StoredBatch> store_batch(const Batch& batch, RowSource& rows) = 0;

    // The committed batch of a feed under a key, if there is one.
    virtual Result<std::optional<BatchReceipt>> find_batch(std::string_view feed,
                                                           std::string_view key) = 0;

    // Committed batches with batch_seq in (after, ...), in order, at most `limit`; none for a limit
    // that is not positive. Of any dataset.
    virtual Result<std::vector<BatchReceipt>> batches(std::string_view dataset,
                                                      std::int64_t after,
                                                      std::int64_t limit) = 0;

    // What the rejected lines of a batch were, in the order given with it. Fails with not_found
    // when there is no such committed batch. Of any dataset.
    virtual Result<std::vector<RejectedSample>> rejected_samples(std::string_view dataset,
                                                                 std::int64_t batch_seq) = 0;

    // Adds batches into daily rows, up to a batch_seq below which nobody is still writing, in one
    // transaction that checks that usage before = usage after (corrupt otherwise, and nothing is
    // changed). Expires abandoned batches first. Two folders at once do no harm. Fails with
    // refused when a value would exceed 64 bits.
    virtual Result<FoldOutcome> fold(std::string_view dataset, const FoldScope& scope) = 0;

    virtual Result<DatasetState> dataset_state(std::string_view dataset) = 0;

    // Exact whatever is folded and whatever is not: the total of a set of whole committed batches
    // that includes every one acknowledged before the call. A subject named twice counts once.
    virtual Result<UsageAnswer> read_usage(const UsageQuery& query) = 0;

    // answer_version() of the query's days, then read_usage(): in one round trip where the store
    // can.
    virtual Result<VersionedAnswer> read_versioned_usage(const UsageQuery& query) {
        TIDEMARK_ASSIGN_OR_RETURN(std::string version,
                                  answer_version(query.dataset, query.from, query.to));
        TIDEMARK_ASSIGN_OR_RETURN(UsageAnswer answer, read_usage(query));
        return VersionedAnswer{.version = std::move(version), .answer = std::move(answer)};
    }

    // Removes the batch rows of a day; its daily rows stay. Later batches with rows of that day are
    // refused, and so is the void of an earlier one. Fails with refused while a batch above the
    // cursor has rows of the day, folded in part or not. True when the day was not purged before,
    // whether it had rows or none. Of a gauge: its events of the day go, the day's rows stay.
    virtual Result<bool> purge_day(std::string_view dataset, UtcDay day) = 0;

    // A run is begun, beats while it works, and ends once. A run that never ends was killed.
    // Beating and ending fail with not_found for an unknown run and with refused for one that has
    // ended, except that ending it again in the same way changes nothing. Ending it as `running`
    // is invalid_input.
    virtual Result<std::int64_t> begin_run(std::string_view job,
                                           std::string_view dataset,
                                           std::string_view feed) = 0;
    virtual Result<void> heartbeat_run(std::int64_t run_id) = 0;
    virtual Result<void> end_run(std::int64_t run_id, const RunEnd& end) = 0;

    // The newest runs first, at most `limit`; none for a limit that is not positive.
    virtual Result<std::vector<Run>> runs(std::int64_t limit) = 0;

    // Coverage declared by the succeeded runs of a feed.
    virtual Result<Coverage> coverage(std::string_view dataset, std::string_view feed) = 0;
};

}  // namespace tidemark
