#pragma once
// CountRules: which understood lines count, and for how much.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "logs/lines/log_record.h"
#include "logs/lines/reading.h"
#include "logs/lines/status_set.h"

namespace tidemark {

// Immutable once made; safe from any thread.
class CountRules {
 public:
    // Fails with invalid_input for a status that StatusSet does not know, for no metrics and for
    // more of them than a dataset has.
    static Result<CountRules> make(const Reading& reading);

    [[nodiscard]] bool counts(const LogRecord& record) const {
        return statuses_.contains(record.status) && (methods_.empty() || has_method(record.method));
    }

    // Why a line that does not count does not.
    [[nodiscard]] IgnoreReason ignore_reason_of(const LogRecord& record) const {
        return statuses_.contains(record.status) ? IgnoreReason::method : IgnoreReason::status;
    }

    [[nodiscard]] std::size_t metric_count() const { return metrics_.size(); }

    // What the line adds to each metric. values.size() == metric_count().
    void measure(const LogRecord& record, std::span<std::int64_t> values) const {
        for (std::size_t metric = 0; metric < values.size(); ++metric) {
            switch (metrics_[metric]) {
                case MetricRule::Kind::bytes:
                    values[metric] = record.bytes;
                    break;
                case MetricRule::Kind::count:
                    values[metric] = 1;
                    break;
                case MetricRule::Kind::field:
                case MetricRule::Kind::event:
                    values[metric] = record.field_values[metric];
                    break;
            }
        }
    }

 private:
    [[nodiscard]] bool has_method(std::string_view method) const;

    StatusSet statuses_;
    std::vector<std::string> methods_;
    std::vector<MetricRule::Kind> metrics_;
};

}  // namespace tidemark
