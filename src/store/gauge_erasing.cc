#include "store/gauge_erasing.h"

#include <vector>

#include "domain/gauge.h"
#include "store/gauge_repeats.h"

namespace tidemark {

void ErasedEvents::add(std::int64_t batch_seq, std::size_t metric, std::int64_t count, Total sum) {
    ErasedRows& rows = by_batch_[batch_seq];
    rows.totals.resize(metric_count_);
    rows.row_count += count;
    rows.totals[metric] += sum;
}

Result<bool> ErasedEvents::take_from_repeats(std::int64_t batch_seq,
                                             std::string_view subject,
                                             std::string& packed) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<GaugeEvent> events, unpack_repeats(packed));
    std::vector<const GaugeEvent*> left;
    for (const GaugeEvent& event : events) {
        if (event.subject != subject) {
            left.push_back(&event);
        } else {
            add(batch_seq, event.metric, 1, Total(event.value));
        }
    }
    if (left.size() == events.size()) {
        return false;
    }
    packed = pack_repeats(left);
    return true;
}

std::int64_t ErasedEvents::event_count() const {
    std::int64_t count = 0;
    for (const auto& [batch_seq, rows] : by_batch_) {
        count += rows.row_count;
    }
    return count;
}

}  // namespace tidemark
