#include "simulate/headroom/headroom_run.h"

#include <algorithm>
#include <filesystem>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "simulate/plan/plan_reader.h"
#include "simulate/report/figures.h"
#include "simulate/report/report_files.h"
#include "simulate/report/verdict.h"
#include "simulate/run/prepared_databases.h"
#include "simulate/run/study_folder.h"

namespace tidemark::simulate {

namespace {

// What a step says in one line.
std::string words_of(StepOutcome outcome, const Verdict& verdict) {
    switch (outcome) {
        case StepOutcome::held:
            return "held";
        case StepOutcome::broken:
            return verdict.first_limit;
        case StepOutcome::generator_late:
            return verdict.invalid_for.front();
    }
    return "unknown";
}

Result<void> check_multipliable(const Plan& plan) {
    for (const Writer& writer : plan.writers) {
        if (!writer.trace.empty()) {
            return Error{ErrorKind::invalid_input,
                         fmt::format("{}:{}: writer '{}' follows a trace, which ends: --headroom "
                                     "needs `every`, `runs_per_hour` or `cron`",
                                     plan.file,
                                     writer.line,
                                     writer.name)};
        }
    }
    return {};
}

// The database that the steps begin with.
class HeadroomTarget {
 public:
    // Nothing is prepared for a named server: each step makes its own.
    Result<void> prepare(const HeadroomOptions& options,
                         const Plan& plan,
                         double speed,
                         const std::atomic<bool>& stop,
                         const Note& note) {
        if (!plan.target.url.empty()) {
            return {};
        }
        note("starting a private PostgreSQL");
        TIDEMARK_ASSIGN_OR_RETURN(databases_, PreparedDatabases::start(plan, speed));
        return databases_->prepare(
            "forecast", plan, options.make_own_tables, [&stop] { return stop.load(); }, note);
    }

    Result<PreparedTarget> next() {
        return databases_ == nullptr ? Result<PreparedTarget>(PreparedTarget{})
                                     : databases_->copy_of("forecast");
    }

 private:
    std::unique_ptr<PreparedDatabases> databases_;
};

Result<void> run_step(const HeadroomOptions& options,
                      double multiple,
                      const std::atomic<bool>& stop,
                      HeadroomTarget& target,
                      HeadroomFacts& facts) {
    const std::string folder = options.folder + "/" + step_folder(facts.steps.size());
    TIDEMARK_ASSIGN_OR_RETURN(const PreparedTarget prepared, target.next());
    const SimulationOptions simulation{.plan = options.plan,
                                       .folder = folder,
                                       .speed = facts.speed,
                                       .multiple = multiple,
                                       .prepared_server = prepared.server,
                                       .prepared_url = prepared.url,
                                       .writer_command = options.writer_command,
                                       .make_own_tables = options.make_own_tables,
                                       .progress = options.progress};
    TIDEMARK_ASSIGN_OR_RETURN(const RunFacts run, run_simulation(simulation, stop));
    if (run.interrupted) {
        return {};
    }
    TIDEMARK_ASSIGN_OR_RETURN(const Figures figures, read_figures(folder));
    const Verdict verdict = judge(figures);
    facts.steps.push_back({.multiple = multiple, .outcome = outcome_of(verdict)});
    if (options.step_ended) {
        options.step_ended(fmt::format("step {}: {:.3g} times: {}",
                                       facts.steps.size(),
                                       multiple,
                                       words_of(facts.steps.back().outcome, verdict)));
    }
    const Result<WrittenReport> written = write_reports(folder);
    return written.has_value() ? Result<void>() : written.error();
}

Result<void> run_steps(const HeadroomOptions& options,
                       const Plan& plan,
                       const std::atomic<bool>& stop,
                       HeadroomFacts& facts) {
    HeadroomTarget target;
    TIDEMARK_RETURN_IF_ERROR(
        target.prepare(options, plan, facts.speed, stop, [&options](const std::string& words) {
            if (options.progress) {
                options.progress(SimulationProgress{.doing = words});
            }
        }));
    while (!stop) {
        const std::optional<double> multiple = next_multiple(facts.steps);
        if (!multiple.has_value()) {
            break;
        }
        TIDEMARK_RETURN_IF_ERROR(run_step(options, *multiple, stop, target, facts));
    }
    return {};
}

}  // namespace

NLOHMANN_JSON_SERIALIZE_ENUM(StepOutcome,
                             {{StepOutcome::held, "held"},
                              {StepOutcome::broken, "broken"},
                              {StepOutcome::generator_late, "generator_late"}})
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(HeadroomStep, multiple, outcome)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(HeadroomFacts, version, plan, speed, steps, interrupted)

StepOutcome outcome_of(const Verdict& verdict) {
    const bool broken =
        std::ranges::find(verdict.findings, Standing::broken, &ObjectiveFinding::standing) !=
        verdict.findings.end();
    if (!broken) {
        return StepOutcome::held;
    }
    return verdict.invalid_for.empty() ? StepOutcome::broken : StepOutcome::generator_late;
}

std::string step_folder(std::size_t place) {
    return fmt::format("step-{:02}", place + 1);
}

Result<HeadroomFacts> run_headroom(const HeadroomOptions& options, const std::atomic<bool>& stop) {
    TIDEMARK_ASSIGN_OR_RETURN(const Plan plan, parse_plan(options.plan));
    TIDEMARK_RETURN_IF_ERROR(check_multipliable(plan));
    TIDEMARK_RETURN_IF_ERROR(make_study_folder(options.folder));
    HeadroomFacts facts{.plan = plan.name, .speed = options.speed > 0 ? options.speed : plan.speed};
    const Result<void> done = run_steps(options, plan, stop, facts);
    if (!done.has_value() && !stop) {
        if (facts.steps.empty()) {
            std::error_code ignored;
            std::filesystem::remove_all(options.folder, ignored);
        }
        return done.error();
    }
    facts.interrupted = stop;
    TIDEMARK_RETURN_IF_ERROR(
        write_text(options.folder + "/" + headroom_file, nlohmann::json(facts).dump(2) + "\n"));
    return facts;
}

Result<HeadroomFacts> read_headroom_facts(const std::string& folder) {
    const std::string path = folder + "/" + headroom_file;
    TIDEMARK_ASSIGN_OR_RETURN(const std::string text, read_text(path));
    try {
        return nlohmann::json::parse(text).get<HeadroomFacts>();
    } catch (const nlohmann::json::exception& error) {
        return Error{ErrorKind::corrupt, fmt::format("'{}': {}", path, error.what())};
    }
}

}  // namespace tidemark::simulate
