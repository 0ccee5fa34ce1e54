#pragma once
// The rows of one half-hour of one day for a fixed set of subjects, as a busy feed brings them.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "domain/usage_rows.h"

namespace tidemark::bench {

// `count` different subjects of 8 hexadecimal digits, in order.
inline std::vector<std::string> make_subjects(std::size_t count) {
    std::vector<std::string> subjects;
    // An odd factor is one to one on 32 bits, so that no two are equal.
    for (std::uint32_t index = 0; index < count; ++index) {
        subjects.push_back(fmt::format("{:08x}", index * 2654435761U));
    }
    std::ranges::sort(subjects);
    return subjects;
}

class DayRows final : public RowSource {
 public:
    // `subjects` must outlive it.
    DayRows(const std::vector<std::string>& subjects, Slot slot)
        : subjects_(subjects), slot_(slot) {}

    [[nodiscard]] std::size_t metric_count() const override { return values_.size(); }
    void rewind() override { next_ = 0; }
    const UsageRow* next() override {
        if (next_ == subjects_.size()) {
            return nullptr;
        }
        values_ = {static_cast<std::int64_t>(next_) * 7919 % 1000000007,
                   static_cast<std::int64_t>(next_ % 97)};
        row_.subject = subjects_[next_++];
        row_.slot = slot_;
        row_.values = values_;
        return &row_;
    }

 private:
    const std::vector<std::string>& subjects_;
    Slot slot_;
    std::size_t next_ = 0;
    std::array<std::int64_t, 2> values_{};
    UsageRow row_{.subject = {}, .slot = Slot::from_index(0), .values = {}};
};

}  // namespace tidemark::bench
