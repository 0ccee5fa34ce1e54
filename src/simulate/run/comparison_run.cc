#include "simulate/run/comparison_run.h"

#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "simulate/plan/plan_reader.h"
#include "simulate/run/prepared_databases.h"
#include "simulate/run/study_folder.h"

namespace tidemark::simulate {

namespace {

// The arm's plan with its own schema.
Result<Plan> plan_of(const Arm& arm) {
    TIDEMARK_ASSIGN_OR_RETURN(Plan plan, load_plan(arm.plan_file));
    if (!plan.target.url.empty()) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("{}: a comparison makes and drops databases in a PostgreSQL of "
                                 "its own; leave [target] url out",
                                 arm.plan_file)};
    }
    if (arm.schema_file.empty()) {
        return plan;
    }
    if (plan.target.schema_file.empty()) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("{}: [target] names no schema file that '{}' could stand for; "
                                 "write `schema = \"...\"` instead of schema_statements",
                                 arm.plan_file,
                                 arm.schema_file)};
    }
    TIDEMARK_ASSIGN_OR_RETURN(plan.target.schema, read_text(arm.schema_file));
    plan.target.schema_file = arm.schema_file;
    return plan;
}

Result<void> check_comparable(const Plan& a, const Plan& b) {
    if (a.seed != b.seed) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("{}: seed {}, and {} has {}; a comparison needs the same rows in "
                                 "both, so give both the same seed",
                                 b.file,
                                 b.seed,
                                 a.file,
                                 a.seed)};
    }
    if (a.target.settings != b.target.settings) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("{} and {}: other [target.settings]; both run in one PostgreSQL, "
                                 "so give both the same settings",
                                 a.file,
                                 b.file)};
    }
    return {};
}

// "abbaab...": the arm of each run.
std::string order_of(int pairs) {
    std::string order;
    for (int pair = 0; pair < pairs; ++pair) {
        order += pair % 2 == 0 ? "ab" : "ba";
    }
    return order;
}

// Both plans with a PostgreSQL of their own, and its runs.
class RunsByTurns {
 public:
    RunsByTurns(const ComparisonOptions& options, const std::atomic<bool>& stop)
        : options_(options), stop_(stop) {}

    Result<void> prepare(const Plan& a, const Plan& b, double speed);
    Result<void> run(char arm, double speed, ComparisonFacts& facts);

 private:
    void note(const std::string& words) const {
        if (options_.progress) {
            options_.progress(SimulationProgress{.doing = words});
        }
    }

    const ComparisonOptions& options_;
    const std::atomic<bool>& stop_;
    std::unique_ptr<PreparedDatabases> databases_;
    int counts_[2] = {0, 0};
};

Result<void> RunsByTurns::prepare(const Plan& a, const Plan& b, double speed) {
    note("starting a private PostgreSQL");
    TIDEMARK_ASSIGN_OR_RETURN(databases_, PreparedDatabases::start(a, speed));
    for (const auto& [name, plan] : {std::pair{"a", &a}, std::pair{"b", &b}}) {
        TIDEMARK_RETURN_IF_ERROR(databases_->prepare(
            name,
            *plan,
            [this] { return stop_.load(); },
            [this](const std::string& words) { note(words); }));
    }
    return {};
}

Result<void> RunsByTurns::run(char arm, double speed, ComparisonFacts& facts) {
    const Arm& side = arm == 'a' ? options_.a : options_.b;
    const std::string name = fmt::format("{}-{}", arm, ++counts_[arm - 'a']);
    note(fmt::format("run {} of {}: {}", facts.runs.size() + 1, 2 * options_.pairs, name));
    TIDEMARK_ASSIGN_OR_RETURN(PreparedTarget target, databases_->copy_of(std::string(1, arm)));
    const SimulationOptions simulation{.plan_file = side.plan_file,
                                       .folder = options_.folder + "/" + name,
                                       .speed = speed,
                                       .schema_file = side.schema_file,
                                       .prepared = std::move(target),
                                       .writer_command = options_.writer_command,
                                       .progress = options_.progress};
    TIDEMARK_ASSIGN_OR_RETURN(const RunFacts run, run_simulation(simulation, stop_));
    if (!run.interrupted) {
        facts.runs.push_back({.arm = std::string(1, arm), .folder = name});
    }
    return {};
}

// All of it; the error of the first thing that failed.
Result<void> run_all(RunsByTurns& turns,
                     const Plan& a,
                     const Plan& b,
                     double speed,
                     const std::atomic<bool>& stop,
                     ComparisonFacts& facts) {
    TIDEMARK_RETURN_IF_ERROR(turns.prepare(a, b, speed));
    for (const char arm : order_of(facts.pairs)) {
        if (!stop) {
            TIDEMARK_RETURN_IF_ERROR(turns.run(arm, speed, facts));
        }
    }
    return {};
}

}  // namespace

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ComparedRun, arm, folder)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(
    ComparisonFacts, version, label_a, label_b, pairs, runs, interrupted)

Result<ComparisonFacts> run_comparison(const ComparisonOptions& options,
                                       const std::atomic<bool>& stop) {
    TIDEMARK_ASSIGN_OR_RETURN(const Plan a, plan_of(options.a));
    TIDEMARK_ASSIGN_OR_RETURN(const Plan b, plan_of(options.b));
    TIDEMARK_RETURN_IF_ERROR(check_comparable(a, b));
    TIDEMARK_RETURN_IF_ERROR(make_study_folder(options.folder));
    ComparisonFacts facts{
        .label_a = options.a.label, .label_b = options.b.label, .pairs = options.pairs};
    RunsByTurns turns(options, stop);
    const double speed = options.speed > 0 ? options.speed : a.speed;
    const Result<void> done = run_all(turns, a, b, speed, stop, facts);
    if (!done.has_value() && !stop) {
        if (facts.runs.empty()) {
            std::error_code ignored;
            std::filesystem::remove_all(options.folder, ignored);
        }
        return done.error();
    }
    facts.interrupted = stop;
    TIDEMARK_RETURN_IF_ERROR(
        write_text(options.folder + "/" + comparison_file, nlohmann::json(facts).dump(2) + "\n"));
    return facts;
}

Result<ComparisonFacts> read_comparison_facts(const std::string& folder) {
    const std::string path = folder + "/" + comparison_file;
    TIDEMARK_ASSIGN_OR_RETURN(const std::string text, read_text(path));
    try {
        return nlohmann::json::parse(text).get<ComparisonFacts>();
    } catch (const nlohmann::json::exception& error) {
        return Error{ErrorKind::corrupt, fmt::format("'{}': {}", path, error.what())};
    }
}

}  // namespace tidemark::simulate
