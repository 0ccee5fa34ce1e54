#include "logs/sample_order.h"

#include <algorithm>

namespace tidemark {

void SampleOrder::add(std::int64_t sequence,
                      std::int64_t lines,
                      std::vector<RejectedLine> samples) {
    if (sequence != next_sequence_) {
        waiting_.emplace(sequence, Waiting{lines, std::move(samples)});
        drop_surplus();
        return;
    }
    append({lines, std::move(samples)});
    for (auto next = waiting_.begin(); next != waiting_.end() && next->first == next_sequence_;
         next = waiting_.erase(next)) {
        append(std::move(next->second));
    }
}

void SampleOrder::append(Waiting block) {
    for (RejectedLine& sample : block.samples) {
        if (full()) {
            break;
        }
        sample.line += lines_;
        samples_.push_back(std::move(sample));
    }
    lines_ += block.lines;
    ++next_sequence_;
}

// What lies behind enough samples of earlier blocks can never come out.
void SampleOrder::drop_surplus() {
    std::size_t room = samples_max_ - std::min(samples_max_, samples_.size());
    for (auto& [sequence, block] : waiting_) {
        if (block.samples.size() > room) {
            block.samples.resize(room);
            block.samples.shrink_to_fit();
        }
        room -= block.samples.size();
    }
}

}  // namespace tidemark
