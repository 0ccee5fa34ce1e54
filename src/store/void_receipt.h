#pragma once
// The receipt of a batch that takes another back; the same on every store.

#include "domain/batch.h"
#include "store/erasure_store.h"

namespace tidemark {

// Without batch_seq and committed_at. What was erased of `voided` is not there to be taken back.
BatchReceipt receipt_of_void(const BatchReceipt& voided,
                             const ErasedRows& erased,
                             const BatchIdentity& identity);

}  // namespace tidemark
