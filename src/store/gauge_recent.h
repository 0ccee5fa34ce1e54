#pragma once
// Recent readings: what a writer stored last of each subject.
//
// A source that is asked every 30 s says mostly what it said before. Who stored it knows that it is
// stored, for as long as nobody takes it back, and need not search for it.

#include <cstddef>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "domain/gauge.h"

namespace tidemark {

// One thread at a time.
class RecentReadings {
 public:
    // About 15 MB.
    static constexpr std::size_t readings_max = 131'072;

    // Notes that the events are stored. Of each subject and metric the newest is remembered; before
    // there would be more than readings_max, all are forgotten.
    void note(std::span<const GaugeEvent> events);

    // Whether it is the newest that was noted of its subject and metric.
    [[nodiscard]] bool knows(const GaugeEvent& event);

    [[nodiscard]] bool empty() const { return count_ == 0; }
    void clear();

 private:
    GaugeReading* find(const GaugeEvent& event);
    void add(const GaugeEvent& event, GaugeReading reading);

    std::vector<std::unordered_map<std::string, GaugeReading>> by_metric_;
    std::size_t count_ = 0;
};

}  // namespace tidemark
