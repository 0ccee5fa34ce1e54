#include "simulate/report/comparison_report.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "report/text_table.h"
#include "simulate/report/html_page.h"
#include "simulate/report/markup.h"

namespace tidemark::simulate {

namespace {

using Json = nlohmann::ordered_json;

// Four digits; whole numbers with thousands from 1,000 on.
std::string number(double value) {
    if (std::abs(value) < 999.5) {
        return fmt::format("{:.4g}", value);
    }
    return with_thousands(std::to_string(std::llround(value)));
}

std::string with_unit(const ComparedFigure& figure) {
    return figure.unit.empty() ? figure.name : figure.name + ", " + figure.unit;
}

// "B needs 0.031 times as much", or that nobody can tell.
std::string conclusion(const Comparison& comparison, const ComparedFigure& figure) {
    const PairedDifference& found = figure.difference;
    if (!comparison.says_something()) {
        return "too few pairs";
    }
    if (!found.found) {
        return "no difference";
    }
    if (figure.unit == "%") {
        return fmt::format("{:+.3g} points", found.difference);
    }
    return found.mean_a == 0 ? "only B has any"
                             : fmt::format("{:.3g} times", found.mean_b / found.mean_a);
}

std::string interval(const PairedDifference& found) {
    return fmt::format("{} .. {}", number(found.low), number(found.high));
}

std::string headline(const Comparison& comparison) {
    if (!comparison.says_something()) {
        return "too few pairs";
    }
    return comparison.found_difference() ? "different" : "no difference";
}

std::string how(const Comparison& comparison) {
    return fmt::format(
        "{} pairs of runs, A-B-B-A, on copies of one database each; seed {}, speed {:g}, "
        "PostgreSQL {}. A difference counts when 0 is outside its 95 % interval (paired bootstrap) "
        "and it is larger than the noise: the furthest apart that two runs of one arm were, at "
        "least 1 %.",
        comparison.pairs,
        comparison.seed,
        comparison.speed,
        comparison.server_version);
}

constexpr double strip_width = 260;
constexpr double strip_height = 26;

// The runs of both arms on the figure's own scale, from 0.
std::string strip(const ComparedFigure& figure) {
    double most = 0;
    for (const std::vector<double>* arm : {&figure.a, &figure.b}) {
        for (const double value : *arm) {
            most = std::max(most, value);
        }
    }
    std::string text = fmt::format(
        "<svg class=\"strip\" viewBox=\"0 0 {} {}\" role=\"img\">", strip_width, strip_height);
    const auto place = [most](double value) {
        return 6 + (most > 0 ? std::max(value, 0.0) / most : 0) * (strip_width - 12);
    };
    for (const auto& [arm, look, y] :
         {std::tuple{&figure.a, "dot_a", 8}, std::tuple{&figure.b, "dot_b", 18}}) {
        text += fmt::format(
            "<line class=\"grid\" x1=\"6\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>", y, strip_width - 6, y);
        for (const double value : *arm) {
            text += fmt::format(
                "<circle class=\"{}\" cx=\"{:.1f}\" cy=\"{}\" r=\"3.5\"><title>{}</title></circle>",
                look,
                place(value),
                y,
                number(value));
        }
    }
    return text + "</svg>";
}

std::string html_row(const Comparison& comparison, const ComparedFigure& figure) {
    const PairedDifference& found = figure.difference;
    return fmt::format(
        "<tr><td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"{}\">{}</td>"
        "<td>{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
        markup_text(with_unit(figure)),
        number(found.mean_a),
        number(found.mean_b),
        found.found && comparison.says_something() ? "at_risk_word" : "soft",
        conclusion(comparison, figure),
        strip(figure),
        interval(found),
        number(found.noise_floor));
}

}  // namespace

std::string text_report(const Comparison& comparison) {
    std::string text = fmt::format("A: {}\nB: {}\n{}\n",
                                   comparison.facts.label_a,
                                   comparison.facts.label_b,
                                   headline(comparison));
    for (const std::string& remark : comparison.remarks) {
        text += "note: " + remark + "\n";
    }
    TextTable table({{"figure"},
                     {"A", TextAlign::right},
                     {"B", TextAlign::right},
                     {"B against A"},
                     {"B - A at 95 %", TextAlign::right},
                     {"noise", TextAlign::right}});
    for (const ComparedFigure& figure : comparison.figures) {
        table.add_row({with_unit(figure),
                       number(figure.difference.mean_a),
                       number(figure.difference.mean_b),
                       conclusion(comparison, figure),
                       interval(figure.difference),
                       number(figure.difference.noise_floor)});
    }
    return text + "\n" + table.to_string() + "\n" + how(comparison) + "\n";
}

std::string json_report(const Comparison& comparison) {
    Json figures = Json::array();
    for (const ComparedFigure& figure : comparison.figures) {
        const PairedDifference& found = figure.difference;
        figures.push_back({{"name", figure.name},
                           {"unit", figure.unit},
                           {"a", figure.a},
                           {"b", figure.b},
                           {"mean_a", found.mean_a},
                           {"mean_b", found.mean_b},
                           {"difference", found.difference},
                           {"low", found.low},
                           {"high", found.high},
                           {"noise_floor", found.noise_floor},
                           {"different", found.found && comparison.says_something()}});
    }
    const Json report = {{"schema", comparison_schema_version},
                         {"a", comparison.facts.label_a},
                         {"b", comparison.facts.label_b},
                         {"pairs", comparison.pairs},
                         {"interrupted", comparison.facts.interrupted},
                         {"seed", comparison.seed},
                         {"speed", comparison.speed},
                         {"server_version", comparison.server_version},
                         {"conclusion", headline(comparison)},
                         {"remarks", comparison.remarks},
                         {"figures", figures}};
    return report.dump(2) + "\n";
}

std::string html_report(const Comparison& comparison) {
    std::string body = fmt::format(
        "<section class=\"verdict {}\"><h1><span class=\"a_word\">A</span> {} <br><span "
        "class=\"b_word\">B</span> {}</h1><strong>{}</strong>",
        comparison.found_difference() ? "at_risk" : "adequate",
        markup_text(comparison.facts.label_a),
        markup_text(comparison.facts.label_b),
        headline(comparison));
    for (const std::string& remark : comparison.remarks) {
        body += fmt::format("<p class=\"soft\">{}</p>", markup_text(remark));
    }
    body +=
        "</section>\n<section><div class=\"scroll\"><table><tr><th>figure</th><th "
        "class=\"n\">A</th><th class=\"n\">B</th><th>B against A</th><th>every run, from 0</th><th "
        "class=\"n\">B - A at 95 %</th><th class=\"n\">noise</th></tr>\n";
    for (const ComparedFigure& figure : comparison.figures) {
        body += html_row(comparison, figure);
    }
    body += fmt::format("</table></div><p class=\"soft\">{}</p></section>\n",
                        markup_text(how(comparison)));
    return html_page(fmt::format("{} and {}: {}",
                                 comparison.facts.label_a,
                                 comparison.facts.label_b,
                                 headline(comparison)),
                     body);
}

}  // namespace tidemark::simulate
