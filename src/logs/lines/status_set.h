#pragma once
// StatusSet: the HTTP statuses that count.

#include <bitset>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tidemark {

class StatusSet {
 public:
    static constexpr int status_max = 999;

    // Each text is a status ("200", or "000" and "0" for none), a class ("2xx") or a closed range
    // ("200-299"); their union counts. No text at all means every status. Fails with invalid_input.
    static Result<StatusSet> parse(std::span<const std::string> texts);

    // 0 is the status of a line that has none. Anything beyond 999 never counts.
    [[nodiscard]] bool contains(int status) const {
        return status >= 0 && status <= status_max && counts_[static_cast<std::size_t>(status)];
    }
    [[nodiscard]] bool contains_all() const { return counts_.all(); }

 private:
    Result<void> add(std::string_view text);

    std::bitset<status_max + 1> counts_;
};

}  // namespace tidemark
