#pragma once
// Generation: up to 60 batches on two days that nothing else writes to, so that any usage of them
// can be read back to the set of batches in it.
//
// Batch i puts 2^i bytes and 1 request on every subject on both days. The bytes of a cell are then
// the set itself, as bits, and its requests the set's size. Half a batch, one that counts twice or
// two cells of different instants all show.

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "contract/store_steps.h"

namespace tidemark::test {

using BatchSet = std::uint64_t;  // bit i: batch i

// What is known of a generation's batches at one instant.
struct Marks {
    BatchSet begun = 0;
    BatchSet acknowledged = 0;
    BatchSet void_begun = 0;
    BatchSet void_acknowledged = 0;
    bool purge_begun = false;
};

// Safe from several threads.
class Generation {
 public:
    static constexpr int batch_max = 60;

    explicit Generation(int number) : number_(number) {}

    [[nodiscard]] int number() const { return number_; }
    // Both of them, as day() of store_steps.h numbers them: [first, first + 2).
    [[nodiscard]] int first_day_number() const { return 2 * number_; }
    static const std::vector<std::string>& subjects();
    [[nodiscard]] std::string key_of(int batch) const;
    [[nodiscard]] std::vector<CdnRow> rows_of_batch(int batch) const;

    // The next batch to store; nothing when all are taken.
    std::optional<int> begin_batch();
    void acknowledge(int batch, std::int64_t batch_seq);

    // A batch to take back, which nobody else does; nothing when there is none, or when the
    // generation is closed.
    std::optional<int> begin_void(RandomStream& random);
    void acknowledge_void(int batch, std::int64_t batch_seq);

    // True once, when every batch is stored and no void is under way: from then on nothing changes.
    bool close_when_full();
    // Says the same of a generation whose writers have stopped.
    bool close();
    void begin_purge();

    [[nodiscard]] Marks marks() const;
    [[nodiscard]] std::int64_t seq_of(int batch) const;
    // The highest number acknowledged.
    [[nodiscard]] std::int64_t last_seq() const;

 private:
    bool close_locked();

    int number_;
    mutable std::mutex mutex_;
    int begun_count_ = 0;
    bool closed_ = false;
    Marks marks_;
    std::int64_t seqs_[batch_max] = {};
    std::int64_t last_seq_ = 0;
};

// A question about a generation that is whole as far as its days go.
UsageQuery random_question(const Generation& generation, RandomStream& random);

// What is wrong with the answer to such a question that was asked after `before` and answered
// before `after` were true; empty: nothing.
std::string find_breach(const UsageQuery& query,
                        const UsageAnswer& answer,
                        const Marks& before,
                        const Marks& after);

}  // namespace tidemark::test
