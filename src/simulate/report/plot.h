#pragma once
// Plots as SVG text: lines over the run's time, with what went on meanwhile shaded behind them.

#include <cstdint>
#include <string>
#include <vector>

#include "simulate/report/figures.h"

namespace tidemark::simulate {

// A stretch behind the lines. `look` is a class of the report's style sheet.
struct Shade {
    Stretch stretch;
    std::string look;
    std::string title;
};

struct PlotLine {
    std::string name;
    std::string look;
    // Microseconds after the start, and a value; a gap where the value is negative.
    std::vector<std::pair<std::int64_t, double>> points;
};

struct Plot {
    std::string title;
    std::string unit;
    std::int64_t length_us = 1;  // of the time axis
    bool logarithmic = false;    // values below 0.1 stand on the axis
    std::vector<PlotLine> lines{};
    std::vector<Shade> shades{};
    double limit = 0;  // a line across; 0: none
};

std::string svg(const Plot& plot);

// Darker the more transactions: latency in rows, doubling, over the time in columns.
std::string heat_map(const WriterFigures& writer,
                     std::int64_t cell_us,
                     std::int64_t length_us,
                     const std::vector<Shade>& shades);

}  // namespace tidemark::simulate
