#include "simulate/run/operation_queue.h"

#include <algorithm>
#include <chrono>

namespace tidemark::simulate {

OperationQueue::OperationQueue(const Schedule& schedule,
                               Overlap overlap,
                               std::vector<std::uint32_t> left,
                               double speed)
    : schedule_(schedule), overlap_(overlap), speed_(speed), left_(std::move(left)) {
    if (overlap == Overlap::allow) {
        // Runs go beside each other, so that what is planned first is done first.
        std::ranges::stable_sort(left_, {}, [&schedule](std::uint32_t operation) {
            return schedule.operations[operation].planned_us;
        });
    }
}

std::int64_t OperationQueue::planned_us(std::uint32_t operation) const {
    return static_cast<std::int64_t>(
        static_cast<double>(schedule_.operations[operation].planned_us) / speed_);
}

bool OperationQueue::may_begin(std::size_t place) const {
    return admitted_ == place && (overlap_ == Overlap::allow || running_ == 0 ||
                                  schedule_.operations[left_[place]].run == current_run_);
}

std::optional<OperationQueue::Taken> OperationQueue::take(const std::atomic<bool>& stop) {
    std::unique_lock lock(mutex_);
    const std::size_t place = next_++;
    if (place >= left_.size()) {
        return std::nullopt;
    }
    while (!may_begin(place)) {
        if (stop) {
            return std::nullopt;
        }
        // A signal only sets the flag, so that it is looked at now and then.
        changed_.wait_for(lock, std::chrono::milliseconds(50));
    }
    const std::uint32_t operation = left_[place];
    const std::uint32_t run = schedule_.operations[operation].run;
    if (run != current_run_ && overlap_ == Overlap::skip &&
        last_ended_us_ > planned_us(schedule_.runs[run].first_operation)) {
        skipped_run_ = run;
    }
    current_run_ = run;
    ++admitted_;
    ++running_;
    changed_.notify_all();
    return Taken{.operation = operation, .skipped = run == skipped_run_};
}

std::optional<std::uint32_t> OperationQueue::look_ahead(std::size_t ahead) {
    const std::lock_guard lock(mutex_);
    looked_ = std::max(looked_, next_);
    if (looked_ >= std::min(left_.size(), next_ + ahead)) {
        return std::nullopt;
    }
    return left_[looked_++];
}

void OperationQueue::give_back(std::int64_t ended_us) {
    const std::lock_guard lock(mutex_);
    --running_;
    if (current_run_ != skipped_run_) {
        last_ended_us_ = std::max(last_ended_us_, ended_us);
    }
    changed_.notify_all();
}

}  // namespace tidemark::simulate
