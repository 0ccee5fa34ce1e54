#pragma once
// Columns: which column of a line plays which role, from the names that a header or the
// configuration gives.

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "logs/lines/roles.h"

namespace tidemark {

class Columns {
 public:
    // Names beyond this many play no role.
    static constexpr std::size_t names_max = 256;

    Columns() = default;

    // A role takes the first of its wanted names whose column has a text; a name that occurs twice
    // means the first column.
    Columns(std::span<const std::string_view> names, std::span<const WantedNames> wanted);

    // Columns that the header names.
    [[nodiscard]] std::size_t count() const { return count_; }
    // Columns up to the last that plays a role: what a parser must split a line into.
    [[nodiscard]] std::size_t needed() const { return needed_; }
    [[nodiscard]] bool has(Role role) const { return has_[static_cast<std::size_t>(role)]; }
    [[nodiscard]] bool has(std::size_t role) const { return has_[role]; }

    // The texts by role of a line whose first needed() columns these are.
    void pick(const std::string_view* columns, RoleTexts& texts) const {
        for (const Picked& picked : std::span(picked_).first(picked_count_)) {
            std::string_view& text = texts.at(picked.role);
            const std::string_view column = columns[picked.place];
            text = text.empty() || (text == "-" && !column.empty()) ? column : text;
        }
    }

 private:
    static constexpr std::size_t picked_max = 64;
    struct Picked {
        std::uint8_t role;
        std::uint8_t place;
    };

    std::size_t count_ = 0;
    std::size_t needed_ = 0;
    std::array<bool, role_count> has_{};
    std::array<Picked, picked_max> picked_{};  // of each role together, best first
    std::size_t picked_count_ = 0;
};

// The columns of `reading.layout`. Fails with invalid_input when it lacks a time, the bytes that a
// metric counts, or a name that the reading speaks of (a field, the subject, a metric).
Result<Columns> configured_columns(const Reading& reading, std::span<const WantedNames> wanted);

// The names after "#Fields:", separated by blanks or tabs; empty when the line is no such
// directive.
std::vector<std::string_view> find_fields_directive(std::string_view line);

}  // namespace tidemark
