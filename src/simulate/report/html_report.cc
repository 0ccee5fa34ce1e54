#include "simulate/report/html_report.h"

#include <algorithm>

#include <fmt/format.h>

#include "simulate/plan/duration_text.h"
#include "simulate/plan/trace.h"
#include "simulate/report/html_page.h"
#include "simulate/report/markup.h"
#include "simulate/report/plot.h"

namespace tidemark::simulate {

namespace {

std::string ms(std::int64_t us) {
    return fmt::format("{:.1f}", static_cast<double>(us) / 1000);
}

std::string class_of(VerdictKind kind) {
    std::string name(to_string(kind));
    std::ranges::replace(name, ' ', '_');
    return name;
}

std::string verdict_section(const Figures& figures, const Verdict& verdict) {
    std::string text = fmt::format("<section class=\"verdict {}\"><h1>{}</h1><strong>{}</strong>",
                                   class_of(verdict.kind),
                                   markup_text(figures.plan.name),
                                   to_string(verdict.kind));
    if (!verdict.first_limit.empty()) {
        text += fmt::format("<p>First limit: {}</p>", markup_text(verdict.first_limit));
    }
    for (const std::string& reason : verdict.invalid_for) {
        text += fmt::format("<p class=\"broken\">Invalid: {}</p>", markup_text(reason));
    }
    for (const std::string& remark : verdict.remarks) {
        text += fmt::format("<p class=\"soft\">{}</p>", markup_text(remark));
    }
    return text + "</section>\n";
}

std::string findings_section(const Verdict& verdict) {
    std::string rows;
    for (const ObjectiveFinding& finding : verdict.findings) {
        const std::string look = finding.standing == Standing::at_risk
                                     ? "at_risk_word"
                                     : std::string(to_string(finding.standing));
        rows += fmt::format(
            "<tr><td class=\"{}\">{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td>"
            "<td>{}</td><td>{}</td></tr>\n",
            look,
            to_string(finding.standing),
            markup_text(finding.subject),
            markup_text(finding.objective),
            markup_text(finding.limit),
            markup_text(finding.figure),
            markup_text(finding.bound),
            markup_text(finding.cause));
    }
    return "<section><h2>Objectives</h2><div class=\"scroll\"><table><tr><th></th><th>of</th>"
           "<th>objective</th><th>limit</th><th>figure</th><th>certain at 95 %</th><th>cause</th>"
           "</tr>\n" +
           rows + "</table></div></section>\n";
}

std::vector<Shade> shades_of(const Figures& figures, const std::string& without_writer) {
    std::vector<Shade> shades;
    for (const WriterFigures& writer : figures.writers) {
        for (const Stretch& stretch : writer.busy) {
            if (writer.name != without_writer) {
                shades.push_back({stretch, "batch", "batch of " + writer.name});
            }
        }
    }
    std::int64_t before_us = 0;
    for (const DatabasePoint& point : figures.database.points) {
        if (point.checkpoints > 0) {
            shades.push_back({{before_us, before_us}, "checkpoint", "checkpoint"});
        }
        before_us = point.at_us;
    }
    for (const RunEvent& event : figures.events) {
        if (event.kind != "checkpoint") {
            shades.push_back({{event.at_us, event.until_us},
                              "fault",
                              fmt::format("{} {} {}", event.kind, event.subject, event.words)});
        }
    }
    return shades;
}

std::int64_t length_of(const Figures& figures) {
    const auto planned = static_cast<std::int64_t>(
        static_cast<double>(figures.plan.duration.count()) / figures.facts.speed);
    return std::max<std::int64_t>(std::max(planned, figures.facts.ended_us), 1);
}

Plot latency_plot(const Figures& figures, std::size_t place, const std::vector<Shade>& shades) {
    const WriterFigures& writer = figures.writers[place];
    PlotLine median{"p50", "a", {}};
    PlotLine high{"p99", "b", {}};
    PlotLine most{"max", "c", {}};
    for (std::size_t cell = 0; cell < writer.cells.size(); ++cell) {
        const LatencyHistogram& response = writer.cells[cell].response;
        const std::int64_t at_us =
            static_cast<std::int64_t>(cell) * figures.cell_us + figures.cell_us / 2;
        const auto value = [&response](std::int64_t us) {
            return response.count() == 0 ? -1 : static_cast<double>(us) / 1000;
        };
        median.points.emplace_back(at_us, value(response.at_share(0.5)));
        high.points.emplace_back(at_us, value(response.at_share(0.99)));
        most.points.emplace_back(at_us, value(response.max_us()));
    }
    return {
        .title = "Response by planned time",
        .unit = "ms",
        .length_us = length_of(figures),
        .logarithmic = true,
        .lines = {median, high, most},
        .shades = shades,
        .limit = static_cast<double>(figures.plan.writers[place].objectives.p99.count()) / 1000};
}

Plot progress_plot(const Figures& figures, const WriterFigures& writer, std::vector<Shade> shades) {
    PlotLine planned{"planned", "a", {}};
    PlotLine done{"done", "d", {}};
    PlotLine backlog{"backlog", "c", {}};
    for (std::size_t cell = 0; cell < writer.cells.size(); ++cell) {
        const std::int64_t at_us =
            static_cast<std::int64_t>(cell) * figures.cell_us + figures.cell_us / 2;
        planned.points.emplace_back(at_us, static_cast<double>(writer.cells[cell].planned));
        done.points.emplace_back(at_us, static_cast<double>(writer.cells[cell].done));
        backlog.points.emplace_back(at_us, static_cast<double>(writer.cells[cell].backlog));
    }
    return {
        .title = "Planned, done and waiting",
        .unit = fmt::format("transactions in {:.2g} s", static_cast<double>(figures.cell_us) / 1e6),
        .length_us = length_of(figures),
        .logarithmic = false,
        .lines = {planned, done, backlog},
        .shades = std::move(shades)};
}

std::string writer_section(const Figures& figures, std::size_t place) {
    const WriterFigures& writer = figures.writers[place];
    const std::vector<Shade> shades = shades_of(figures, writer.name);
    std::string states;
    for (const auto& [state, times] : writer.states) {
        states += fmt::format(" {} x{}", markup_text(state), times);
    }
    std::string text = fmt::format(
        "<section><h2>{} <span class=\"soft\">{}</span></h2><p>{} transactions planned: {} "
        "committed, "
        "{} failed, {} skipped ({} never begun), {} unresolved; {} retries{}; {} rows; {} of {} "
        "runs "
        "missed their deadline.</p>",
        markup_text(writer.name),
        to_string(writer.kind),
        writer.counts.planned,
        writer.counts.committed,
        writer.counts.failed,
        writer.counts.skipped,
        writer.never_begun,
        writer.counts.unresolved,
        writer.retries,
        states,
        writer.rows,
        writer.runs_missed,
        writer.runs);
    text +=
        "<div class=\"scroll\"><table><tr><th>ms</th><th class=\"n\">p50</th><th "
        "class=\"n\">p90</th><th class=\"n\">p99</th><th class=\"n\">p99.9</th><th "
        "class=\"n\">max</th></tr>";
    for (const auto& [name, histogram] :
         {std::pair<const char*, const LatencyHistogram&>{"response, from the plan",
                                                          writer.response},
          {"wait, before the work began", writer.wait},
          {"service, what a closed loop would report", writer.service},
          {"the generator's own share", writer.own}}) {
        text += fmt::format(
            "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td "
            "class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
            name,
            ms(histogram.at_share(0.5)),
            ms(histogram.at_share(0.9)),
            ms(histogram.at_share(0.99)),
            ms(histogram.at_share(0.999)),
            ms(histogram.max_us()));
    }
    text += "</table></div>\n";
    text += svg(latency_plot(figures, place, shades));
    text += heat_map(writer, figures.cell_us, length_of(figures), shades);
    text += svg(progress_plot(figures, writer, shades));
    return text + "</section>\n";
}

Plot database_plot(const Figures& figures,
                   std::string title,
                   std::string unit,
                   std::vector<std::pair<PlotLine, double DatabasePoint::*>> rates,
                   std::vector<std::pair<PlotLine, std::int64_t DatabasePoint::*>> levels) {
    Plot plot{.title = std::move(title),
              .unit = std::move(unit),
              .length_us = length_of(figures),
              .shades = shades_of(figures, "")};
    for (const DatabasePoint& point : figures.database.points) {
        for (auto& [line, member] : rates) {
            line.points.emplace_back(point.at_us, point.*member);
        }
        for (auto& [line, member] : levels) {
            line.points.emplace_back(point.at_us, static_cast<double>(point.*member));
        }
    }
    for (auto& [line, member] : rates) {
        plot.lines.push_back(std::move(line));
    }
    for (auto& [line, member] : levels) {
        plot.lines.push_back(std::move(line));
    }
    return plot;
}

std::string database_section(const Figures& figures) {
    const DatabaseFigures& database = figures.database;
    std::string text = fmt::format(
        "<section><h2>Database</h2><p>WAL {}, {} full-page images, {} timed and {} requested "
        "checkpoints, {} deadlocks, {} rollbacks, {} of temporary files.</p>",
        size_text(static_cast<double>(database.wal_bytes)),
        database.full_page_images,
        database.checkpoints_timed,
        database.checkpoints_requested,
        database.deadlocks,
        database.rollbacks,
        size_text(static_cast<double>(database.temp_bytes)));
    text += svg(database_plot(figures,
                              "WAL",
                              "bytes a second",
                              {{{"WAL", "a", {}}, &DatabasePoint::wal_bytes_per_second}},
                              {}));
    text += svg(database_plot(figures,
                              "Commits",
                              "a second",
                              {{{"commits", "d", {}}, &DatabasePoint::transactions_per_second}},
                              {}));
    text += svg(database_plot(
        figures, "Dead tuples", "rows", {}, {{{"dead", "c", {}}, &DatabasePoint::dead}}));
    text += svg(database_plot(figures,
                              "Sessions",
                              "at the sample",
                              {},
                              {{{"active", "a", {}}, &DatabasePoint::active},
                               {{"waiting for locks", "c", {}}, &DatabasePoint::waiting_for_locks},
                               {{"autovacuum", "b", {}}, &DatabasePoint::vacuums_running}}));
    text +=
        "<div class=\"scroll\"><table><tr><th>table</th><th class=\"n\">inserted</th><th "
        "class=\"n\">updated</th><th class=\"n\">HOT</th><th class=\"n\">removed</th><th "
        "class=\"n\">dead, at most</th><th class=\"n\">autovacuums</th></tr>";
    for (const TableFigures& table : database.tables) {
        text += fmt::format(
            "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td "
            "class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{:.1f} %</td><td "
            "class=\"n\">{}</td></tr>",
            markup_text(table.name),
            table.inserted,
            table.updated,
            table.hot_updated,
            table.removed,
            table.dead_share_max * 100,
            table.vacuums);
    }
    text +=
        "</table></div><p class=\"soft\">Active sessions by what they waited for, summed over the "
        "samples:";
    for (const auto& [kind, times] : database.waits) {
        text += fmt::format(" {} {};", markup_text(kind), times);
    }
    return text + "</p></section>\n";
}

std::string repeat_section(const Figures& figures) {
    std::string text = fmt::format(
        "<section><h2>To repeat it</h2><pre>tidemark simulate run plan/{} --speed "
        "{:g}</pre><p>Seed "
        "{}, {} simulated from {}, started {}; PostgreSQL {}{}, {} processors.</p><p "
        "class=\"soft\">",
        markup_text(figures.facts.plan_file),
        figures.facts.speed,
        figures.plan.seed,
        duration_text(figures.plan.duration),
        instant_text(figures.plan.start),
        markup_text(figures.facts.started_at),
        markup_text(figures.facts.server_version),
        figures.facts.private_server ? " of its own, on this machine" : "",
        figures.facts.processors);
    for (const auto& [name, value] : figures.facts.settings) {
        text += fmt::format("{} = {}; ", markup_text(name), markup_text(value));
    }
    return text + "</p></section>\n";
}

}  // namespace

std::string html_report(const Figures& figures, const Verdict& verdict) {
    std::string body = verdict_section(figures, verdict);
    body += findings_section(verdict);
    body +=
        "<p class=\"soft\">Times on every axis are seconds of the machine after the start. Blue "
        "stretches are other writers' batches, grey lines checkpoints, red ones faults.</p>";
    for (std::size_t place = 0; place < figures.writers.size(); ++place) {
        body += writer_section(figures, place);
    }
    body += database_section(figures);
    body += repeat_section(figures);
    return html_page(fmt::format("{}: {}", figures.plan.name, to_string(verdict.kind)), body);
}

}  // namespace tidemark::simulate
