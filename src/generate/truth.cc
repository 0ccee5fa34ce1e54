#include "generate/truth.h"

#include <algorithm>
#include <tuple>

namespace tidemark {

void GeneratedTruth::add(const CountedLine& line) {
    const std::uint64_t key =
        (static_cast<std::uint64_t>(line.subject) << 32U) | static_cast<std::uint32_t>(line.slot);
    GeneratedValues& values = usage_[key];
    for (std::size_t metric = 0; metric < values.size(); ++metric) {
        values[metric] += line.values[metric];
        totals[metric] += line.values[metric];
    }
}

void GeneratedTruth::add(const Expectation& expectation, std::int64_t times) {
    const std::int64_t count = expectation.lines * times;
    lines += count;
    switch (expectation.kind) {
        case Expectation::Kind::accepted:
            accepted += count;
            break;
        case Expectation::Kind::ignored:
            ignored += count;
            ignored_by_reason[std::string(expectation.reason)] += count;
            break;
        case Expectation::Kind::rejected:
            rejected += count;
            rejected_by_reason[std::string(expectation.reason)] += count;
            break;
    }
}

void GeneratedTruth::add(const GeneratedTruth& other) {
    lines += other.lines;
    comments += other.comments;
    accepted += other.accepted;
    rejected += other.rejected;
    ignored += other.ignored;
    for (const auto& [reason, count] : other.rejected_by_reason) {
        rejected_by_reason[reason] += count;
    }
    for (const auto& [reason, count] : other.ignored_by_reason) {
        ignored_by_reason[reason] += count;
    }
    for (std::size_t metric = 0; metric < totals.size(); ++metric) {
        totals[metric] += other.totals[metric];
    }
    for (const auto& [key, values] : other.usage_) {
        GeneratedValues& mine = usage_[key];
        for (std::size_t metric = 0; metric < mine.size(); ++metric) {
            mine[metric] += values[metric];
        }
    }
}

std::vector<TruthRow> GeneratedTruth::rows(const LinePieces& pieces) const {
    std::vector<TruthRow> rows;
    rows.reserve(usage_.size());
    for (const auto& [key, values] : usage_) {
        rows.push_back({.subject = pieces.subject(static_cast<std::uint32_t>(key >> 32U)),
                        .slot = Slot::from_index(static_cast<std::int32_t>(key & 0xFFFFFFFFU)),
                        .values = values});
    }
    std::sort(rows.begin(), rows.end(), [](const TruthRow& left, const TruthRow& right) {
        return std::tie(left.subject, left.slot) < std::tie(right.subject, right.slot);
    });
    return rows;
}

std::vector<std::string_view> GeneratedTruth::metrics(GeneratedFormat format) {
    if (format == GeneratedFormat::ping) {
        return {"plays", "ad_impressions", "ad_completes"};
    }
    return {"bytes_streamed", "requests"};
}

}  // namespace tidemark
