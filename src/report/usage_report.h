#pragma once
// The usage report: a validated request in, rows as people and programs read them out.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "domain/dataset.h"
#include "domain/total.h"
#include "report/usage_progress.h"
#include "store/store.h"

namespace tidemark {

// What is asked. With subjects: a series for each, in the order given. With `top`: a series for
// each of the `top` subjects with the largest total of `top_metric` in the range, largest first
// (equal ones by name). With neither: one series over all subjects, named by no subject.
struct UsageRequest {
    Dataset dataset;
    std::vector<std::string> subjects;
    UtcDay from;  // inclusive
    UtcDay to;    // exclusive
    UsagePeriod period = UsagePeriod::day;
    std::int64_t top = 0;    // 0: not asked
    std::string top_metric;  // empty: the dataset's first
    // Only slots that end by then; what comes later is left out of the answer.
    std::optional<std::chrono::sys_seconds> until{};
};

// One row. No data (nothing was ever counted there) differs from zero (lines were counted and add
// up to nothing).
struct UsageReportRow {
    std::string subject;  // empty: over all subjects
    std::string period;   // "2026-11-01T10:30Z", "2026-11-01", "2026-11" or "FROM/TO"
    bool no_data = false;
    std::vector<Total> values;  // one a metric; empty when there is no data, and when not exact
    bool exact = true;
    std::vector<Total> lower{};  // when not exact: what it is at least ...
    std::vector<Total> upper{};  // ... and at most
};

struct UsageReport {
    Dataset dataset;
    UtcDay from;
    UtcDay to;
    UsagePeriod period = UsagePeriod::day;
    std::vector<UsageReportRow> rows;  // series by series, each in the order of time, without gaps
    // Days whose slots were purged: `slot` rows of these days say no data, though there was some.
    std::vector<UtcDay> purged_days;
    std::optional<std::chrono::sys_seconds> until{};  // as asked
    std::string time_zone{};                          // of the days; empty: UTC
    std::optional<UsageProgress> progress{};          // how far the data behind it is complete
};

// Fails with invalid_input for an empty or backward range, for more than 10 million rows, for
// `top` together with subjects, for an unknown metric and for a gauge (reported by a later
// version), and as Store::read_usage does.
Result<UsageReport> report_usage(Store& store, const UsageRequest& request);

// What report_usage() refuses before it asks the store.
Result<void> check_usage(const UsageRequest& request);

}  // namespace tidemark
