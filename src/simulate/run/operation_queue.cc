#include "simulate/run/operation_queue.h"

#include <algorithm>

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

std::optional<std::size_t> OperationQueue::line_up() {
    if (next_ == left_.size()) {
        return std::nullopt;
    }
    return next_++;
}

OperationQueue::Taken OperationQueue::begin(std::size_t place) {
    const std::uint32_t operation = left_[place];
    const std::uint32_t run = schedule_.operations[operation].run;
    if (run != current_run_ && overlap_ == Overlap::skip &&
        last_ended_us_ > planned_us(schedule_.runs[run].first_operation)) {
        skipped_run_ = run;
    }
    current_run_ = run;
    ++admitted_;
    ++running_;
    return Taken{.operation = operation, .skipped = run == skipped_run_};
}

std::optional<std::uint32_t> OperationQueue::look_ahead(std::size_t ahead) {
    looked_ = std::max(looked_, next_);
    if (looked_ >= std::min(left_.size(), next_ + ahead)) {
        return std::nullopt;
    }
    return left_[looked_++];
}

void OperationQueue::give_back(std::int64_t ended_us) {
    --running_;
    if (current_run_ != skipped_run_) {
        last_ended_us_ = std::max(last_ended_us_, ended_us);
    }
}

}  // namespace tidemark::simulate
