#pragma once
// GaugeStore: the part of a store that keeps gauges.
//
// A gauge dataset has one row a subject and day (domain/gauge.h) and, for as long as they are
// retained, the events that made it. A chunk of events is a batch of the dataset: numbered,
// registered under its key, acknowledged after the commit. There is nothing to fold: the row is
// exact at once, in the transaction of its events.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/batch.h"
#include "domain/gauge.h"

namespace tidemark {

struct StoredBatch;

struct GaugeQuery {
    std::string dataset;
    std::vector<std::string> subjects;  // empty: all of them
    UtcDay from;                        // inclusive
    UtcDay to;                          // exclusive
};

// What is known of one subject.
struct GaugeSeries {
    std::string subject;
    // For each metric the newest reading of the latest day before the range that has one: what the
    // subject carried into it.
    std::vector<std::optional<GaugeReading>> carried;
    std::vector<GaugeDay> days;  // those of the range, in order
};

using GaugeSeriesSink = std::function<Result<void>(const GaugeSeries&)>;

// Errors as of Store; not_found also for a dataset that is no gauge.
class GaugeStore {
 public:
    GaugeStore() = default;
    GaugeStore(const GaugeStore&) = delete;
    GaugeStore& operator=(const GaugeStore&) = delete;
    virtual ~GaugeStore() = default;

    // Stores the events, what they change of their days and the registry row in one transaction.
    // Events in any order; those that are there already change nothing and cost little, whichever
    // batch brought them, but count as this batch's too: when the other one is voided they stay.
    // The batch key works as for Store::store_batch. The receipt's row_count is the number of
    // distinct events, its totals are their sums. Fails with
    //   refused        the key is known with another content or dataset; or events of a purged day
    //   invalid_input  a negative value, a metric that the dataset has not, a subject without a
    //                  name, an instant outside the years 0001 to 9999
    // and then nothing of the batch is stored.
    virtual Result<StoredBatch> store_events(const Batch& batch,
                                             std::span<const GaugeEvent> events) = 0;

    // The events that a committed batch brought and that are retained, in the order of
    // sort_events(); of a voided batch too; none of a batch that voids. Fails with not_found when
    // there is no such batch.
    virtual Result<std::vector<GaugeEvent>> batch_events(std::string_view dataset,
                                                         std::int64_t batch_seq) = 0;

    // Lends one series a subject that has anything in the range or before it, by subject, all from
    // one moment. An error of the sink ends the reading and is returned.
    virtual Result<void> read_gauge(const GaugeQuery& query, const GaugeSeriesSink& take) = 0;

    // The days whose events were purged, in order.
    virtual Result<std::vector<UtcDay>> purged_days(std::string_view dataset) = 0;
};

}  // namespace tidemark
