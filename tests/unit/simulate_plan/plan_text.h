#pragma once
// Plans for tests, with the files that they name.

#include <map>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "simulate/plan/plan_reader.h"

namespace tidemark::test {

inline simulate::FileReader files_of(std::map<std::string, std::string> files) {
    return [files = std::move(files)](const std::string& name) -> Result<std::string> {
        const auto found = files.find(name);
        if (found == files.end()) {
            return Error{ErrorKind::not_found, "'" + name + "': cannot be read"};
        }
        return found->second;
    };
}

// Parses what must be a plan.
inline simulate::Plan plan_of(std::string_view text,
                              std::map<std::string, std::string> files = {}) {
    Result<simulate::Plan> plan = simulate::parse_plan(text, "p.toml", files_of(std::move(files)));
    if (!plan.has_value()) {
        ADD_FAILURE() << plan.error().message;
        return {};
    }
    return std::move(plan).value();
}

}  // namespace tidemark::test
