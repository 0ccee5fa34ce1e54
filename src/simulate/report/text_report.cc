#include "simulate/report/text_report.h"

#include <fmt/format.h>

#include "report/text_table.h"
#include "simulate/plan/duration_text.h"

namespace tidemark::simulate {

namespace {

std::string ms(std::int64_t us) {
    return fmt::format("{:.1f}", static_cast<double>(us) / 1000);
}

std::string number(std::uint64_t count) {
    return with_thousands(std::to_string(count));
}

std::string latency_table(const Figures& figures) {
    TextTable table({{"writer, ms"},
                     {"p50", TextAlign::right},
                     {"p95", TextAlign::right},
                     {"p99", TextAlign::right},
                     {"p99.9", TextAlign::right},
                     {"max", TextAlign::right},
                     {"service p99", TextAlign::right},
                     {"own p99", TextAlign::right},
                     {"late", TextAlign::right},
                     {"not done", TextAlign::right}});
    for (const WriterFigures& writer : figures.writers) {
        table.add_row({writer.name,
                       ms(writer.response.at_share(0.5)),
                       ms(writer.response.at_share(0.95)),
                       ms(writer.response.at_share(0.99)),
                       ms(writer.response.at_share(0.999)),
                       ms(writer.response.max_us()),
                       ms(writer.service.at_share(0.99)),
                       ms(writer.own.at_share(0.99)),
                       number(writer.judged_late),
                       number(writer.judged.planned - writer.judged.committed)});
    }
    return table.to_string();
}

std::string account_table(const Figures& figures) {
    TextTable table({{"transactions of"},
                     {"planned", TextAlign::right},
                     {"committed", TextAlign::right},
                     {"failed", TextAlign::right},
                     {"skipped", TextAlign::right},
                     {"(never begun)", TextAlign::right},
                     {"unresolved", TextAlign::right},
                     {"retries", TextAlign::right},
                     {"rows", TextAlign::right},
                     {"runs missed", TextAlign::right}});
    for (const WriterFigures& writer : figures.writers) {
        table.add_row({writer.name,
                       number(writer.counts.planned),
                       number(writer.counts.committed),
                       number(writer.counts.failed),
                       number(writer.counts.skipped),
                       number(writer.never_begun),
                       number(writer.counts.unresolved),
                       number(writer.retries),
                       number(writer.rows),
                       fmt::format("{} of {}", writer.runs_missed, writer.runs)});
    }
    return table.to_string();
}

std::string findings_table(const Verdict& verdict) {
    TextTable table({{""}, {"subject"}, {"objective"}, {"limit"}, {"figure"}, {"at 95 %"}});
    std::string causes;
    for (const ObjectiveFinding& finding : verdict.findings) {
        table.add_row({std::string(to_string(finding.standing)),
                       finding.subject,
                       finding.objective,
                       finding.limit,
                       finding.figure,
                       finding.bound});
        if (!finding.cause.empty()) {
            causes +=
                fmt::format("  {}, {}: {}\n", finding.subject, finding.objective, finding.cause);
        }
    }
    return table.to_string() + (causes.empty() ? "" : "\nCauses\n" + causes);
}

}  // namespace

std::string text_report(const Figures& figures, const Verdict& verdict) {
    const DatabaseFigures& database = figures.database;
    std::string text = fmt::format("{}: {}\n", figures.plan.name, to_string(verdict.kind));
    text += verdict.first_limit.empty() ? "" : "first limit: " + verdict.first_limit + "\n";
    for (const std::string& reason : verdict.invalid_for) {
        text += "invalid: " + reason + "\n";
    }
    for (const std::string& remark : verdict.remarks) {
        text += "note: " + remark + "\n";
    }
    text += fmt::format(
        "\n{:.0f} simulated seconds at speed {:g}, seed {}, PostgreSQL {}\n\n{}\n"
        "Response is measured from the planned time; service, from the start of the work, is what "
        "a "
        "closed loop would report.\n{}\n{}\n",
        figures.simulated_s,
        figures.facts.speed,
        figures.plan.seed,
        figures.facts.server_version,
        findings_table(verdict),
        latency_table(figures),
        account_table(figures));
    text += fmt::format(
        "WAL {}, {} full-page images, {} timed and {} requested checkpoints, {} "
        "deadlocks, {} rollbacks\n",
        size_text(static_cast<double>(database.wal_bytes)),
        database.full_page_images,
        database.checkpoints_timed,
        database.checkpoints_requested,
        database.deadlocks,
        database.rollbacks);
    return text;
}

}  // namespace tidemark::simulate
