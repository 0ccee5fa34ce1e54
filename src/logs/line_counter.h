#pragma once
// LineCounter: counts the lines of blocks into a table; one a worker.

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "domain/slot.h"
#include "logs/aggregation.h"
#include "logs/count_rules.h"
#include "logs/line_cutter.h"
#include "logs/line_index.h"
#include "logs/lines/formats.h"
#include "logs/lines/line_parser.h"
#include "logs/usage_table.h"

namespace tidemark {

// One thread at a time.
class LineCounter {
 public:
    struct Rules {
        const CountRules& count;
        std::string_view missing_subject;  // empty: lines without a subject are rejected
        std::size_t line_length_max;
    };

    // What one block gave; the lines of its samples are counted from 1 within the block.
    struct BlockCount {
        std::int64_t lines = 0;
        std::vector<RejectedLine> samples;
    };

    LineCounter(const Rules& rules,
                std::unique_ptr<SubjectFinder> finder,
                const UsageTable::Limits& limits);

    // Lines of times after `latest` are from the future. Keeps at most `samples_max` samples.
    // False when the table takes no more: table().error() says why.
    [[nodiscard]] bool count(const LineBlock& block,
                             LineParser& parser,
                             std::chrono::sys_seconds latest,
                             std::size_t samples_max,
                             BlockCount& result);

    [[nodiscard]] UsageTable& table() { return table_; }
    [[nodiscard]] const LineCounts& counts() const { return counts_; }
    [[nodiscard]] const auto& rejected_by_reason() const { return rejected_by_reason_; }
    [[nodiscard]] const auto& ignored_by_reason() const { return ignored_by_reason_; }

 private:
    void count_line(std::string_view line, const QuoteMarks& marks, LineParser& parser);
    void count_last_line(std::string_view line, bool is_torn, LineParser& parser);
    [[nodiscard]] bool is_readable(std::string_view line);
    void count_record(std::string_view line);
    [[nodiscard]] bool enter_slot();
    [[nodiscard]] std::string_view find_subject(std::string_view line);
    void ignore(IgnoreReason reason);
    void reject(RejectReason reason, std::string_view line);

    Rules rules_;
    std::unique_ptr<SubjectFinder> finder_;
    UsageTable table_;
    LineIndex index_;
    LogRecord record_;
    LineCounts counts_;
    std::array<std::int64_t, reject_reason_count> rejected_by_reason_{};
    std::array<std::int64_t, ignore_reason_count> ignored_by_reason_{};

    // The slot of the last line, which is nearly always the next one's too: [begin, end).
    Slot slot_ = Slot::from_index(0);
    std::chrono::sys_seconds slot_begin_{};
    std::chrono::sys_seconds slot_end_{};

    // Of the block being counted.
    bool all_readable_ = true;  // no NUL, valid UTF-8
    std::chrono::sys_seconds latest_{};
    bool table_failed_ = false;
    std::size_t samples_max_ = 0;
    BlockCount* block_ = nullptr;
};

}  // namespace tidemark
