#include "logs/count_rules.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"
#include "domain/dataset.h"

namespace tidemark {

Result<CountRules> CountRules::make(const Reading& reading) {
    CountRules rules;
    if (reading.metrics.empty() || reading.metrics.size() > Dataset::metrics_max) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("{} metrics to count: expected 1 to {}",
                                 reading.metrics.size(),
                                 Dataset::metrics_max)};
    }
    for (const MetricRule& metric : reading.metrics) {
        rules.shares_.push_back(share_of(metric.kind));
    }
    TIDEMARK_ASSIGN_OR_RETURN(rules.statuses_, StatusSet::parse(reading.statuses));
    rules.methods_ = reading.methods;
    rules.every_line_counts_ = rules.statuses_.contains_all() && rules.methods_.empty();
    return rules;
}

CountRules::Share CountRules::share_of(MetricRule::Kind kind) {
    switch (kind) {
        case MetricRule::Kind::bytes:
            return {.bytes = 1};
        case MetricRule::Kind::count:
            return {.line = 1};
        case MetricRule::Kind::field:
        case MetricRule::Kind::event:
            return {.field = 1};
    }
    TIDEMARK_CHECK(false);
    return {};
}

bool CountRules::has_method(std::string_view method) const {
    return std::ranges::find(methods_, method) != methods_.end();
}

}  // namespace tidemark
