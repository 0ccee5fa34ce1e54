#include "store/booked_link.h"

#include <algorithm>

namespace tidemark {

void check_booked(const Dataset& dataset, const BookedLink& link, const DifferenceSink& differs) {
    Difference at{.table = "adjustment",
                  .subject = link.subject,
                  .day = link.booked.day(),
                  .batch_seq = link.batch_seq};
    if (!link.row.has_value()) {
        at.field = "booked row";
        at.expected = "some";
        at.found = "none";
        differs(at);
        return;
    }
    for (std::size_t metric = 0; metric < link.linked.size(); ++metric) {
        const Total linked = link.linked[metric];
        const Total row = link.row->at(metric);
        const bool fits = linked < Total() ? row <= linked : row >= linked;
        if (!fits) {
            at.field = dataset.metrics()[metric];
            at.expected = "at most " + row.to_string();
            at.found = linked.to_string();
            differs(at);
        }
    }
}

}  // namespace tidemark
