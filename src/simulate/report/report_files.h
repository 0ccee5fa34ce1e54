#pragma once
// All reports of a run's folder at once.

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

}  // namespace tidemark::simulate
