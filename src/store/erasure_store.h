#pragma once
// ErasureStore: the part of a store that removes a subject for good.
//
// Everything else keeps history; this does not. The rows of the subject are gone from batches and
// daily rows, and so are the rejected lines that name it. What remains is a record that it was
// done, with a digest in the place of the subject, and for each batch how many rows and which
// totals went, so that receipts still add up:
//
//   a receipt's rows and totals = what is retained + what was erased (of days that are not purged)
//
// Of a gauge the rows are events, and what takes a batch back has none.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/correction.h"
#include "domain/total.h"

namespace tidemark {

// What an erasure took away from one dataset.
struct Erasure {
    std::string dataset;
    std::string subject_digest;  // digest_of_subject()
    CorrectionNote note;
    std::int64_t batch_count = 0;  // with rows of the subject
    std::int64_t batch_row_count = 0;
    std::int64_t daily_row_count = 0;
    std::int64_t rejected_sample_count = 0;
    Timestamp erased_at{};
};

// What erasures took away from one batch.
struct ErasedRows {
    std::int64_t row_count = 0;
    std::vector<Total> totals;  // one a metric
};

// 32 hexadecimal digits. Who knows a subject can tell that it was erased; who does not can only
// guess subjects and compare.
std::string digest_of_subject(std::string_view subject);

// invalid_input for an empty subject, for a note that check_note() refuses, and for one that names
// the subject: the record is kept for good.
Result<void> check_erasure(std::string_view subject, const CorrectionNote& note);

// Threads and errors as class Store says.
class ErasureStore {
 public:
    ErasureStore() = default;
    ErasureStore(const ErasureStore&) = delete;
    ErasureStore& operator=(const ErasureStore&) = delete;
    virtual ~ErasureStore() = default;

    // Erases a subject from a dataset of any kind in one transaction; reads see it before or after.
    // Rows that are stored later are new rows, whoever's they are. Recorded even if nothing was
    // there. Fails as check_erasure() does, and with unavailable while writers hold the rows.
    virtual Result<Erasure> erase_subject(std::string_view dataset,
                                          std::string_view subject,
                                          const CorrectionNote& note) = 0;

    // In the order in which they were made.
    virtual Result<std::vector<Erasure>> erasures(std::string_view dataset) = 0;

    // Zeros where nothing was erased. Fails with not_found when there is no such batch.
    virtual Result<ErasedRows> erased_rows(std::string_view dataset, std::int64_t batch_seq) = 0;
};

}  // namespace tidemark
