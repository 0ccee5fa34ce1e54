#pragma once
// A usage question as people and programs ask it, answered: the numbers, cut where they are
// complete or by local day when that is asked, and how far the data behind them is complete.

#include <string>
#include <vector>

#include "base/result.h"
#include "report/usage_report.h"
#include "store/store.h"
#include "sync/snapshot_reader.h"

namespace tidemark {

struct UsageQuestion {
    UsageRequest request;
    bool synced = false;                 // only up to where all required datasets are complete
    std::string time_zone{};             // days of this zone; empty: UTC
    std::vector<std::string> metrics{};  // only these, in this order; empty: all
    bool compare_previous = false;       // beside the time before (report/previous_usage.h)
};

// The request with the instant up to which it is answered, which `synced` asks for, unless it has
// one already. Fails with refused when nothing is known of it.
Result<UsageRequest> bounded_request(const UsageQuestion& question, const KnownProgress& known);

// What is said of how far the data behind the answer is complete. Fails with invalid_input for a
// time zone that is not known.
Result<UsageProgress> progress_of(const UsageQuestion& question, const KnownProgress& known);

// `known` was read before: the numbers can only be more complete than it says. Fails as
// report_usage(), report_local_usage(), previous_request() and bounded_request(), and with
// invalid_input for an unknown metric or one named twice.
Result<UsageReport> answer_usage(Store& store,
                                 const UsageQuestion& question,
                                 const KnownProgress& known);

// The same with the version (report_versioned_usage()), where takes_one_read().
Result<VersionedReport> answer_versioned_usage(Store& store,
                                               const UsageQuestion& question,
                                               const KnownProgress& known);

// Whether one Store::read_usage() is all that the answer asks the store.
bool takes_one_read(const UsageQuestion& question);

}  // namespace tidemark
