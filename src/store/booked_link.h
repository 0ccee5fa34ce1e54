#pragma once
// What links say was booked, held against the rows that were; the same on every store.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/dataset.h"
#include "domain/slot.h"
#include "domain/total.h"
#include "store/verify_store.h"

namespace tidemark {

// The links of one subject in a batch, and the batch's row of it in the slot where they count.
struct BookedLink {
    std::int64_t batch_seq = 0;
    std::string subject;
    Slot booked;
    std::vector<Total> linked;                // all of them, one a metric
    std::optional<std::vector<Total>> row{};  // nothing: there is no such row
};

// Gives the sink what does not agree: a row holds what was moved to it and perhaps what belongs
// there, of one sign.
void check_booked(const Dataset& dataset, const BookedLink& link, const DifferenceSink& differs);

}  // namespace tidemark
