#pragma once
// GaugeRecount: rows made anew from the events that still count, after a void.

#include <cstddef>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "domain/gauge.h"

namespace tidemark {

class GaugeRecount {
 public:
    // The rows that `events` touched.
    GaugeRecount(std::span<const GaugeEvent> events, std::size_t metric_count);

    // One event that counts; events of other rows are passed over.
    void add(const GaugeEvent& event);

    // What is known already of one metric of one row.
    void add(const std::string& subject, UtcDay day, std::size_t metric, const GaugeLevel& level);

    [[nodiscard]] std::set<UtcDay> days() const;

    // The subjects whose rows of the day are made anew.
    [[nodiscard]] std::vector<std::string> subjects_of(UtcDay day) const;

    // Every row, by (subject, day); without any level where no event is left.
    [[nodiscard]] std::vector<GaugeDay> finish() &&;

 private:
    std::map<std::pair<std::string, UtcDay>, GaugeDay> rows_;
};

// Whether no event of the row is left.
bool is_empty(const GaugeDay& row);

}  // namespace tidemark
