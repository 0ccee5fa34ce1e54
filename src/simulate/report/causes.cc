#include "simulate/report/causes.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

namespace tidemark::simulate {

namespace {

// At least half of the late ones, and clearly more often than by chance.
constexpr double share_least = 0.5;
constexpr double lift_least = 1.3;

struct Candidate {
    std::string name;
    std::vector<Stretch> stretches;
    bool fault = false;  // what was done on purpose explains what it brings about: waits, batches
};

Candidate from_points(const Figures& figures,
                      std::string name,
                      std::int64_t DatabasePoint::*counted) {
    Candidate candidate{.name = std::move(name), .stretches = {}};
    std::int64_t before_us = 0;
    for (const DatabasePoint& point : figures.database.points) {
        if (point.*counted > 0) {
            candidate.stretches.push_back({before_us, point.at_us});
        }
        before_us = point.at_us;
    }
    return candidate;
}

std::vector<Candidate> candidates_of(const Figures& figures, const WriterFigures& writer) {
    std::vector<Candidate> candidates;
    for (const RunEvent& event : figures.events) {
        std::string name = event.kind == "checkpoint" ? event.kind : "fault " + event.kind;
        name += event.subject.empty() ? "" : " of " + event.subject;
        auto found = std::ranges::find(candidates, name, &Candidate::name);
        if (found == candidates.end()) {
            candidates.push_back(
                {.name = name, .stretches = {}, .fault = event.kind != "checkpoint"});
            found = candidates.end() - 1;
        }
        // What follows a fault at once belongs to it.
        constexpr std::int64_t aftermath_us = 1'000'000;
        const std::int64_t after_us = event.kind == "checkpoint" ? 0 : aftermath_us;
        found->stretches.push_back({event.at_us, event.until_us + after_us});
    }
    candidates.push_back(from_points(figures, "checkpoint", &DatabasePoint::checkpoints));
    candidates.push_back(from_points(figures, "autovacuum", &DatabasePoint::vacuums_running));
    candidates.push_back(
        from_points(figures, "waiting for locks", &DatabasePoint::waiting_for_locks));
    for (const WriterFigures& other : figures.writers) {
        if (other.name != writer.name && !other.busy.empty()) {
            candidates.push_back(
                {.name = fmt::format("batches of {}", other.name), .stretches = other.busy});
        }
    }
    for (Candidate& candidate : candidates) {
        std::ranges::sort(candidate.stretches, {}, &Stretch::begin_us);
    }
    return candidates;
}

bool overlaps(const Transaction& transaction, const std::vector<Stretch>& stretches) {
    return std::ranges::any_of(stretches, [&transaction](const Stretch& stretch) {
        return stretch.begin_us <= transaction.ended_us && transaction.planned_us <= stretch.end_us;
    });
}

}  // namespace

std::string cause_of_lateness(const Figures& figures,
                              const WriterFigures& writer,
                              std::int64_t late_us) {
    const auto is_late = [late_us](const Transaction& transaction) {
        return !transaction.committed || transaction.ended_us - transaction.planned_us > late_us;
    };
    const auto late = static_cast<double>(std::ranges::count_if(writer.transactions, is_late));
    if (late == 0) {
        return "";
    }
    std::string best;
    double best_lift = lift_least;
    bool best_is_fault = false;
    for (const Candidate& candidate : candidates_of(figures, writer)) {
        double late_within = 0;
        double all_within = 0;
        for (const Transaction& transaction : writer.transactions) {
            if (overlaps(transaction, candidate.stretches)) {
                late_within += is_late(transaction) ? 1 : 0;
                all_within += 1;
            }
        }
        const double share = late_within / late;
        const double share_of_all = all_within / static_cast<double>(writer.transactions.size());
        const double lift = share_of_all > 0 ? share / share_of_all : 0;
        const bool explains = share >= share_least && lift > lift_least;
        if (explains && (candidate.fault > best_is_fault ||
                         (candidate.fault == best_is_fault && lift > best_lift))) {
            best_lift = lift;
            best_is_fault = candidate.fault;
            best = fmt::format("{}: {:.0f} % of the late ones overlap it, {:.0f} % of all",
                               candidate.name,
                               share * 100,
                               share_of_all * 100);
        }
    }
    return best.empty() ? "nothing that was watched stands out: the load itself" : best;
}

}  // namespace tidemark::simulate
