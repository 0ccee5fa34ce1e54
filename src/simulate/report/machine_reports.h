#pragma once
// A run's verdict and figures for programs: JSON, and JUnit for build servers.

#include <string>

#include "simulate/report/verdict.h"

namespace tidemark::simulate {

inline constexpr int report_schema_version = 1;

// One object; "schema" is report_schema_version. Times are microseconds.
std::string json_report(const Figures& figures, const Verdict& verdict);

// A test case an objective: broken ones fail, an invalid measurement is an error of the suite.
std::string junit_report(const Figures& figures, const Verdict& verdict);

}  // namespace tidemark::simulate
