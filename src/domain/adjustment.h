#pragma once
// Adjustment: a row of a frozen day, booked in the slot in which it arrived and linked to its own.
//
// A frozen day was billed, so it takes no more rows. Under the policy `adjust` its late rows count
// on the day on which they come, which is open: a day freezes after its end at the earliest. The
// batch's rows are what is booked; what was moved is told by a link for each row that came.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/batch.h"
#include "domain/slot.h"
#include "domain/total.h"
#include "domain/usage_rows.h"

namespace tidemark {

// A link. Those of a batch that voids are negated as its rows are.
struct Adjustment {
    std::int64_t batch_seq = 0;
    std::string subject;         // empty: erased ones, all together
    Slot slot;                   // where it belongs
    Slot booked;                 // where it counts
    std::int64_t row_count = 1;  // more where several subjects were erased
    std::vector<Total> totals;   // one a metric

    bool operator==(const Adjustment&) const = default;
};

// Where rows that arrive at this instant are booked: its half hour; rows of whole days in the first
// slot of its day, as all of theirs.
Slot arrival_slot(Timestamp now, bool day_grained);

// A batch's rows as they are booked: those of the days to be adjusted in the slot of arrival, where
// several of a subject add up, also with a row that belongs there; the others as they came. Borrows
// the rows, which nobody else moves meanwhile. One thread at a time.
//
// What is refused is refused by what is booked: a store looks at the days of these rows, so that
// rows of a day frozen with `reject` and an arrival on a day that takes none are found alike.
class BookedRows final : public RowSource {
 public:
    // Reads the rows once. Fails with invalid_input when the values of one key add up to more than
    // an int64 holds.
    static Result<BookedRows> book(RowSource& rows, std::set<UtcDay> adjusted_days, Slot arrival);

    BookedRows(BookedRows&& other) noexcept;
    BookedRows& operator=(BookedRows&&) = delete;
    ~BookedRows() override;

    [[nodiscard]] std::size_t metric_count() const override { return rows_.metric_count(); }
    void rewind() override;
    const UsageRow* next() override;

    // What was moved; nothing: no row was.
    [[nodiscard]] const std::optional<AdjustedRows>& adjusted() const { return adjusted_; }

    // Lends the rows that were moved, as they came, one after the other; rewind() before the next
    // row is asked for. nullptr at the end.
    void rewind_adjusted() { rows_.rewind(); }
    const UsageRow* next_adjusted();

 private:
    BookedRows(RowSource& rows, std::set<UtcDay> adjusted_days, Slot arrival);

    Result<void> sum_up();
    Result<void> add(const UsageRow& row);
    // Whether the row is booked by sums_ and not by itself.
    [[nodiscard]] bool summed(const UsageRow& row) const;

    RowSource& rows_;
    std::set<UtcDay> adjusted_days_;
    Slot arrival_;
    std::map<std::string, std::vector<std::int64_t>, std::less<>> sums_;  // in arrival_, by subject
    std::optional<AdjustedRows> adjusted_;
    std::map<std::string, std::vector<std::int64_t>, std::less<>>::const_iterator next_sum_;
    const UsageRow* ahead_ = nullptr;  // the source's next, not lent yet
    bool lent_ = true;                 // what is ahead was lent: the source moves on
    UsageRow current_{.subject = {}, .slot = Slot::from_index(0), .values = {}};
};

}  // namespace tidemark
