#pragma once
// JsonRoles: a JSON line's values by role; what the formats `json` and `fastly` have in common.

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "logs/lines/json_values.h"
#include "logs/lines/roles.h"

namespace tidemark {

class JsonRoles {
 public:
    // `extra_paths` are read besides; texts(place) gives them.
    JsonRoles(std::vector<WantedNames> wanted, std::span<const std::string_view> extra_paths);

    // One with the same paths for another thread.
    [[nodiscard]] std::unique_ptr<JsonRoles> clone() const;

    // Each role takes the first of its paths that has a value.
    JsonValues::Outcome read(std::string_view line, RoleTexts& roles);

    // The value of an extra path in the line that was read last.
    [[nodiscard]] std::string_view extra(std::size_t place) const { return texts_[place]; }

 private:
    std::vector<WantedNames> wanted_;
    std::vector<std::string_view> extra_paths_;
    JsonValues values_;
    std::vector<std::string_view> texts_;
    struct Candidate {
        std::size_t role;
        std::size_t place;
    };
    std::vector<Candidate> candidates_;  // of each role together, best first
};

}  // namespace tidemark
