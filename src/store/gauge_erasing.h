#pragma once
// What the stores do alike when a subject is erased from a gauge.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/total.h"
#include "store/erasure_store.h"

namespace tidemark {

// What the subject had in each batch of a gauge.
class ErasedEvents {
 public:
    explicit ErasedEvents(std::size_t metric_count) : metric_count_(metric_count) {}

    // So many events of one metric, and the sum of their values.
    void add(std::int64_t batch_seq, std::size_t metric, std::int64_t count, Total sum);

    // Takes the subject out of a batch's packed repeats; true when it was there. Fails with corrupt
    // for what cannot be unpacked.
    Result<bool> take_from_repeats(std::int64_t batch_seq,
                                   std::string_view subject,
                                   std::string& packed);

    [[nodiscard]] const std::map<std::int64_t, ErasedRows>& by_batch() const { return by_batch_; }
    [[nodiscard]] std::int64_t event_count() const;

 private:
    std::size_t metric_count_;
    std::map<std::int64_t, ErasedRows> by_batch_;
};

}  // namespace tidemark
