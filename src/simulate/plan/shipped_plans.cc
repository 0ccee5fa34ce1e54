#include "simulate/plan/shipped_plans.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/check.h"

namespace tidemark::simulate {

namespace {

Result<std::string> shipped_text(const std::string& name) {
    const std::span<const ShippedFile> files = shipped_files();
    const auto found = std::ranges::find(files, name, &ShippedFile::name);
    if (found == files.end()) {
        return Error{ErrorKind::not_found, fmt::format("'{}': cannot be read", name)};
    }
    return std::string(found->text);
}

}  // namespace

PlanSource usage_service_plan() {
    constexpr const char* name = "usage_service.toml";
    Result<std::string> text = shipped_text(name);
    TIDEMARK_CHECK(text.has_value());
    return {.file = name, .text = std::move(text).value(), .read_file = shipped_text};
}

}  // namespace tidemark::simulate
