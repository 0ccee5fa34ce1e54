#pragma once
// The verification of a gauge's days, which is the same for every store.

#include <cstdint>
#include <set>

#include "base/result.h"
#include "domain/dataset.h"
#include "store/gauge_day_check.h"
#include "store/ledger_check.h"
#include "store/verify_store.h"

namespace tidemark {

// What a store has of a gauge. Each call but the first gives the check what there is of a day; the
// implementation counts rows and sums for the facts meanwhile.
class GaugeDayReader {
 public:
    GaugeDayReader() = default;
    GaugeDayReader(const GaugeDayReader&) = delete;
    GaugeDayReader& operator=(const GaugeDayReader&) = delete;
    virtual ~GaugeDayReader() = default;

    // The days of which there is anything.
    virtual Result<std::set<UtcDay>> find_days() = 0;

    virtual Result<void> add_rows(UtcDay day, GaugeDayCheck& check) = 0;
    virtual Result<void> add_events(UtcDay day, GaugeDayCheck& check) = 0;
    virtual Result<void> add_repeats(UtcDay day, GaugeDayCheck& check) = 0;
};

// Compares the rows of each day that the scope contains with their events; of a purged day, whose
// events are gone, with themselves. Gives how many days were recomputed. `facts`: the receipts and
// the purged days are there already.
Result<std::int64_t> recount_gauge_days(GaugeDayReader& reader,
                                        const Dataset& dataset,
                                        const VerifyScope& scope,
                                        const DifferenceSink& differs,
                                        const LedgerFacts& facts);

}  // namespace tidemark
