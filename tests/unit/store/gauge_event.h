#pragma once
// One event of a gauge in a line.

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "domain/gauge.h"

namespace tidemark {

inline GaugeEvent event(std::string subject,
                        std::size_t metric,
                        std::int64_t at_us,
                        std::int64_t value) {
    return {.subject = std::move(subject),
            .metric = metric,
            .value = value,
            .observed_at = Timestamp(std::chrono::microseconds(at_us)),
            .event_id = {}};
}

}  // namespace tidemark
