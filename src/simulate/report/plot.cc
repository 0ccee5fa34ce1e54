#include "simulate/report/plot.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "simulate/report/markup.h"

namespace tidemark::simulate {

namespace {

constexpr double width = 900;
constexpr double height = 150;
constexpr double left = 62;
constexpr double right = 16;  // half of the last time's label
constexpr double top = 20;
constexpr double bottom = 18;
constexpr double least_logarithmic = 0.1;
constexpr int heat_rows = 24;  // doublings from 64 us on

double x_of(std::int64_t at_us, std::int64_t length_us) {
    const double share =
        std::clamp(static_cast<double>(at_us) / static_cast<double>(length_us), 0.0, 1.0);
    return left + share * (width - left - right);
}

// A round number at or above the value: 1, 2 or 5 times a power of ten.
double round_up(double value) {
    const double power = std::pow(10.0, std::floor(std::log10(value)));
    for (const double factor : {1.0, 2.0, 5.0, 10.0}) {
        if (factor * power >= value * 0.999999) {
            return factor * power;
        }
    }
    return value;
}

struct Scale {
    double least = 0;
    double most = 1;
    bool logarithmic = false;

    [[nodiscard]] double y_of(double value) const {
        double share = value / most;
        if (logarithmic) {
            share = std::log(std::max(value, least) / least) / std::log(most / least);
        }
        return height - bottom - std::clamp(share, 0.0, 1.0) * (height - top - bottom);
    }
};

Scale scale_of(const Plot& plot) {
    double most = plot.limit;
    for (const PlotLine& line : plot.lines) {
        for (const auto& [at_us, value] : line.points) {
            most = std::max(most, value);
        }
    }
    most = round_up(std::max(most, plot.logarithmic ? 10 * least_logarithmic : 1e-3));
    return {plot.logarithmic ? least_logarithmic : 0, most, plot.logarithmic};
}

std::string number(double value) {
    if (value >= 1e9) {
        return fmt::format("{:g}G", value / 1e9);
    }
    if (value >= 1e6) {
        return fmt::format("{:g}M", value / 1e6);
    }
    return value >= 1e4 ? fmt::format("{:g}k", value / 1e3) : fmt::format("{:g}", value);
}

// A bound of the heat map, to two digits: powers of two are no round numbers of milliseconds.
std::string doubling_text(std::int64_t us) {
    const auto value = static_cast<double>(us);
    if (us < 1000) {
        return fmt::format("{} µs", us);
    }
    return us < 1'000'000 ? fmt::format("{:.0f} ms", value / 1e3)
                          : fmt::format("{:.2g} s", value / 1e6);
}

std::string value_axis(const Scale& scale) {
    std::string text;
    std::vector<double> marks = {0, scale.most / 2, scale.most};
    if (scale.logarithmic) {
        marks.clear();
        for (double mark = scale.least; mark <= scale.most * 1.001; mark *= 10) {
            marks.push_back(mark);
        }
    }
    for (const double mark : marks) {
        const double y = scale.y_of(mark);
        text += fmt::format(
            "<line class=\"grid\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" "
            "y2=\"{:.1f}\"/><text class=\"mark\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>",
            left,
            y,
            width - right,
            y,
            left - 5,
            y + 3.5,
            number(mark));
    }
    return text;
}

std::string time_axis(std::int64_t length_us, double below) {
    std::string text;
    const double seconds = static_cast<double>(length_us) / 1e6;
    const double step = round_up(seconds / 8);
    for (double at = 0; at <= seconds; at += step) {
        text += fmt::format("<text class=\"time\" x=\"{:.1f}\" y=\"{:.1f}\">{:g} s</text>",
                            x_of(static_cast<std::int64_t>(at * 1e6), length_us),
                            below - 5,
                            at);
    }
    return text;
}

std::string shades_text(const std::vector<Shade>& shades, std::int64_t length_us, double below) {
    std::string text;
    for (const Shade& shade : shades) {
        const double from = x_of(shade.stretch.begin_us, length_us);
        const double to = std::max(x_of(shade.stretch.end_us, length_us), from + 1);
        text += fmt::format(
            "<rect class=\"{}\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
            "height=\"{:.1f}\"><title>{}</title></rect>",
            shade.look,
            from,
            top,
            to - from,
            below - bottom - top,
            markup_text(shade.title));
    }
    return text;
}

std::string line_text(const PlotLine& line, const Scale& scale, std::int64_t length_us) {
    std::string path;
    bool pen_up = true;
    for (const auto& [at_us, value] : line.points) {
        if (value < 0) {
            pen_up = true;
            continue;
        }
        path += fmt::format(
            "{}{:.1f} {:.1f}", pen_up ? "M" : "L", x_of(at_us, length_us), scale.y_of(value));
        path += pen_up ? "h2.5" : "";  // a point that stands alone is seen too
        pen_up = false;
    }
    return fmt::format("<path class=\"line {}\" d=\"{}\"/>", line.look, path);
}

std::string frame(const std::string& title, const std::string& legend, double tall) {
    return fmt::format(
        "<svg viewBox=\"0 0 {:.0f} {:.0f}\" role=\"img\"><text class=\"title\" x=\"{}\" "
        "y=\"13\">{}</text>{}",
        width,
        tall,
        left,
        markup_text(title),
        legend);
}

std::string legend_of(const std::vector<PlotLine>& lines) {
    std::string text;
    double x = width - right;
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
        text += fmt::format("<text class=\"legend {}\" x=\"{:.1f}\" y=\"13\">{}</text>",
                            line->look,
                            x,
                            markup_text(line->name));
        x -= 14 + 6.6 * static_cast<double>(line->name.size());
    }
    return text;
}

}  // namespace

std::string svg(const Plot& plot) {
    const Scale scale = scale_of(plot);
    std::string text =
        frame(fmt::format("{}, {}", plot.title, plot.unit), legend_of(plot.lines), height);
    text += shades_text(plot.shades, plot.length_us, height);
    text += value_axis(scale);
    text += time_axis(plot.length_us, height);
    if (plot.limit > 0) {
        text += fmt::format(
            "<line class=\"limit\" x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" "
            "y2=\"{:.1f}\"><title>objective</title></line>",
            left,
            scale.y_of(plot.limit),
            width - right,
            scale.y_of(plot.limit));
    }
    for (const PlotLine& line : plot.lines) {
        text += line_text(line, scale, plot.length_us);
    }
    return text + "</svg>\n";
}

std::string heat_map(const WriterFigures& writer,
                     std::int64_t cell_us,
                     std::int64_t length_us,
                     const std::vector<Shade>& shades) {
    constexpr std::int64_t first_us = 64;
    int rows = 1;
    while (rows < heat_rows &&
           (first_us << static_cast<unsigned>(rows)) < writer.response.max_us()) {
        ++rows;
    }
    const double tall = top + bottom + 9.0 * rows;
    std::string text = frame("Response, transactions by doubling", "", tall);
    text += shades_text(shades, length_us, tall);
    for (std::size_t column = 0; column < writer.cells.size(); ++column) {
        const LatencyHistogram& response = writer.cells[column].response;
        const auto begin_us = static_cast<std::int64_t>(column) * cell_us;
        const double x = x_of(begin_us, length_us);
        const double wide = x_of(begin_us + cell_us, length_us) - x;
        for (int row = 0; row < rows && response.count() > 0; ++row) {
            const std::int64_t below_us =
                row == 0 ? -1 : first_us << static_cast<unsigned>(row - 1);
            const std::int64_t above_us = first_us << static_cast<unsigned>(row);
            const std::uint64_t in_row = response.count_above(below_us) -
                                         (row + 1 == rows ? 0 : response.count_above(above_us));
            if (in_row == 0) {
                continue;
            }
            const double share =
                static_cast<double>(in_row) / static_cast<double>(response.count());
            text += fmt::format(
                "<rect class=\"heat\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.2f}\" "
                "height=\"9\" fill-opacity=\"{:.2f}\"><title>{}</title></rect>",
                x,
                tall - bottom - 9.0 * (row + 1),
                wide + 0.2,
                0.15 + 0.85 * std::sqrt(share),
                in_row);
        }
    }
    for (int row = 0; row < rows; row += 4) {
        text += fmt::format("<text class=\"mark\" x=\"{:.1f}\" y=\"{:.1f}\">{}</text>",
                            left - 5,
                            tall - bottom - 9.0 * row,
                            doubling_text(first_us << static_cast<unsigned>(row)));
    }
    return text + time_axis(length_us, tall) + "</svg>\n";
}

}  // namespace tidemark::simulate
