#pragma once
// The rows of a batch: what each subject used in each slot.

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/slot.h"
#include "domain/total.h"

namespace tidemark {

// One row, borrowed: it lives until the source it came from moves on.
struct UsageRow {
    std::string_view subject;
    Slot slot;
    std::span<const std::int64_t> values;  // one a metric, in the dataset's order
};

// Rows in key order, (day, subject, slot), each key once: the order in which stores write, so that
// concurrent writers cannot deadlock and pages fill in sequence. Subjects compare as bytes.
// One thread at a time.
class RowSource {
 public:
    RowSource() = default;
    RowSource(const RowSource&) = delete;
    RowSource& operator=(const RowSource&) = delete;
    virtual ~RowSource() = default;

    [[nodiscard]] virtual std::size_t metric_count() const = 0;

    // Starts again before the first row; the same rows follow in the same order.
    virtual void rewind() = 0;

    // Moves to the next row and lends it; nullptr at the end.
    virtual const UsageRow* next() = 0;
};

// Rows held in memory, built in any order.
class UsageRows final : public RowSource {
 public:
    // Values of equal keys are added, checked.
    class Builder {
     public:
        explicit Builder(std::size_t metric_count) : metric_count_(metric_count) {}

        // values.size() == metric_count.
        void add(std::string_view subject, Slot slot, std::span<const std::int64_t> values);

        // Fails with invalid_input when the values of one key add up to more than an int64 holds.
        Result<UsageRows> finish() &&;

     private:
        friend class UsageRows;
        struct Entry {
            std::string subject;
            Slot slot;
            std::vector<std::int64_t> values;
        };
        std::size_t metric_count_;
        std::vector<Entry> entries_;
    };

    UsageRows(UsageRows&&) noexcept;
    UsageRows& operator=(UsageRows&&) noexcept;
    ~UsageRows() override;

    [[nodiscard]] std::size_t size() const { return entries_.size(); }
    [[nodiscard]] UsageRow row(std::size_t index) const;

    [[nodiscard]] std::size_t metric_count() const override { return metric_count_; }
    void rewind() override { position_ = 0; }
    const UsageRow* next() override;

 private:
    UsageRows(std::size_t metric_count, std::vector<Builder::Entry> entries);

    std::size_t metric_count_;
    std::vector<Builder::Entry> entries_;
    std::size_t position_ = 0;
    UsageRow current_{.subject = {}, .slot = Slot::from_index(0), .values = {}};
};

// The sum of every metric, in metric order, of each slot that has rows.
using SlotTotals = std::map<Slot, std::vector<Total>>;

// The sum of every metric over all rows, in metric order; rewinds the source before and after.
std::vector<Total> total_of(RowSource& rows);

}  // namespace tidemark
