#pragma once
// What verify found, for people and programs.

#include <cstdint>
#include <string>
#include <vector>

#include "store/verify_store.h"

namespace tidemark {

struct DatasetVerification {
    std::string dataset;
    VerifySummary summary;
    std::vector<Difference> differences;  // the first of them
    std::int64_t difference_count = 0;    // of all
};

// One line of summary a dataset and, where something differs, a table of what.
std::string format_verification(const std::vector<DatasetVerification>& verifications);

// {"datasets": [{"dataset": ..., "batches": ..., ..., "differences": [...]}]}
std::string verification_json(const std::vector<DatasetVerification>& verifications);

}  // namespace tidemark
