#include "end_to_end/delivery_ledger.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <numeric>

#include "end_to_end/instants.h"
#include "end_to_end/sync_steps.h"

namespace tidemark::test {

namespace {

constexpr std::chrono::sys_days origin{std::chrono::year(2020) / 1 / 1};

}  // namespace

std::chrono::sys_seconds begin_of_slot(int slot) {
    return origin + slot * std::chrono::minutes(30);
}

int slot_of(const std::string& instant) {
    return static_cast<int>((instant_of(instant) - origin) / std::chrono::minutes(30));
}

std::string Delivery::lines() const {
    std::string text;
    for (int slot = begin; slot < end; ++slot) {
        text += access_line(log_time_text(begin_of_slot(slot)), 1);
    }
    // Two deliveries of the same slots are two files, not one that came twice.
    static std::atomic<int> number = 0;
    return text + "# " + feed + " " + std::to_string(++number) + "\n";
}

std::string Delivery::range() const {
    return minute_text(begin_of_slot(begin)) + "Z/" + minute_text(begin_of_slot(end)) + "Z";
}

DeliveryLedger::DeliveryLedger(const std::vector<std::string>& feeds) {
    for (const std::string& feed : feeds) {
        handed_over_.covered[feed];
        acknowledged_.covered[feed];
    }
}

void DeliveryLedger::add(Slots& slots, const Delivery& delivery) {
    const auto end = static_cast<std::size_t>(delivery.end);
    std::vector<bool>& covered = slots.covered.at(delivery.feed);
    covered.resize(std::max(covered.size(), end));
    slots.bytes.resize(std::max(slots.bytes.size(), end));
    for (auto slot = static_cast<std::size_t>(delivery.begin); slot < end; ++slot) {
        covered[slot] = covered[slot] || delivery.covers;
        ++slots.bytes[slot];
    }
}

void DeliveryLedger::hand_over(const Delivery& delivery) {
    const std::lock_guard lock(mutex_);
    add(handed_over_, delivery);
}

void DeliveryLedger::acknowledge(const Delivery& delivery) {
    const std::lock_guard lock(mutex_);
    add(acknowledged_, delivery);
}

int DeliveryLedger::complete_at_most() const {
    const std::lock_guard lock(mutex_);
    std::ptrdiff_t first_absent = std::numeric_limits<int>::max();
    for (const auto& [feed, covered] : handed_over_.covered) {
        first_absent = std::min(first_absent, std::ranges::find(covered, false) - covered.begin());
    }
    return static_cast<int>(first_absent);
}

std::vector<int> DeliveryLedger::acknowledged_bytes() const {
    const std::lock_guard lock(mutex_);
    return acknowledged_.bytes;
}

std::int64_t DeliveryLedger::bytes_at_most(int until) const {
    const std::lock_guard lock(mutex_);
    return bytes_before(handed_over_.bytes, until);
}

std::int64_t DeliveryLedger::bytes_before(const std::vector<int>& bytes, int until) {
    const auto count = std::min(bytes.size(), static_cast<std::size_t>(until));
    return std::accumulate(
        bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count), std::int64_t{0});
}

}  // namespace tidemark::test
