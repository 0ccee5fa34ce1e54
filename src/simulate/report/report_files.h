#pragma once
// All reports of a folder at once.

#include <string>

#include "base/result.h"
#include "simulate/report/verdict.h"

namespace tidemark::simulate {

struct WrittenReport {
    std::string text;  // for the terminal
    VerdictKind kind = VerdictKind::adequate;
    std::string html_file;
};

// Reads the folder and writes report.html, report.json and junit.xml into it: the same bytes each
// time. Fails as read_figures does.
Result<WrittenReport> write_reports(const std::string& folder);

// What a comparison's reports say, for the terminal and for programs.
struct WrittenComparison {
    std::string text;
    std::string json;
    std::string html_file;
    bool says_something = false;
};

// Reads the folder of a comparison and writes report.html and report.json into it: the same bytes
// each time. Fails as read_comparison does.
Result<WrittenComparison> write_comparison_reports(const std::string& folder);

}  // namespace tidemark::simulate
