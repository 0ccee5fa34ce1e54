#pragma once
// Roles: what the named texts of a line (columns, JSON values, captures) are to a record.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/dataset.h"
#include "logs/lines/reading.h"

namespace tidemark {

enum class Role : std::uint8_t {
    time,     // the instant, or the time of the day when there is a date
    date,     // the day, where it has a column of its own
    bytes,    // sent to the client
    status,   // of the response
    method,   // of the request
    url,      // the target, or a whole request line
    query,    // where the format keeps it apart
    host,     // whom the client asked
    subject,  // what the subject rule `field:NAME` names
    metric,   // the first metric's field; the others follow
};
inline constexpr std::size_t role_count =
    static_cast<std::size_t>(Role::metric) + Dataset::metrics_max;

// The role of the metric at that place.
constexpr std::size_t metric_role(std::size_t place) {
    return static_cast<std::size_t>(Role::metric) + place;
}

// One line's texts by role; empty where the line has none.
class RoleTexts {
 public:
    std::string_view& operator[](Role role) { return texts_[static_cast<std::size_t>(role)]; }
    std::string_view operator[](Role role) const { return texts_[static_cast<std::size_t>(role)]; }
    std::string_view& at(std::size_t role) { return texts_[role]; }
    [[nodiscard]] std::string_view at(std::size_t role) const { return texts_[role]; }

 private:
    std::array<std::string_view, role_count> texts_{};
};

// The names under which a format has a role unless the reading says otherwise, best first.
struct RoleNames {
    Role role;
    std::vector<std::string_view> names;
};

// The names of one role, best first.
struct WantedNames {
    std::size_t role = 0;
    std::vector<std::string> names;
    bool named_by_user = false;  // by a field, the subject rule or a metric rule
};

// Whether a metric counts the line's bytes, so that a line without them cannot be counted.
bool counts_bytes(const Reading& reading);

// What a reading wants of each line: the format's names, `--field ROLE=NAME` in their place, the
// subject rule's field and the metrics' fields.
std::vector<WantedNames> wanted_names(const Reading& reading, std::span<const RoleNames> defaults);

// Fails with invalid_input for a role that is none, naming the nearest one.
Result<void> check_field_roles(const FieldRoles& fields);

}  // namespace tidemark
