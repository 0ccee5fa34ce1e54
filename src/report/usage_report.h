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

// The next subjects by the order of their bytes.
struct SubjectPage {
    std::int64_t limit = 0;  // above 0
    std::string after{};     // behind this one; empty: from the first on
};

// What is asked. With subjects: a series for each, in the order given. With `top`: a series for
// each of the `top` subjects with the largest total of `top_metric` in the range, largest first
// (equal ones by name). With `page`: a series for each of these subjects. With none of them: one
// series over all subjects, named by no subject.
struct UsageRequest {
    Dataset dataset;
    std::vector<std::string> subjects;
    UtcDay from;  // inclusive
    UtcDay to;    // exclusive
    UsagePeriod period = UsagePeriod::day;
    std::int64_t top = 0;    // 0: not asked
    std::string top_metric;  // empty: the dataset's first
    // Only slots that end by then; what comes later is left out of the answer. Of a gauge: only
    // days that end by then.
    std::optional<std::chrono::sys_seconds> until{};
    // Of a gauge: periods without an event have what the subject brought along, up to and without
    // `carry_to`: what a gauge will be nobody knows.
    bool carry = false;
    UtcDay carry_to = UtcDay::from_days_since_epoch(0);
    std::optional<SubjectPage> page{};
};

// One row. No data (nothing was ever counted there) differs from zero (lines were counted and add
// up to nothing).
struct UsageReportRow {
    std::string subject;  // empty: over all subjects
    std::string period;   // "2026-11-01T10:30Z", "2026-11-01", "2026-11" or "FROM/TO"
    bool no_data = false;
    // One a column; empty ones have no data. None at all where it is not exact.
    std::vector<std::optional<Total>> values;
    bool exact = true;
    std::vector<Total> lower{};  // when not exact: what it is at least ...
    std::vector<Total> upper{};  // ... and at most; none where there is no data
};

// The same asked of the time before.
struct PreviousUsage {
    UtcDay from;                       // inclusive
    UtcDay to;                         // exclusive
    std::vector<UsageReportRow> rows;  // one for each of the report's, in their order
};

// Where a page ends.
struct PageEnd {
    bool more = false;           // there are subjects behind the last one
    std::string last_subject{};  // empty: the page is empty
    std::string cursor{};        // leads to the next one, if there is more: of whoever hands it out
};

struct UsageReport {
    Dataset dataset;
    UtcDay from;
    UtcDay to;
    UsagePeriod period = UsagePeriod::day;
    std::vector<std::string> columns;  // a counter's metrics; a gauge's as gauge_report.h says
    std::vector<UsageReportRow> rows;  // series by series, each in the order of time, without gaps
    // Days whose slots were purged: `slot` rows of these days say no data, though there was some.
    std::vector<UtcDay> purged_days;
    // Days of which some usage is known by the day alone; `slot` rows show it in the first slot.
    std::vector<UtcDay> day_grained_days{};
    std::optional<std::chrono::sys_seconds> until{};  // as asked
    std::string time_zone{};                          // of the days; empty: UTC
    std::optional<UsageProgress> progress{};          // how far the data behind it is complete
    std::optional<PageEnd> page{};                    // where a page was asked for
    std::optional<PreviousUsage> previous{};          // where it is compared
};

// Fails with invalid_input for an empty or backward range, for more than 10 million rows, for
// more than one of `top`, `page` and subjects, for an unknown metric, for a gauge by slot and a
// counter that would be carried, and as the store's reading does.
Result<UsageReport> report_usage(Store& store, const UsageRequest& request);

// A report and the version (store/query_store.h) of the store that stands for it or for an older
// one.
struct VersionedReport {
    std::string version;
    UsageReport report;
};

// As report_usage(), of a request that takes_one_read(): in one round trip to the store where that
// can.
Result<VersionedReport> report_versioned_usage(Store& store, const UsageRequest& request);

// Whether one Store::read_usage() is all that the report asks the store.
bool takes_one_read(const UsageRequest& request);

// What report_usage() refuses before it asks the store.
Result<void> check_usage(const UsageRequest& request);

// How many series the answer can have.
std::int64_t series_max(const UsageRequest& request);

// The subjects of the page that the request has.
Result<std::vector<std::string>> turn_page(Store& store, const UsageRequest& request, PageEnd& end);

}  // namespace tidemark
