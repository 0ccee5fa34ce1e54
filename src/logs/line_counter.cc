#include "logs/line_counter.h"

#include <span>
#include <utility>

#include <simdjson.h>

#include "logs/line_text.h"

namespace tidemark {

namespace {

constexpr std::size_t subject_size_max = 512;

// The years that UtcDay can name, 0001 to 9999.
constexpr std::chrono::sys_seconds first_time =
    std::chrono::sys_days(std::chrono::year(1) / std::chrono::January / 1);
constexpr std::chrono::sys_seconds last_time =
    std::chrono::sys_days(std::chrono::year(9999) / std::chrono::December / 31) +
    std::chrono::seconds(86399);

}  // namespace

LineCounter::LineCounter(const Rules& rules,
                         std::unique_ptr<SubjectFinder> finder,
                         const UsageTable::Limits& limits)
    : rules_(rules), finder_(std::move(finder)), table_(limits) {}

// Order of the questions: can the line be booked in time at all, does it count, and for whom.
LineVerdict LineCounter::count_record() {
    if (record_.time < first_time || record_.time > last_time) {
        return LineVerdict::rejected(RejectReason::bad_time);
    }
    if (record_.time > latest_) {
        return LineVerdict::rejected(RejectReason::future);
    }
    if (const auto reason = rules_.count.find_ignore_reason(record_); reason.has_value()) {
        return LineVerdict::ignored(*reason);
    }
    bool subject_malformed = false;
    std::string_view subject = finder_->find(record_, subject_malformed);
    if (subject_malformed) {
        return LineVerdict::rejected(RejectReason::bad_url);
    }
    if (subject.empty()) {
        subject = rules_.missing_subject;
        if (subject.empty()) {
            return LineVerdict::rejected(RejectReason::no_subject);
        }
    }
    if (subject.size() > subject_size_max) {
        return LineVerdict::rejected(RejectReason::bad_subject);
    }
    std::array<std::int64_t, Dataset::metrics_max> values;
    const std::span<std::int64_t> measured(values.data(), rules_.count.metric_count());
    rules_.count.measure(record_, measured);
    if (!table_.add(subject, Slot::containing(record_.time), measured)) {
        table_failed_ = true;
    }
    return LineVerdict::record();
}

LineVerdict LineCounter::judge(std::string_view line, LineParser& parser) {
    if (line.empty()) {
        return LineVerdict::comment();
    }
    if (line.size() > rules_.line_length_max) {
        return LineVerdict::rejected(RejectReason::too_long);
    }
    if (has_nul_ || !is_valid_utf8_) {
        if (const auto reason = unreadable(line); reason.has_value()) {
            return LineVerdict::rejected(*reason);
        }
    }
    const LineVerdict verdict = parser.parse(line, record_);
    return verdict.kind == LineKind::record ? count_record() : verdict;
}

void LineCounter::note(LineVerdict verdict, std::string_view line, std::size_t samples_max) {
    switch (verdict.kind) {
        case LineKind::record:
            ++counts_.accepted;
            break;
        case LineKind::comment:
            ++counts_.comments;
            break;
        case LineKind::ignored:
            ++counts_.ignored;
            ++ignored_by_reason_[static_cast<std::size_t>(verdict.ignore)];
            break;
        case LineKind::rejected:
            ++counts_.rejected;
            ++rejected_by_reason_[static_cast<std::size_t>(verdict.reject)];
            if (block_->samples.size() < samples_max) {
                block_->samples.push_back({block_->lines, verdict.reject, sample_of(line)});
            }
            break;
    }
}

bool LineCounter::count(const LineBlock& block,
                        LineParser& parser,
                        std::chrono::sys_seconds latest,
                        std::size_t samples_max,
                        BlockCount& result) {
    const std::string_view text = block.text();
    index_.find(text);
    has_nul_ = index_.has_nul();
    is_valid_utf8_ = index_.is_ascii() || simdjson::validate_utf8(text.data(), text.size());
    latest_ = latest;
    block_ = &result;
    std::size_t begin = 0;
    const std::uint32_t* newlines = index_.newlines();
    for (std::size_t at = 0; at < index_.newline_count() && !table_failed_; ++at) {
        const std::string_view line = without_cr(text.substr(begin, newlines[at] - begin));
        begin = newlines[at] + 1;
        ++result.lines;
        note(judge(line, parser), line, samples_max);
    }
    if (begin < text.size() && !table_failed_) {
        const std::string_view line = without_cr(text.substr(begin));
        ++result.lines;
        const LineVerdict verdict = block.last_line_is_torn
                                        ? LineVerdict::rejected(RejectReason::malformed)
                                        : judge(line, parser);
        note(verdict, line, samples_max);
    }
    counts_.lines += result.lines;
    return !table_failed_;
}

}  // namespace tidemark
