#pragma once
// The examples that the program carries with it, so that they run wherever it stands.

#include <span>
#include <string_view>

#include "base/result.h"
#include "simulate/plan/plan_reader.h"

namespace tidemark::simulate {

struct ShippedFile {
    std::string_view name;  // below examples/
    std::string_view text;
};

// Generated at build time from examples/ (cmake/embed_examples.cmake).
std::span<const ShippedFile> shipped_files();

// The plan of a usage service: its media library, aggregation worker, compaction and reads.
PlanSource usage_service_plan();

}  // namespace tidemark::simulate
