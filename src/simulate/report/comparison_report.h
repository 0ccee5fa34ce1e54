#pragma once
// A comparison for a terminal, for programs, and as one HTML file that asks no network for
// anything.

#include <string>

#include "simulate/report/comparison.h"

namespace tidemark::simulate {

inline constexpr int comparison_schema_version = 1;

std::string text_report(const Comparison& comparison);

// One object; "schema" is comparison_schema_version.
std::string json_report(const Comparison& comparison);

// The table, and every run of both arms as a point on the figure's scale.
std::string html_report(const Comparison& comparison);

}  // namespace tidemark::simulate
