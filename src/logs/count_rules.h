#pragma once
// CountRules: which understood lines count, and for how much.

#include <cstdint>
#include <optional>
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
        return every_line_counts_ || (statuses_.contains(record.status) &&
                                      (methods_.empty() || has_method(record.method)));
    }

    // Why a line that does not count does not.
    [[nodiscard]] IgnoreReason ignore_reason_of(const LogRecord& record) const {
        return statuses_.contains(record.status) ? IgnoreReason::method : IgnoreReason::status;
    }

    [[nodiscard]] std::size_t metric_count() const { return shares_.size(); }

    // What the line adds to each metric, metric_count() values at `values`.
    void measure(const LogRecord& record, std::int64_t* values) const {
        for (std::size_t metric = 0; metric < shares_.size(); ++metric) {
            const Share& share = shares_[metric];
            values[metric] =
                record.bytes * share.bytes + record.field_values[metric] * share.field + share.line;
        }
    }

 private:
    // What a metric takes of a line: one of these is 1, so that no line asks for a metric's kind.
    struct Share {
        std::int64_t bytes = 0;
        std::int64_t field = 0;
        std::int64_t line = 0;
    };

    static Share share_of(MetricRule::Kind kind);
    [[nodiscard]] bool has_method(std::string_view method) const;

    bool every_line_counts_ = false;  // as unless configured otherwise
    StatusSet statuses_;
    std::vector<std::string> methods_;
    std::vector<Share> shares_;
};

}  // namespace tidemark
