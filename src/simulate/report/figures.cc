#include "simulate/report/figures.h"

#include <algorithm>

#include <fmt/format.h>

#include "simulate/plan/multiple.h"
#include "simulate/plan/plan_reader.h"
#include "simulate/plan/schedule.h"

namespace tidemark::simulate {

namespace {

constexpr std::int64_t cells_wanted = 120;
constexpr double second_us = 1e6;

std::int64_t machine_us(const Figures& figures, Micros simulated) {
    return static_cast<std::int64_t>(static_cast<double>(simulated.count()) / figures.facts.speed);
}

bool is_batch(WriterKind kind) {
    return kind == WriterKind::batch || kind == WriterKind::copy;
}

// Whether an answer was owed within the run: an interrupted one owes none to what would have had
// time until after it.
bool is_owed(const Figures& figures, std::int64_t planned_us, std::int64_t patience_us) {
    return !figures.facts.interrupted || planned_us + patience_us <= figures.facts.ended_us;
}

// What one instance did, while it is being counted.
struct InstanceView {
    const Writer& writer;
    const Schedule& schedule;
    const std::vector<Outcome>& outcomes;
};

bool is_judged(const Figures& figures, const InstanceView& view, std::uint32_t place) {
    const Micros planned(view.schedule.operations[place].planned_us);
    return planned >= figures.plan.warm_up &&
           is_owed(figures, machine_us(figures, planned), view.writer.objectives.p99.count());
}

bool is_judged(const Figures& figures, const InstanceView& view, const PlannedRun& run) {
    const Micros planned(run.planned_us);
    const std::int64_t deadline_us = machine_us(figures, view.writer.deadline);
    return planned >= figures.plan.warm_up &&
           is_owed(figures, machine_us(figures, planned), deadline_us) &&
           (run.operations == 0 ||
            is_judged(figures, view, run.first_operation + run.operations - 1));
}

void add_transaction(const Figures& figures,
                     const InstanceView& view,
                     std::uint32_t place,
                     WriterFigures& writer) {
    const Outcome& outcome = view.outcomes[place];
    add(writer.counts, outcome.kind);
    const std::int64_t planned_us =
        machine_us(figures, Micros(view.schedule.operations[place].planned_us));
    const bool committed = outcome.kind == OutcomeKind::committed;
    const std::int64_t ended_us =
        committed ? outcome.last.committed_us : std::max(figures.facts.ended_us, planned_us);
    const std::int64_t response_us = ended_us - planned_us;
    const bool late = !committed || response_us > view.writer.objectives.p99.count();
    const auto cell_at = [&](std::int64_t at_us) {
        const auto last = static_cast<std::int64_t>(writer.cells.size()) - 1;
        return static_cast<std::size_t>(std::clamp<std::int64_t>(at_us / figures.cell_us, 0, last));
    };
    TimeCell& cell = writer.cells[cell_at(planned_us)];
    ++cell.planned;
    const bool ended = committed || outcome.kind == OutcomeKind::failed;
    const std::size_t end_cell =
        ended ? cell_at(std::max(outcome.last.committed_us, planned_us)) : writer.cells.size();
    for (std::size_t between = cell_at(planned_us); between < end_cell; ++between) {
        ++writer.cells[between].backlog;
    }
    if (committed) {
        cell.response.add(response_us);
        ++writer.cells[cell_at(ended_us)].done;
        writer.rows += outcome.last.rows;
    }
    if (outcome.attempts > 1) {
        writer.retries += outcome.attempts - 1;
    }
    writer.never_begun += outcome.kind == OutcomeKind::skipped && outcome.attempts == 0 ? 1 : 0;
    if (!is_judged(figures, view, place)) {
        return;
    }
    add(writer.judged, outcome.kind);
    writer.judged_late += committed && late ? 1 : 0;
    writer.transactions.push_back(
        {.planned_us = planned_us, .ended_us = ended_us, .committed = committed});
    if (committed) {
        writer.response.add(response_us);
        writer.service.add(ended_us - outcome.last.dequeued_us);
        writer.wait.add(outcome.last.dequeued_us - planned_us);
        writer.own.add(outcome.last.own_us);
    }
}

void add_runs(const Figures& figures, const InstanceView& view, WriterFigures& writer) {
    const std::int64_t deadline_us = machine_us(figures, view.writer.deadline);
    for (const PlannedRun& run : view.schedule.runs) {
        const std::int64_t planned_us = machine_us(figures, Micros(run.planned_us));
        bool all_committed = true;
        bool begun = false;
        std::int64_t ended_us = planned_us;
        for (std::uint32_t place = 0; place < run.operations; ++place) {
            const Outcome& outcome = view.outcomes[run.first_operation + place];
            all_committed = all_committed && outcome.kind == OutcomeKind::committed;
            begun = begun || outcome.begun;
            ended_us = std::max(ended_us, outcome.last.committed_us);
        }
        if (begun && is_batch(view.writer.kind)) {
            writer.busy.push_back({planned_us, ended_us});
        }
        if (is_judged(figures, view, run)) {
            ++writer.runs;
            writer.runs_missed +=
                !all_committed || (deadline_us > 0 && ended_us - planned_us > deadline_us) ? 1 : 0;
        }
    }
}

Result<void> add_instance(const Figures& figures,
                          const RunFolder& folder,
                          const Writer& planned,
                          std::int64_t instance,
                          WriterFigures& writer) {
    TIDEMARK_ASSIGN_OR_RETURN(const Schedule schedule,
                              schedule_of(figures.plan, planned, instance));
    const std::vector<OperationRecord> records =
        read_ledger(folder.ledger_file(planned.name, instance));
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Outcome> outcomes,
                              outcomes_of(schedule.operations.size(), records));
    for (const OperationRecord& record : records) {
        if (record.kind == RecordKind::failed || record.kind == RecordKind::attempt_failed ||
            record.kind == RecordKind::ambiguous) {
            ++writer.states[record.state];
        }
    }
    const InstanceView view{planned, schedule, outcomes};
    for (std::uint32_t place = 0; place < outcomes.size(); ++place) {
        add_transaction(figures, view, place, writer);
    }
    add_runs(figures, view, writer);
    return {};
}

// A sum that fell was reset between the samples: then it says what came since.
std::int64_t delta(std::int64_t before, std::int64_t after) {
    return after >= before ? after - before : after;
}

std::int64_t sum_of(const Sample& sample, const std::string& name) {
    const auto found = sample.sums.find(name);
    return found == sample.sums.end() ? 0 : found->second;
}

void add_tables(const Sample& before,
                const Sample& after,
                std::map<std::string, TableFigures>& tables,
                DatabasePoint& point) {
    for (const auto& [name, now] : after.tables) {
        const auto found = before.tables.find(name);
        const TableSample then = found == before.tables.end() ? TableSample{} : found->second;
        TableFigures& table = tables[name];
        table.name = name;
        table.inserted += delta(then.inserted, now.inserted);
        table.updated += delta(then.updated, now.updated);
        table.hot_updated += delta(then.hot_updated, now.hot_updated);
        table.removed += delta(then.removed, now.removed);
        table.vacuums += delta(then.vacuums, now.vacuums);
        // A table of a few rows is mostly dead after a few updates, and nobody minds.
        constexpr std::int64_t rows_that_matter = 1000;
        if (now.live + now.dead >= rows_that_matter) {
            table.dead_share_max =
                std::max(table.dead_share_max,
                         static_cast<double>(now.dead) / static_cast<double>(now.live + now.dead));
        }
        point.dead += now.dead;
    }
}

DatabaseFigures database_of(const std::vector<Sample>& samples) {
    DatabaseFigures figures;
    std::map<std::string, TableFigures> tables;
    for (std::size_t place = 1; place < samples.size(); ++place) {
        const Sample& before = samples[place - 1];
        const Sample& after = samples[place];
        const auto of = [&](const char* name) {
            return delta(sum_of(before, name), sum_of(after, name));
        };
        const double seconds =
            std::max(static_cast<double>(after.at_us - before.at_us) / second_us, 0.001);
        const std::int64_t checkpoints = of("checkpoints_timed") + of("checkpoints_requested");
        DatabasePoint point{
            .at_us = after.at_us,
            .wal_bytes_per_second = static_cast<double>(of("wal_position")) / seconds,
            .transactions_per_second = static_cast<double>(of("commits")) / seconds,
            .active = after.sessions_active,
            .vacuums_running = after.vacuums_running,
            .checkpoints = checkpoints};
        figures.wal_bytes += of("wal_position");
        figures.full_page_images += of("wal_full_page_images");
        figures.checkpoints_timed += of("checkpoints_timed");
        figures.checkpoints_requested += of("checkpoints_requested");
        figures.deadlocks += of("deadlocks");
        figures.rollbacks += of("rollbacks");
        figures.temp_bytes += of("temp_bytes");
        figures.sessions_seen += after.sessions_active;
        for (const auto& [kind, sessions] : after.waiting) {
            figures.waits[kind] += sessions;
        }
        for (const auto& [who, times] : after.blocked) {
            figures.blocked[who] += times;
        }
        const auto locks = after.waiting.find("Lock");
        point.waiting_for_locks = locks == after.waiting.end() ? 0 : locks->second;
        figures.lock_waits_seen += point.waiting_for_locks;
        add_tables(before, after, tables, point);
        figures.points.push_back(point);
    }
    for (auto& [name, table] : tables) {
        figures.tables.push_back(std::move(table));
    }
    return figures;
}

}  // namespace

Result<Figures> read_figures(const std::string& path) {
    TIDEMARK_ASSIGN_OR_RETURN(const RunFolder folder, RunFolder::open(path));
    Figures figures;
    TIDEMARK_ASSIGN_OR_RETURN(figures.facts, folder.read_facts());
    TIDEMARK_ASSIGN_OR_RETURN(Plan plan, load_plan(folder.plan_file(figures.facts.plan_file)));
    figures.plan = at_multiple(std::move(plan), figures.facts.multiple);
    TIDEMARK_ASSIGN_OR_RETURN(figures.events, folder.read_events());
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Sample> samples, folder.read_samples());
    const std::int64_t duration_us = machine_us(figures, figures.plan.duration);
    const std::int64_t length_us = std::max(duration_us, figures.facts.ended_us) + 1;
    figures.cell_us = std::max<std::int64_t>(length_us / cells_wanted + 1, 1);
    // A run that came to its end has had all of its load, however early the last of it was done.
    const std::int64_t loaded_us =
        figures.facts.interrupted ? std::min(figures.facts.ended_us, duration_us) : duration_us;
    figures.simulated_s = static_cast<double>(loaded_us) * figures.facts.speed / second_us;
    for (const Writer& planned : figures.plan.writers) {
        WriterFigures writer{.name = planned.name, .kind = planned.kind};
        writer.cells.resize(static_cast<std::size_t>(length_us / figures.cell_us + 1));
        for (std::int64_t instance = 0; instance < planned.instances; ++instance) {
            TIDEMARK_RETURN_IF_ERROR(add_instance(figures, folder, planned, instance, writer));
        }
        figures.writers.push_back(std::move(writer));
    }
    figures.database = database_of(samples);
    return figures;
}

}  // namespace tidemark::simulate
