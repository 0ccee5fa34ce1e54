#include <algorithm>

#include "store/ledger_checking.h"

namespace tidemark::ledger {

// A receipt states what its links add up to; a link's own day is frozen.
void LedgerCheck::adjustments() {
    for (const BatchReceipt& receipt : facts_.receipts) {
        if (!in_scope(receipt)) {
            continue;
        }
        const auto links = facts_.adjustments.find(receipt.batch_seq);
        const RowSum sum =
            links == facts_.adjustments.end() ? RowSum{.totals = zeros()} : links->second;
        Difference at{.table = "adjusted_batch", .field = "", .batch_seq = receipt.batch_seq};
        expect_totals(
            sum.totals, receipt.adjusted.has_value() ? receipt.adjusted->totals : zeros(), at);
        at.field = "row_count";
        expect(sum.row_count, receipt.adjusted.has_value() ? receipt.adjusted->row_count : 0, at);
        if (receipt.adjusted.has_value() &&
            std::ranges::find(receipt.days, receipt.adjusted->booked.day()) == receipt.days.end()) {
            at.field = "booked_slot";
            expect("of a day of the batch", receipt.adjusted->booked.to_string(), at);
        }
    }
    for (const auto& [batch_seq, sum] : facts_.adjustments) {
        if (!by_seq_.contains(batch_seq)) {
            expect("none",
                   std::to_string(sum.row_count),
                   {.table = "adjustment", .field = "rows", .batch_seq = batch_seq});
        }
    }
    for (const auto& [day, batch_seq] : facts_.adjusted_days) {
        const auto seal = std::ranges::lower_bound(facts_.seals, day, {}, &SealedDay::day);
        if (seal == facts_.seals.end() || seal->day != day || !seal->frozen.has_value()) {
            expect("of a frozen day",
                   day.to_string(),
                   {.table = "adjustment", .day = day, .field = "slot", .batch_seq = batch_seq});
        }
    }
}

}  // namespace tidemark::ledger
