#pragma once
// GaugeDayCheck: the rows of one day of a gauge, recomputed from the events of the batches that
// stand.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "domain/dataset.h"
#include "domain/gauge.h"
#include "store/ledger_check.h"
#include "store/verify_store.h"

namespace tidemark {

// Memory follows the subjects of the day. First every row and every event, in any order, then one
// of the two comparisons.
class GaugeDayCheck {
 public:
    // `voided`: the batches whose events do not count. All outlive it.
    GaugeDayCheck(const Dataset& dataset, UtcDay day, const std::set<std::int64_t>& voided)
        : dataset_(dataset), day_(day), voided_(voided) {}

    void add_row(const GaugeDay& row);

    // Added to the sum of its batch as well. Gives the sink what it says of another day or metric.
    void add_event(std::int64_t batch_seq,
                   const GaugeEvent& event,
                   RowSum& sum,
                   const DifferenceSink& differs);

    // Each event of a batch's packed repeats; gives the sink what cannot be unpacked.
    void add_repeats(std::int64_t batch_seq,
                     std::string_view packed,
                     RowSum& sum,
                     const DifferenceSink& differs);

    // By subject and metric: value, instant and mark against the events.
    void compare(const DifferenceSink& differs) const;

    // Of a purged day, whose events are gone: what a row says must be possible.
    void compare_with_itself(const DifferenceSink& differs) const;

 private:
    struct Entry {
        std::optional<GaugeLevel> stored;
        std::optional<GaugeLevel> recounted;
        std::int64_t batch_of_current = 0;
        std::int64_t batch_of_mark = 0;
    };
    using Place = std::pair<std::string, std::size_t>;  // subject, metric

    [[nodiscard]] Difference at(const Place& place) const;
    [[nodiscard]] Difference of_event(const GaugeEvent& event, std::int64_t batch_seq) const;
    void compare(const Place& place, const Entry& entry, const DifferenceSink& differs) const;

    const Dataset& dataset_;
    UtcDay day_;
    const std::set<std::int64_t>& voided_;
    std::map<Place, Entry> entries_;
};

}  // namespace tidemark
