#pragma once
// Batches of next to nothing, for tests that look at what is made of stored usage.

#include <cstdint>
#include <string>
#include <utility>

#include "store/store.h"

namespace tidemark::test {

// Of feed "feed", without counts and rejected lines.
inline Batch keyed_batch(const std::string& dataset, int key) {
    return {.identity = {.dataset = dataset,
                         .feed = "feed",
                         .key = std::to_string(key),
                         .content_hash = {}},
            .source = {},
            .counts = {},
            .rejected_by_reason = {},
            .rejected_samples = {}};
}

// One row of cdn, with one request, as a batch of its own.
inline Result<StoredBatch> store_row(
    Store& store, int key, const std::string& subject, Slot slot, std::int64_t bytes) {
    UsageRows::Builder builder(2);
    const std::int64_t values[] = {bytes, 1};
    builder.add(subject, slot, values);
    TIDEMARK_ASSIGN_OR_RETURN(UsageRows rows, std::move(builder).finish());
    return store.store_batch(keyed_batch("cdn", key), rows);
}

}  // namespace tidemark::test
