#pragma once
// What a comparison's folder says: one table, with "no difference" where there is none.

#include <string>
#include <vector>

#include "base/result.h"
#include "simulate/report/figures.h"
#include "simulate/report/paired_difference.h"
#include "simulate/run/comparison_run.h"

namespace tidemark::simulate {

// One figure of every run, pair by pair.
struct ComparedFigure {
    std::string name{};  // "WAL a row", "p99 response of bytes_stored"
    std::string unit{};  // "bytes", "ms", "%" ...; empty: a count
    std::vector<double> a{};
    std::vector<double> b{};
    PairedDifference difference{};
};

struct Comparison {
    ComparisonFacts facts{};
    std::uint64_t seed = 0;
    double speed = 1;
    std::string server_version{};
    std::size_t pairs = 0;  // that are whole
    std::vector<ComparedFigure> figures{};
    std::vector<std::string> remarks{};  // what a reader must know beside the table

    // Whether there are enough pairs to say anything.
    [[nodiscard]] bool says_something() const { return pairs >= pairs_least; }
    [[nodiscard]] bool found_difference() const;
};

// Fails as read_comparison_facts and read_figures do.
Result<Comparison> read_comparison(const std::string& folder);

// A run's figures that are compared, by name: per row what the writers wrote, then each writer's
// latency.
struct RunFigure {
    std::string name{};
    std::string unit{};
    double value = 0;
};
std::vector<RunFigure> compared_figures_of(const Figures& figures);

}  // namespace tidemark::simulate
