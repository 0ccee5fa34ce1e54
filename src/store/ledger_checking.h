#pragma once
// LedgerCheck: the checks behind check_ledger(), one function a kind of fact. Internal to them:
// ledger_check.cc has what is said of batches, ledger_check_adjustments.cc of rows of theirs that
// were moved, ledger_check_days.cc of days, ledger_check_runs.cc of runs.

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/ledger_check.h"

namespace tidemark::ledger {

// "5,1"; "none" for nothing.
std::string words(const std::vector<Total>& totals);
std::string instant(Timestamp at);

void add(std::vector<Total>& to, const std::vector<Total>& totals);
void add(RowSum& to, const RowSum& sum);
std::vector<Total> negated(std::vector<Total> totals);

class LedgerCheck {
 public:
    // All three outlive it.
    LedgerCheck(const LedgerFacts& facts, const VerifyScope& scope, const DifferenceSink& differs);

    void numbers();
    void batches(VerifySummary& summary);
    void strays();
    void purged_days(VerifySummary& summary);
    // Of purged days; the others are looked at subject by subject.
    void daily_bounds();
    void seals(VerifySummary& summary);
    void runs(VerifySummary& summary);
    void corrections();
    void erasures();
    void adjustments();

 private:
    void expect(const std::string& expected, const std::string& found, Difference difference);
    void expect(std::int64_t expected, std::int64_t found, Difference difference);
    // One difference a metric.
    void expect_totals(const std::vector<Total>& expected,
                       const std::vector<Total>& found,
                       const Difference& difference);

    bool in_scope(const BatchReceipt& receipt) const {
        return std::ranges::all_of(receipt.days, [&](UtcDay day) { return scope_.contains(day); });
    }
    bool whole() const { return !scope_.from.has_value() && !scope_.to.has_value(); }
    bool gauge() const { return facts_.dataset.kind() == DatasetKind::gauge; }
    // Of what batches brought.
    std::string batch_table() const {
        return facts_.dataset.name() + (gauge() ? "_event" : "_batch");
    }
    std::vector<Total> zeros() const { return std::vector<Total>(facts_.dataset.metrics().size()); }

    // Whether the registry says that the batch has rows of the day.
    bool known(std::int64_t batch_seq, UtcDay day) const;
    // What was erased of the batch's rows of the day; nothing: none.
    RowSum erased(std::int64_t batch_seq, UtcDay day) const;
    RowSum erased(const BatchReceipt& receipt) const;

    void lines(const BatchReceipt& receipt);
    void kept_rows(const BatchReceipt& receipt);
    void voided(const BatchReceipt& receipt);
    std::vector<Total> rows_through(UtcDay day, std::int64_t through) const;
    std::vector<Total> erased_since(const SealEvent& event) const;
    void revisions(const std::vector<const SealEvent*>& events);
    void newest_seal(const SealedDay& seal, const SealEvent& event);
    void rows_of_run(const RunFacts& run, const std::vector<const BatchReceipt*>& of_feed);

    const LedgerFacts& facts_;
    const VerifyScope& scope_;
    const DifferenceSink& differs_;
    std::map<std::int64_t, const BatchReceipt*> by_seq_;
    std::map<UtcDay, std::int64_t> latest_of_day_;  // the highest batch with rows of the day
    std::map<UtcDay, std::vector<std::pair<std::int64_t, const RowSum*>>> rows_of_day_;
    std::map<std::pair<std::int64_t, UtcDay>, RowSum> erased_;
    std::map<UtcDay, std::vector<std::pair<ErasedPlace, const RowSum*>>> erased_of_day_;
};

}  // namespace tidemark::ledger
