#pragma once
// The words in which the tests of gauges speak.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "contract/store_steps.h"

namespace tidemark::test {

const Dataset& media();

constexpr std::size_t bytes_stored = 0;
constexpr std::size_t media_count = 1;

// One event of `media_storage`, so many seconds into day `day_number`.
GaugeEvent event_of(std::string_view subject,
                    std::size_t metric,
                    int day_number,
                    std::int64_t second,
                    std::int64_t value);

// A batch of feed "library" whose content hash follows from `content`.
Batch media_batch(std::string_view key, std::string_view content = "content");

Result<StoredBatch> store_media(Store& store,
                                std::string_view key,
                                const std::vector<GaugeEvent>& events,
                                std::string_view content = "content");

// Stores events that the store must accept; the batch_seq.
std::int64_t stored_media(Store& store,
                          std::string_view key,
                          const std::vector<GaugeEvent>& events);

// Takes a batch back, which the store must do; the batch_seq of the void.
std::int64_t voided_media(Store& store, std::int64_t batch_seq);

GaugeQuery gauge_question(int from, int to, std::vector<std::string> subjects = {});

// The answer in lines: "a 2026-11-11: bytes_stored 5 at 60, max 9; media_count -" with the second
// of the day, and before it "a carried: ..." where a subject carried something into the range.
Lines gauge_lines(Store& store, const GaugeQuery& query);

// One line a series' day and one for what it carried.
Lines lines_of(const GaugeSeries& series);

// What a store must answer, by looking at every event for every question.
class PlainGauges {
 public:
    void add(std::int64_t batch_seq, const std::vector<GaugeEvent>& events);
    void add_void(std::int64_t batch_seq, std::int64_t voided);
    void erase(std::string_view subject);
    [[nodiscard]] Lines answer(const GaugeQuery& query) const;

 private:
    [[nodiscard]] bool stands(std::int64_t batch_seq) const;

    std::map<std::int64_t, std::vector<GaugeEvent>> batches_;
    std::map<std::int64_t, std::int64_t> voided_by_;
};

// A test of each store with `media_storage` prepared.
class GaugeTest : public StoreTest {
 protected:
    GaugeTest();
};

}  // namespace tidemark::test
