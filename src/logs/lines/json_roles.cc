#include "logs/lines/json_roles.h"

#include <algorithm>
#include <string>
#include <utility>

namespace tidemark {

namespace {

// Every path once, the extra ones first.
std::vector<std::string> all_paths(std::span<const WantedNames> wanted,
                                   std::span<const std::string_view> extra_paths) {
    std::vector<std::string> paths(extra_paths.begin(), extra_paths.end());
    for (const WantedNames& role : wanted) {
        for (const std::string& name : role.names) {
            if (std::ranges::find(paths, name) == paths.end()) {
                paths.push_back(name);
            }
        }
    }
    return paths;
}

}  // namespace

JsonRoles::JsonRoles(std::vector<WantedNames> wanted, std::span<const std::string_view> extra_paths)
    : wanted_(std::move(wanted)),
      extra_paths_(extra_paths.begin(), extra_paths.end()),
      values_(all_paths(wanted_, extra_paths_)),
      texts_(values_.paths().size()) {
    const std::vector<std::string>& paths = values_.paths();
    for (const WantedNames& role : wanted_) {
        for (const std::string& name : role.names) {
            const auto place = std::ranges::find(paths, name) - paths.begin();
            candidates_.push_back({role.role, static_cast<std::size_t>(place)});
        }
    }
}

std::unique_ptr<JsonRoles> JsonRoles::clone() const {
    return std::make_unique<JsonRoles>(wanted_, extra_paths_);
}

JsonValues::Outcome JsonRoles::read(std::string_view line, RoleTexts& roles) {
    const JsonValues::Outcome outcome = values_.read(line, texts_);
    for (const Candidate& candidate : candidates_) {
        std::string_view& text = roles.at(candidate.role);
        if (text.empty()) {
            text = texts_[candidate.place];
        }
    }
    return outcome;
}

}  // namespace tidemark
