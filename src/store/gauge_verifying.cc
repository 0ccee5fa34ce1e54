#include "store/gauge_verifying.h"

#include <utility>
#include <vector>

#include "store/gauge_chunk.h"

namespace tidemark {

namespace {

std::set<std::int64_t> voided_of(const LedgerFacts& facts) {
    std::vector<std::pair<std::int64_t, std::int64_t>> voids;
    for (const BatchReceipt& receipt : facts.receipts) {
        if (receipt.voids.has_value()) {
            voids.emplace_back(receipt.batch_seq, *receipt.voids);
        }
    }
    return voided_batches(voids);
}

}  // namespace

Result<std::int64_t> recount_gauge_days(GaugeDayReader& reader,
                                        const Dataset& dataset,
                                        const VerifyScope& scope,
                                        const DifferenceSink& differs,
                                        const LedgerFacts& facts) {
    const std::set<std::int64_t> voided = voided_of(facts);
    TIDEMARK_ASSIGN_OR_RETURN(const std::set<UtcDay> days, reader.find_days());
    std::int64_t recomputed = 0;
    for (const UtcDay day : days) {
        if (!scope.contains(day)) {
            continue;
        }
        GaugeDayCheck check(dataset, day, voided);
        TIDEMARK_RETURN_IF_ERROR(reader.add_rows(day, check));
        if (facts.purged.contains(day)) {
            check.compare_with_itself(differs);
            continue;
        }
        TIDEMARK_RETURN_IF_ERROR(reader.add_events(day, check));
        TIDEMARK_RETURN_IF_ERROR(reader.add_repeats(day, check));
        check.compare(differs);
        ++recomputed;
    }
    return recomputed;
}

}  // namespace tidemark
