#include "simulate/report/comparison.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "simulate/report/verdict.h"

namespace tidemark::simulate {

namespace {

std::uint64_t written_rows(const Figures& figures) {
    std::uint64_t rows = 0;
    for (const WriterFigures& writer : figures.writers) {
        rows += writer.kind == WriterKind::reads ? 0 : writer.rows;
    }
    return rows;
}

void add_written(const Figures& figures, std::vector<RunFigure>& all) {
    const auto rows = static_cast<double>(written_rows(figures));
    if (rows == 0) {
        return;
    }
    const DatabaseFigures& database = figures.database;
    all.push_back({"WAL a row", "bytes", static_cast<double>(database.wal_bytes) / rows});
    all.push_back({"full-page images a 1,000 rows",
                   "",
                   static_cast<double>(database.full_page_images) * 1000 / rows});
    std::int64_t updated = 0;
    std::int64_t hot = 0;
    for (const TableFigures& table : database.tables) {
        updated += table.updated;
        hot += table.hot_updated;
    }
    if (updated > 0) {
        all.push_back(
            {"HOT updates", "%", 100 * static_cast<double>(hot) / static_cast<double>(updated)});
    }
}

void add_stored(const Figures& figures, std::vector<RunFigure>& all) {
    double rows = 0;
    double table_bytes = 0;
    double index_bytes = 0;
    double dense_bytes = 0;
    double full_bytes = 0;
    for (const TableStorage& table : figures.facts.storage) {
        rows += static_cast<double>(table.rows);
        table_bytes += static_cast<double>(table.table_bytes);
        index_bytes += static_cast<double>(table.index_bytes);
        if (table.leaf_density >= 0) {
            dense_bytes += static_cast<double>(table.index_bytes);
            full_bytes += static_cast<double>(table.index_bytes) * table.leaf_density;
        }
    }
    if (rows > 0) {
        all.push_back({"table a row", "bytes", table_bytes / rows});
        all.push_back({"indexes a row", "bytes", index_bytes / rows});
    }
    if (dense_bytes > 0) {
        all.push_back({"leaf density", "%", 100 * full_bytes / dense_bytes});
    }
}

void add_latencies(const Figures& figures, std::vector<RunFigure>& all) {
    const auto ms = [](std::int64_t us) { return static_cast<double>(us) / 1000; };
    for (const WriterFigures& writer : figures.writers) {
        if (writer.response.count() > 0) {
            all.push_back(
                {"p99 response of " + writer.name, "ms", ms(writer.response.at_share(0.99))});
            all.push_back(
                {"p50 service of " + writer.name, "ms", ms(writer.service.at_share(0.5))});
        }
    }
}

// Figures that every run of both arms has, pair by pair, in the order of the first run's.
std::vector<ComparedFigure> paired(const std::vector<std::vector<RunFigure>>& runs_a,
                                   const std::vector<std::vector<RunFigure>>& runs_b,
                                   std::size_t pairs) {
    const auto values_of = [pairs](const std::vector<std::vector<RunFigure>>& runs,
                                   const std::string& name) {
        std::vector<double> values;
        for (std::size_t run = 0; run < pairs; ++run) {
            const auto found = std::ranges::find(runs[run], name, &RunFigure::name);
            if (found != runs[run].end()) {
                values.push_back(found->value);
            }
        }
        return values;
    };
    std::vector<ComparedFigure> all;
    for (const RunFigure& figure : pairs == 0 ? std::vector<RunFigure>() : runs_a.front()) {
        ComparedFigure compared{.name = figure.name,
                                .unit = figure.unit,
                                .a = values_of(runs_a, figure.name),
                                .b = values_of(runs_b, figure.name)};
        if (compared.a.size() == pairs && compared.b.size() == pairs) {
            compared.difference = paired_difference(compared.a, compared.b);
            all.push_back(std::move(compared));
        }
    }
    return all;
}

// What speaks against reading the table at all, or parts of it.
struct RunFlaws {
    std::size_t late_generator = 0;  // runs
    std::size_t unfinished = 0;      // runs in which something planned was not committed
};

void add_remarks(const RunFlaws& flaws, std::size_t runs, Comparison& comparison) {
    if (!comparison.says_something()) {
        comparison.remarks.push_back(
            fmt::format("only {} whole pairs of at least {}: nothing can be said of differences",
                        comparison.pairs,
                        pairs_least));
    }
    if (flaws.late_generator > 0) {
        comparison.remarks.push_back(fmt::format(
            "in {} of {} runs the generator itself was late: do not go by the latencies",
            flaws.late_generator,
            runs));
    }
    if (flaws.unfinished > 0) {
        comparison.remarks.push_back(
            fmt::format("in {} of {} runs not all that was planned was committed: a row that was "
                        "not written costs nothing, so look at those runs' reports",
                        flaws.unfinished,
                        runs));
    }
}

}  // namespace

bool Comparison::found_difference() const {
    return says_something() && std::ranges::any_of(figures, [](const ComparedFigure& figure) {
               return figure.difference.found;
           });
}

std::vector<RunFigure> compared_figures_of(const Figures& figures) {
    std::vector<RunFigure> all;
    add_written(figures, all);
    add_stored(figures, all);
    add_latencies(figures, all);
    return all;
}

Result<Comparison> read_comparison(const std::string& folder) {
    Comparison comparison;
    TIDEMARK_ASSIGN_OR_RETURN(comparison.facts, read_comparison_facts(folder));
    std::vector<std::vector<RunFigure>> runs_a;
    std::vector<std::vector<RunFigure>> runs_b;
    RunFlaws flaws;
    for (const ComparedRun& run : comparison.facts.runs) {
        TIDEMARK_ASSIGN_OR_RETURN(const Figures figures, read_figures(folder + "/" + run.folder));
        comparison.seed = figures.plan.seed;
        comparison.speed = figures.facts.speed;
        comparison.server_version = figures.facts.server_version;
        flaws.late_generator += judge(figures).invalid_for.empty() ? 0 : 1;
        flaws.unfinished +=
            std::ranges::any_of(figures.writers,
                                [](const WriterFigures& writer) {
                                    return writer.counts.committed < writer.counts.planned;
                                })
                ? 1
                : 0;
        (run.arm == "a" ? runs_a : runs_b).push_back(compared_figures_of(figures));
    }
    comparison.pairs = std::min(runs_a.size(), runs_b.size());
    comparison.figures = paired(runs_a, runs_b, comparison.pairs);
    add_remarks(flaws, comparison.facts.runs.size(), comparison);
    return comparison;
}

}  // namespace tidemark::simulate
