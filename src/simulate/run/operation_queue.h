#pragma once
// OperationQueue: hands the operations of a writer instance to its connections, by the overlap
// rule.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "simulate/plan/plan.h"
#include "simulate/plan/schedule.h"

namespace tidemark::simulate {

// One thread.
class OperationQueue {
 public:
    // `left`: the operations that are still to be done, in the schedule's order. `real_us` of an
    // operation is its planned time on the machine's clock.
    OperationQueue(const Schedule& schedule,
                   Overlap overlap,
                   std::vector<std::uint32_t> left,
                   double speed);

    struct Taken {
        std::uint32_t operation = 0;
        bool skipped = false;  // its run was still due when the one before ended: not to be done
    };

    // A place in line for the next operation; nothing when none is left. Whose place it is takes
    // the operation once it may begin, by the overlap rule and after those before it in line, which
    // is so until it does: a place becomes free to begin in begin() and give_back() alone.
    std::optional<std::size_t> line_up();
    [[nodiscard]] bool may_begin(std::size_t place) const;
    Taken begin(std::size_t place);
    // Each one taken is given back.
    void give_back(std::int64_t ended_us);

    // The next operation whose rows nobody was asked to make, among the `ahead` that are taken
    // next; nothing when there is none. Never the same one twice, nor one that was taken.
    std::optional<std::uint32_t> look_ahead(std::size_t ahead);

    // When it is planned on the machine's clock, after the start of the run.
    [[nodiscard]] std::int64_t planned_us(std::uint32_t operation) const;

 private:
    const Schedule& schedule_;
    const Overlap overlap_;
    const double speed_;
    std::vector<std::uint32_t> left_;
    std::size_t next_ = 0;      // the first place that nobody has
    std::size_t admitted_ = 0;  // who may begin next
    std::size_t looked_ = 0;    // up to where look_ahead() came
    int running_ = 0;
    std::uint32_t current_run_ = UINT32_MAX;
    std::uint32_t skipped_run_ = UINT32_MAX;
    std::int64_t last_ended_us_ = INT64_MIN;
};

}  // namespace tidemark::simulate
