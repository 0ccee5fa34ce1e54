#include "logs/line_counter.h"

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

void LineCounter::ignore(IgnoreReason reason) {
    ++counts_.ignored;
    ++ignored_by_reason_[static_cast<std::size_t>(reason)];
}

void LineCounter::reject(RejectReason reason, std::string_view line) {
    ++counts_.rejected;
    ++rejected_by_reason_[static_cast<std::size_t>(reason)];
    if (block_->samples.size() < samples_max_) {
        block_->samples.push_back({block_->lines, reason, sample_of(line)});
    }
}

// Empty when the line was rejected for want of a subject.
inline std::string_view LineCounter::find_subject(std::string_view line) {
    bool malformed = false;
    std::string_view subject = finder_->find(record_, malformed);
    if (malformed) {
        reject(RejectReason::bad_url, line);
        return {};
    }
    if (subject.empty()) {
        subject = rules_.missing_subject;
        if (subject.empty()) {
            reject(RejectReason::no_subject, line);
        }
    }
    if (subject.size() > subject_size_max) {
        reject(RejectReason::bad_subject, line);
        return {};
    }
    return subject;
}

// Makes the slot of the record's time the current one; false when no slot has a name for it.
bool LineCounter::enter_slot() {
    if (record_.time < first_time || record_.time > last_time) {
        return false;
    }
    slot_ = Slot::containing(record_.time);
    slot_begin_ = slot_.begin();
    slot_end_ = slot_.end();
    return true;
}

// Order of the questions: can the line be booked in time at all, does it count, and for whom.
inline void LineCounter::count_record(std::string_view line) {
    if (!(record_.time >= slot_begin_ && record_.time < slot_end_) && !enter_slot()) {
        reject(RejectReason::bad_time, line);
        return;
    }
    if (record_.time > latest_) {
        reject(RejectReason::future, line);
        return;
    }
    if (!rules_.count.counts(record_)) {
        ignore(rules_.count.ignore_reason_of(record_));
        return;
    }
    const std::string_view subject = find_subject(line);
    if (subject.empty()) {
        return;
    }
    std::int64_t* const values = table_.add(subject, slot_);
    if (values == nullptr) [[unlikely]] {
        table_failed_ = true;
        return;
    }
    rules_.count.measure(record_, values);
    ++counts_.accepted;
}

inline bool LineCounter::is_readable(std::string_view line) {
    if (line.size() > rules_.line_length_max) {
        reject(RejectReason::too_long, line);
        return false;
    }
    if (!all_readable_) {
        if (const auto reason = unreadable(line); reason.has_value()) {
            reject(*reason, line);
            return false;
        }
    }
    return true;
}

[[gnu::always_inline]] inline void LineCounter::count_line(std::string_view line,
                                                           const QuoteMarks& marks,
                                                           LineParser& parser) {
    ++block_->lines;
    if (line.empty()) {
        ++counts_.comments;
        return;
    }
    if (!is_readable(line)) {
        return;
    }
    const LineVerdict verdict = parser.parse_marked(line, marks, record_);
    switch (verdict.kind) {
        case LineKind::record:
            count_record(line);
            break;
        case LineKind::comment:
            ++counts_.comments;
            break;
        case LineKind::ignored:
            ignore(verdict.ignore);
            break;
        case LineKind::rejected:
            reject(verdict.reject, line);
            break;
    }
}

bool LineCounter::count(const LineBlock& block,
                        LineParser& parser,
                        std::chrono::sys_seconds latest,
                        std::size_t samples_max,
                        BlockCount& result) {
    const std::string_view text = block.text();
    index_.find(text,
                parser.wants_quotes() ? LineIndex::Wanted::newlines_and_quotes
                                      : LineIndex::Wanted::newlines);
    all_readable_ = !index_.has_nul() &&
                    (index_.is_ascii() || simdjson::validate_utf8(text.data(), text.size()));
    latest_ = latest;
    samples_max_ = samples_max;
    block_ = &result;
    std::size_t begin = 0;
    const OffsetList& newlines = index_.newlines();
    for (std::size_t at = 0; at < newlines.size() && !table_failed_; ++at) {
        const std::size_t end = newlines[at];
        const std::string_view line(text.data() + begin, end - begin);
        count_line(without_cr(line), index_.next_marks(end), parser);
        begin = end + 1;
    }
    if (begin < text.size() && !table_failed_) {
        count_last_line(without_cr(text.substr(begin)), block.last_line_is_torn, parser);
    }
    counts_.lines += result.lines;
    return !table_failed_ && table_.flush();
}

// Without a newline. Half a line may well look like a whole one with another number in it.
void LineCounter::count_last_line(std::string_view line, bool is_torn, LineParser& parser) {
    if (!is_torn) {
        count_line(line, index_.next_marks(index_.block_size()), parser);
        return;
    }
    ++block_->lines;
    reject(RejectReason::malformed, line);
}

}  // namespace tidemark
