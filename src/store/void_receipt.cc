#include "store/void_receipt.h"

#include <cstddef>

#include "base/check.h"
#include "store/refusals.h"

namespace tidemark {

BatchReceipt receipt_of_void(const BatchReceipt& voided,
                             const ErasedRows& erased,
                             const BatchIdentity& identity) {
    TIDEMARK_CHECK(erased.totals.size() == voided.totals.size());
    BatchReceipt receipt;
    receipt.identity = identity;
    receipt.source = void_source(voided.batch_seq);
    receipt.voids = voided.batch_seq;
    receipt.day_grained = voided.day_grained;
    receipt.row_count = voided.row_count - erased.row_count;
    receipt.days = voided.days;
    for (std::size_t metric = 0; metric < voided.totals.size(); ++metric) {
        Total total = -voided.totals[metric];
        total += erased.totals[metric];
        receipt.totals.push_back(total);
    }
    return receipt;
}

}  // namespace tidemark
