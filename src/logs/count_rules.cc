#include "logs/count_rules.h"

#include <algorithm>

#include <fmt/format.h>

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
        rules.metrics_.push_back(metric.kind);
    }
    TIDEMARK_ASSIGN_OR_RETURN(rules.statuses_, StatusSet::parse(reading.statuses));
    rules.methods_ = reading.methods;
    return rules;
}

bool CountRules::has_method(std::string_view method) const {
    return std::ranges::find(methods_, method) != methods_.end();
}

}  // namespace tidemark
