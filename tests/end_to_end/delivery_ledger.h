#pragma once
// DeliveryLedger: what was handed over to the program slot by slot, so that whatever it says of its
// own completeness can be held to what it can know.

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace tidemark::test {

// A file of log lines for some slots of one feed, numbered from the ledger's origin, half-open.
struct Delivery {
    std::string feed;
    int begin = 0;
    int end = 0;
    bool covers =
        true;  // says that this is all there is of these slots; else it brings more of them

    // A byte in each slot.
    [[nodiscard]] std::string lines() const;
    // "2020-01-01T00:00Z/2020-01-01T04:30Z".
    [[nodiscard]] std::string range() const;
};

// The instant at which the slot begins.
std::chrono::sys_seconds begin_of_slot(int slot);

// The slot that begins at "2020-01-01T04:30:00Z".
int slot_of(const std::string& instant);

// Safe from several threads. Every feed must cover a slot for it to be complete.
class DeliveryLedger {
 public:
    explicit DeliveryLedger(const std::vector<std::string>& feeds);

    // The program is about to be given it: from now on it may know of it.
    void hand_over(const Delivery& delivery);
    // It said that it is stored: from now on it must know of it.
    void acknowledge(const Delivery& delivery);

    // The first slot that is not covered by all feeds in what was handed over: nothing that holds
    // may claim more.
    [[nodiscard]] int complete_at_most() const;

    // By slot, what must be in every answer from now on.
    [[nodiscard]] std::vector<int> acknowledged_bytes() const;
    // In slots before `until`, what may be in an answer until now.
    [[nodiscard]] std::int64_t bytes_at_most(int until) const;

    static std::int64_t bytes_before(const std::vector<int>& bytes, int until);

 private:
    struct Slots {
        std::map<std::string, std::vector<bool>> covered;  // by feed
        std::vector<int> bytes;
    };
    static void add(Slots& slots, const Delivery& delivery);

    mutable std::mutex mutex_;
    Slots handed_over_;
    Slots acknowledged_;
};

}  // namespace tidemark::test
