#include "simulate/headroom/headroom_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "report/text_table.h"
#include "simulate/plan/duration_text.h"
#include "simulate/report/figures.h"
#include "simulate/report/html_page.h"
#include "simulate/report/markup.h"
#include "simulate/run/study_folder.h"

namespace tidemark::simulate {

namespace {

using Json = nlohmann::ordered_json;

std::string_view word_of(StepOutcome outcome) {
    switch (outcome) {
        case StepOutcome::held:
            return "held";
        case StepOutcome::broken:
            return "broken";
        case StepOutcome::generator_late:
            return "generator late";
    }
    return "unknown";
}

std::string times(double multiple) {
    return fmt::format("{:.3g}", multiple);
}

StepFigures figures_of(const HeadroomStep& step, const Figures& figures, const Verdict& verdict) {
    StepFigures found{.step = step};
    const double seconds = std::max(static_cast<double>(figures.facts.ended_us) / 1e6, 0.001);
    for (std::size_t place = 0; place < figures.writers.size(); ++place) {
        const WriterFigures& writer = figures.writers[place];
        found.rows_per_second +=
            writer.kind == WriterKind::reads ? 0 : static_cast<double>(writer.rows) / seconds;
        const auto objective_us =
            static_cast<double>(figures.plan.writers[place].objectives.p99.count());
        const double share = static_cast<double>(writer.response.at_share(0.99)) / objective_us;
        if (share >= found.nearest_share) {
            found.nearest_share = share;
            found.nearest = writer.name;
        }
    }
    found.wal_bytes_per_second = static_cast<double>(figures.database.wal_bytes) / seconds;
    if (step.outcome == StepOutcome::generator_late) {
        found.first_limit = verdict.invalid_for.front();
    } else if (step.outcome == StepOutcome::broken) {
        found.first_limit = verdict.first_limit;
    }
    return found;
}

VerdictKind kind_of(const Headroom& headroom) {
    const HeadroomBracket& bracket = headroom.bracket;
    const bool confirmed = bracket.not_held == 0 || bracket.confirmations >= confirmations_wanted;
    if (headroom.facts.interrupted || headroom.facts.steps.empty() ||
        (bracket.held > 0 && !confirmed)) {
        return VerdictKind::invalid;
    }
    if (bracket.held >= headroom_adequate) {
        return VerdictKind::adequate;
    }
    if (bracket.by_generator) {
        return VerdictKind::invalid;  // it holds that much or more, and nobody can tell
    }
    return bracket.held >= headroom_least ? VerdictKind::at_risk : VerdictKind::not_adequate;
}

std::string headline_of(const Headroom& headroom) {
    const HeadroomBracket& bracket = headroom.bracket;
    if (headroom.facts.interrupted) {
        return fmt::format("interrupted after {} steps: held {} times the forecast until then",
                           headroom.facts.steps.size(),
                           times(bracket.held));
    }
    if (bracket.held == 0) {
        return fmt::format("does not hold {} times the forecast", times(bracket.not_held));
    }
    if (bracket.not_held == 0 || bracket.by_generator) {
        return fmt::format("holds at least {} times the forecast", times(bracket.held));
    }
    return fmt::format(
        "holds {} times the forecast ({} of {} times it was tried again); {} times "
        "are too much",
        times(bracket.held),
        bracket.confirmations,
        bracket.confirmations,
        times(bracket.not_held));
}

std::string limit_line(const Headroom& headroom) {
    if (headroom.first_limit.empty()) {
        return "";
    }
    return fmt::format(
        "{}: {}",
        headroom.bracket.by_generator ? "above it the generator is the limit" : "first to break",
        headroom.first_limit);
}

std::string how() {
    return fmt::format(
        "Every writer starts so many times as often, with spreads and deadlines so many times "
        "shorter; objectives of response stay. Steps go up by 1.5, then halve the gap to 5 %; the "
        "last that held is tried {} times more. Each begins with schema and history as they were. "
        "{:g} times and more are adequate, less than {:g} times are not.",
        confirmations_wanted,
        headroom_adequate,
        headroom_least);
}

std::string text_of(const Headroom& headroom) {
    std::string text = fmt::format(
        "{}: {}\n{}\n", headroom.facts.plan, to_string(headroom.kind), headroom.headline);
    const std::string limit = limit_line(headroom);
    text += limit.empty() ? "" : limit + "\n";
    for (const std::string& remark : headroom.remarks) {
        text += "note: " + remark + "\n";
    }
    TextTable table({{"step"},
                     {"times", TextAlign::right},
                     {"rows/s", TextAlign::right},
                     {"WAL/s", TextAlign::right},
                     {"nearest to its p99"},
                     {"share", TextAlign::right},
                     {""}});
    for (std::size_t place = 0; place < headroom.steps.size(); ++place) {
        const StepFigures& step = headroom.steps[place];
        table.add_row({step_folder(place),
                       times(step.step.multiple),
                       fmt::format("{:.0f}", step.rows_per_second),
                       size_text(step.wal_bytes_per_second),
                       step.nearest,
                       fmt::format("{:.0f} %", step.nearest_share * 100),
                       std::string(word_of(step.step.outcome))});
    }
    return text + "\n" + table.to_string() + "\n" + how() + "\n";
}

std::string json_of(const Headroom& headroom) {
    Json steps = Json::array();
    for (std::size_t place = 0; place < headroom.steps.size(); ++place) {
        const StepFigures& step = headroom.steps[place];
        steps.push_back({{"folder", step_folder(place)},
                         {"multiple", step.step.multiple},
                         {"outcome", std::string(word_of(step.step.outcome))},
                         {"rows_per_second", step.rows_per_second},
                         {"wal_bytes_per_second", step.wal_bytes_per_second},
                         {"nearest", step.nearest},
                         {"nearest_share", step.nearest_share},
                         {"first_limit", step.first_limit}});
    }
    const Json report = {{"schema", headroom_schema_version},
                         {"plan", headroom.facts.plan},
                         {"speed", headroom.facts.speed},
                         {"verdict", std::string(to_string(headroom.kind))},
                         {"headline", headroom.headline},
                         {"held", headroom.bracket.held},
                         {"not_held", headroom.bracket.not_held},
                         {"confirmations", headroom.bracket.confirmations},
                         {"by_generator", headroom.bracket.by_generator},
                         {"first_limit", headroom.first_limit},
                         {"interrupted", headroom.facts.interrupted},
                         {"remarks", headroom.remarks},
                         {"steps", steps}};
    return report.dump(2) + "\n";
}

std::string html_of(const Headroom& headroom) {
    std::string look(to_string(headroom.kind));
    std::ranges::replace(look, ' ', '_');
    std::string body =
        fmt::format("<section class=\"verdict {}\"><h1>{}</h1><strong>{}</strong><p>{}</p>",
                    look,
                    markup_text(headroom.facts.plan),
                    markup_text(headroom.headline),
                    markup_text(limit_line(headroom)));
    for (const std::string& remark : headroom.remarks) {
        body += fmt::format("<p class=\"soft\">{}</p>", markup_text(remark));
    }
    body +=
        "</section>\n<section><h2>Steps</h2><div class=\"scroll\"><table><tr><th>step</th><th "
        "class=\"n\">times</th><th class=\"n\">rows/s</th><th class=\"n\">WAL/s</th><th>nearest "
        "to its p99</th><th class=\"n\">share</th><th></th><th>first limit</th></tr>\n";
    for (std::size_t place = 0; place < headroom.steps.size(); ++place) {
        const StepFigures& step = headroom.steps[place];
        body += fmt::format(
            "<tr><td><a href=\"{0}/report.html\">{0}</a></td><td class=\"n\">{1}</td><td "
            "class=\"n\">{2:.0f}</td><td class=\"n\">{3}</td><td>{4}</td><td class=\"n\">{5:.0f} "
            "%</td><td class=\"{6}\">{7}</td><td>{8}</td></tr>\n",
            step_folder(place),
            times(step.step.multiple),
            step.rows_per_second,
            size_text(step.wal_bytes_per_second),
            markup_text(step.nearest),
            step.nearest_share * 100,
            step.step.outcome == StepOutcome::held ? "held" : "broken",
            word_of(step.step.outcome),
            markup_text(step.first_limit));
    }
    body += fmt::format("</table></div><p class=\"soft\">{}</p></section>\n", markup_text(how()));
    return html_page(fmt::format("{}: {}", headroom.facts.plan, headroom.headline), body);
}

}  // namespace

Headroom conclude(HeadroomFacts facts, std::string first_limit) {
    Headroom headroom{.facts = std::move(facts), .first_limit = std::move(first_limit)};
    headroom.bracket = bracket_of(headroom.facts.steps);
    headroom.kind = kind_of(headroom);
    headroom.headline = headline_of(headroom);
    if (headroom.facts.speed != 1) {
        headroom.remarks.push_back(fmt::format(
            "time was compressed {:g} times: 1 is the plan's load in so much less time, so what "
            "held is the least that holds",
            headroom.facts.speed));
    }
    return headroom;
}

Result<Headroom> read_headroom(const std::string& folder) {
    TIDEMARK_ASSIGN_OR_RETURN(HeadroomFacts facts, read_headroom_facts(folder));
    const double not_held = bracket_of(facts.steps).not_held;
    std::vector<StepFigures> steps;
    std::string first_limit;
    for (const HeadroomStep& step : facts.steps) {
        TIDEMARK_ASSIGN_OR_RETURN(const Figures figures,
                                  read_figures(folder + "/" + step_folder(steps.size())));
        steps.push_back(figures_of(step, figures, judge(figures)));
        if (step.multiple == not_held && step.outcome != StepOutcome::held) {
            first_limit = steps.back().first_limit;
        }
    }
    Headroom headroom = conclude(std::move(facts), std::move(first_limit));
    headroom.steps = std::move(steps);
    return headroom;
}

Result<WrittenHeadroom> write_headroom_reports(const std::string& folder) {
    TIDEMARK_ASSIGN_OR_RETURN(const Headroom headroom, read_headroom(folder));
    WrittenHeadroom written{.text = text_of(headroom),
                            .json = json_of(headroom),
                            .html_file = folder + "/report.html",
                            .kind = headroom.kind};
    TIDEMARK_RETURN_IF_ERROR(write_text(written.html_file, html_of(headroom)));
    TIDEMARK_RETURN_IF_ERROR(write_text(folder + "/report.json", written.json));
    return written;
}

}  // namespace tidemark::simulate
