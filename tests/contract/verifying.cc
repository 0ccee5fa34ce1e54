#include "contract/verifying.h"

#include <fmt/format.h>

namespace tidemark::test {

std::string describe(const Difference& difference) {
    std::string text = difference.table;
    if (!difference.subject.empty()) {
        text += " " + difference.subject;
    }
    if (difference.day.has_value()) {
        text += " " + difference.day->to_string();
    }
    text += fmt::format(
        " {}: expected {}, found {}", difference.field, difference.expected, difference.found);
    if (difference.batch_seq.has_value()) {
        text += fmt::format(", batch {}", *difference.batch_seq);
    }
    if (difference.run_id.has_value()) {
        text += fmt::format(", run {}", *difference.run_id);
    }
    return text;
}

Lines verified(Store& store, const VerifyScope& scope) {
    Lines lines;
    const Result<VerifySummary> summary =
        store.verify(scope, [&](const Difference& each) { lines.push_back(describe(each)); });
    if (!summary.has_value()) {
        return {summary.error().message};
    }
    return lines;
}

}  // namespace tidemark::test
