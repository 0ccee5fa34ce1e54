#pragma once
// Copying a whole store into another, and comparing the two.

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "store/copying.h"
#include "store/store.h"

namespace tidemark {

// Told now and then.
struct CopyProgress {
    std::string part;
    std::int64_t rows = 0;  // copied or found in the target, of all parts
    std::int64_t rows_total = 0;
};

struct CopyOutcome {
    std::int64_t rows = 0;        // put by this call
    std::int64_t rows_found = 0;  // that an earlier, unfinished copy had put
    bool was_finished = false;    // there was nothing left to do
};

// Puts everything of the source into the target. An interrupted copy is taken up by the same call;
// until it is whole the target knows no dataset. Fails as the two do.
Result<CopyOutcome> copy_store(CopySource& source,
                               CopyTarget& target,
                               const std::function<void(const CopyProgress&)>& progress);

struct CopyComparison {
    std::int64_t receipt_count = 0;
    std::int64_t usage_count = 0;  // subjects of days
};

// Compares every receipt and the usage of every subject and day. Fails with refused, naming the
// first difference: after a copy, something was stored in one of the two since.
Result<CopyComparison> compare_stores(Store& source, Store& target);

}  // namespace tidemark
