#include "simulate/report/report_files.h"

#include "simulate/report/html_report.h"
#include "simulate/report/machine_reports.h"
#include "simulate/report/text_report.h"

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

}  // namespace tidemark::simulate
