#include "simulate/report/report_files.h"

#include "simulate/report/comparison_report.h"
#include "simulate/report/html_report.h"
#include "simulate/report/machine_reports.h"
#include "simulate/report/text_report.h"
#include "simulate/run/study_folder.h"

namespace tidemark::simulate {

Result<WrittenReport> write_reports(const std::string& path) {
    TIDEMARK_ASSIGN_OR_RETURN(const Figures figures, read_figures(path));
    TIDEMARK_ASSIGN_OR_RETURN(const RunFolder folder, RunFolder::open(path));
    const Verdict verdict = judge(figures);
    TIDEMARK_RETURN_IF_ERROR(folder.write_text("report.html", html_report(figures, verdict)));
    TIDEMARK_RETURN_IF_ERROR(folder.write_text("report.json", json_report(figures, verdict)));
    TIDEMARK_RETURN_IF_ERROR(folder.write_text("junit.xml", junit_report(figures, verdict)));
    return WrittenReport{.text = text_report(figures, verdict),
                         .kind = verdict.kind,
                         .html_file = folder.path() + "/report.html"};
}

Result<WrittenComparison> write_comparison_reports(const std::string& folder) {
    TIDEMARK_ASSIGN_OR_RETURN(const Comparison comparison, read_comparison(folder));
    WrittenComparison written{.text = text_report(comparison),
                              .json = json_report(comparison),
                              .html_file = folder + "/report.html",
                              .says_something = comparison.says_something()};
    TIDEMARK_RETURN_IF_ERROR(write_text(written.html_file, html_report(comparison)));
    TIDEMARK_RETURN_IF_ERROR(write_text(folder + "/report.json", written.json));
    return written;
}

}  // namespace tidemark::simulate
