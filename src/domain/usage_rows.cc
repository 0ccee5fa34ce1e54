#include "domain/usage_rows.h"

#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "base/check.h"

namespace tidemark {

void UsageRows::Builder::add(std::string_view subject,
                             Slot slot,
                             std::span<const std::int64_t> values) {
    TIDEMARK_CHECK(values.size() == metric_count_);
    entries_.push_back({std::string(subject), slot, {values.begin(), values.end()}});
}

Result<UsageRows> UsageRows::Builder::finish() && {
    std::ranges::sort(entries_, {}, [](const Entry& entry) {
        return std::make_tuple(entry.slot.day(), std::string_view(entry.subject), entry.slot);
    });
    std::vector<Entry> merged;
    merged.reserve(entries_.size());
    for (Entry& entry : entries_) {
        if (merged.empty() || merged.back().slot != entry.slot ||
            merged.back().subject != entry.subject) {
            merged.push_back(std::move(entry));
            continue;
        }
        for (std::size_t metric = 0; metric < metric_count_; ++metric) {
            const auto sum = checked_add(merged.back().values[metric], entry.values[metric]);
            if (!sum.has_value()) {
                return Error{ErrorKind::invalid_input,
                             fmt::format("subject '{}', slot {}: the sum exceeds 64 bits",
                                         entry.subject,
                                         entry.slot.to_string())};
            }
            merged.back().values[metric] = *sum;
        }
    }
    return UsageRows(metric_count_, std::move(merged));
}

UsageRows::UsageRows(std::size_t metric_count, std::vector<Builder::Entry> entries)
    : metric_count_(metric_count), entries_(std::move(entries)) {}

UsageRows::UsageRows(UsageRows&& other) noexcept
    : metric_count_(other.metric_count_),
      entries_(std::move(other.entries_)),
      position_(other.position_) {}

UsageRows& UsageRows::operator=(UsageRows&& other) noexcept {
    metric_count_ = other.metric_count_;
    entries_ = std::move(other.entries_);
    position_ = other.position_;
    return *this;
}

UsageRows::~UsageRows() = default;

UsageRow UsageRows::row(std::size_t index) const {
    const Builder::Entry& entry = entries_[index];
    return {.subject = entry.subject, .slot = entry.slot, .values = entry.values};
}

const UsageRow* UsageRows::next() {
    if (position_ == entries_.size()) {
        return nullptr;
    }
    current_ = row(position_++);
    return &current_;
}

std::vector<Total> total_of(RowSource& rows) {
    std::vector<Total> totals(rows.metric_count());
    rows.rewind();
    while (const UsageRow* row = rows.next()) {
        for (std::size_t metric = 0; metric < totals.size(); ++metric) {
            totals[metric] += row->values[metric];
        }
    }
    rows.rewind();
    return totals;
}

}  // namespace tidemark
