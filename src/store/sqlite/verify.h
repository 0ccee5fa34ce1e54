#pragma once
// Proving a dataset right; see VerifyStore.

#include "base/result.h"
#include "store/sqlite/connection.h"
#include "store/verify_store.h"

namespace tidemark::sqlite {

Result<VerifySummary> verify(Connection& connection,
                             const VerifyScope& scope,
                             const DifferenceSink& differs);

}  // namespace tidemark::sqlite
