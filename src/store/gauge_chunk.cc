#include "store/gauge_chunk.h"

#include <algorithm>
#include <functional>
#include <map>

#include <fmt/format.h>

#include "store/refusals.h"

namespace tidemark {

namespace {

// The first instant of year 1 and of year 10000.
constexpr std::chrono::sys_seconds first_instant =
    std::chrono::sys_days(std::chrono::year(1) / std::chrono::January / 1);
constexpr std::chrono::sys_seconds end_of_instants =
    std::chrono::sys_days(std::chrono::year(10000) / std::chrono::January / 1);

Result<void> check_event(const Dataset& dataset, const GaugeEvent& event) {
    const auto wrong = [&dataset](std::string what) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("dataset '{}': {}", dataset.name(), what)};
    };
    if (event.subject.empty()) {
        return wrong("an event without a subject");
    }
    if (event.metric >= dataset.metrics().size()) {
        return wrong(fmt::format("an event of '{}' has metric {}, the dataset has {}",
                                 event.subject,
                                 event.metric + 1,
                                 dataset.metrics().size()));
    }
    if (event.value < 0) {
        return wrong(fmt::format("{} of '{}' is {}: a gauge is never negative",
                                 dataset.metrics()[event.metric],
                                 event.subject,
                                 event.value));
    }
    if (event.observed_at < first_instant || event.observed_at >= end_of_instants) {
        return wrong(fmt::format("an event of '{}' is of no instant of the years 0001 to 9999",
                                 event.subject));
    }
    return {};
}

}  // namespace

Result<GaugeChunk> survey_events(const Dataset& dataset,
                                 const Batch& batch,
                                 std::span<const GaugeEvent> events) {
    for (const GaugeEvent& event : events) {
        TIDEMARK_RETURN_IF_ERROR(check_event(dataset, event));
    }
    const std::size_t metric_count = dataset.metrics().size();
    GaugeChunk chunk;
    chunk.events.assign(events.begin(), events.end());
    sort_events(chunk.events);
    chunk.rows = days_of(chunk.events, metric_count);
    BatchReceipt& receipt = chunk.receipt;
    receipt.identity = batch.identity;
    receipt.source = batch.source;
    receipt.counts = batch.counts;
    receipt.row_count = static_cast<std::int64_t>(chunk.events.size());
    receipt.totals = total_of(chunk.events, metric_count);
    std::set<UtcDay> days;
    for (const GaugeDay& row : chunk.rows) {
        days.insert(row.day);
    }
    receipt.days.assign(days.begin(), days.end());
    return chunk;
}

// A void has a higher number than what it voids, so going down from the highest, it is known
// whether a void stands before it is asked what it does.
std::set<std::int64_t> voided_batches(
    const std::vector<std::pair<std::int64_t, std::int64_t>>& voids) {
    const std::map<std::int64_t, std::int64_t, std::greater<>> newest_first(voids.begin(),
                                                                            voids.end());
    std::set<std::int64_t> voided;
    for (const auto& [batch_seq, taken_back] : newest_first) {
        if (!voided.contains(batch_seq)) {
            voided.insert(taken_back);
        }
    }
    return voided;
}

}  // namespace tidemark
