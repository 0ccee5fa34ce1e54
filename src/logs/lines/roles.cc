#include "logs/lines/roles.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/nearest_name.h"

namespace tidemark {

namespace {

// The roles that the user gives, in the order of Role.
constexpr std::array<std::string_view, 8> role_names = {
    "time", "date", "bytes", "status", "method", "url", "query", "host"};

}  // namespace

bool counts_bytes(const Reading& reading) {
    return reading.metrics.empty() ||
           std::ranges::any_of(reading.metrics, [](const MetricRule& rule) {
               return rule.kind == MetricRule::Kind::bytes;
           });
}

std::vector<WantedNames> wanted_names(const Reading& reading, std::span<const RoleNames> defaults) {
    std::vector<WantedNames> wanted;
    for (std::size_t role = 0; role < role_names.size(); ++role) {
        const auto given = reading.fields.find(std::string(role_names[role]));
        if (given != reading.fields.end()) {
            wanted.push_back({.role = role, .names = {given->second}, .named_by_user = true});
            continue;
        }
        for (const RoleNames& names : defaults) {
            // A time that the user names is whole, unless a date is named as well.
            const bool overruled = names.role == Role::date && reading.fields.contains("time");
            if (static_cast<std::size_t>(names.role) == role && !overruled) {
                wanted.push_back({.role = role, .names = {names.names.begin(), names.names.end()}});
            }
        }
    }
    if (reading.subject.kind == SubjectRule::Kind::field) {
        wanted.push_back({.role = static_cast<std::size_t>(Role::subject),
                          .names = {reading.subject.text},
                          .named_by_user = true});
    }
    TIDEMARK_CHECK(reading.metrics.size() <= Dataset::metrics_max);
    for (std::size_t place = 0; place < reading.metrics.size(); ++place) {
        if (reading.metrics[place].kind == MetricRule::Kind::field) {
            wanted.push_back({.role = metric_role(place),
                              .names = {reading.metrics[place].text},
                              .named_by_user = true});
        }
    }
    return wanted;
}

Result<void> check_field_roles(const FieldRoles& fields) {
    for (const auto& [role, name] : fields) {
        if (std::ranges::find(role_names, role) == role_names.end()) {
            return Error{ErrorKind::invalid_input,
                         fmt::format("field '{}={}': no such role{}; roles are {}",
                                     role,
                                     name,
                                     did_you_mean(role, role_names),
                                     fmt::join(role_names, ", "))};
        }
        if (name.empty()) {
            return Error{
                ErrorKind::invalid_input,
                fmt::format("field '{}=': expected the name of a column or JSON path", role)};
        }
    }
    return {};
}

}  // namespace tidemark
