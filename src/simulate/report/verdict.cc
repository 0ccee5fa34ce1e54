#include "simulate/report/verdict.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include <fmt/format.h>

#include "simulate/plan/duration_text.h"
#include "simulate/plan/trace.h"
#include "simulate/report/causes.h"
#include "simulate/report/schema_causes.h"

namespace tidemark::simulate {

namespace {

constexpr double close_to_limit = 0.8;
constexpr double own_share_max = 0.05;  // of the objective: what the generator may add itself
constexpr std::uint64_t own_count_least = 20;
constexpr std::int64_t updates_that_matter = 1000;

std::string share_text(double share) {
    return fmt::format("{:.3g} %", share * 100);
}

std::string milliseconds(std::int64_t us) {
    constexpr std::int64_t ten_seconds_us = 10'000'000;
    return us < ten_seconds_us ? fmt::format("{:.4g} ms", static_cast<double>(us) / 1000)
                               : fmt::format("{:.4g} s", static_cast<double>(us) / 1e6);
}

// A share against its limit, with its bound in words.
ObjectiveFinding share_finding(std::string subject,
                               std::string objective,
                               std::uint64_t hits,
                               std::uint64_t count,
                               double limit) {
    ObjectiveFinding finding{.subject = std::move(subject), .objective = std::move(objective)};
    const double share = count == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(count);
    finding.limit = "<= " + share_text(limit);
    finding.figure = fmt::format("{} ({} of {})", share_text(share), hits, count);
    finding.standing = standing_of(hits, count, limit);
    finding.bound = "<= " + share_text(upper_bound(hits, count));
    if (finding.standing == Standing::unproven && limit > 0) {
        finding.bound += fmt::format("; {:.0f} clean ones would prove it", std::ceil(3 / limit));
    }
    return finding;
}

void judge_writer(const Figures& figures, std::size_t place, Verdict& verdict) {
    const WriterFigures& writer = figures.writers[place];
    const WriterObjectives& objectives = figures.plan.writers[place].objectives;
    const std::uint64_t lost =
        writer.judged.failed + writer.judged.skipped + writer.judged.unresolved;
    // p99 <= limit says that at most 1 % is above it; what never committed is above every limit.
    ObjectiveFinding p99 = share_finding(
        writer.name, "p99 response", writer.judged_late + lost, writer.judged.planned, 0.01);
    p99.limit = "<= " + duration_text(objectives.p99);
    p99.figure = fmt::format(
        "{}; {} later or lost", milliseconds(writer.response.at_share(0.99)), p99.figure);
    p99.bound = fmt::format("later or lost {}", p99.bound);
    ObjectiveFinding misses = share_finding(writer.name,
                                            "deadline misses",
                                            writer.runs_missed,
                                            writer.runs,
                                            objectives.deadline_miss_share);
    ObjectiveFinding errors = share_finding(writer.name,
                                            "errors",
                                            writer.judged.failed + writer.judged.unresolved,
                                            writer.judged.planned,
                                            objectives.error_share);
    const auto deadline_us = static_cast<std::int64_t>(
        static_cast<double>(figures.plan.writers[place].deadline.count()) / figures.facts.speed);
    for (const auto& [finding, late_us] : {std::pair{&p99, std::int64_t{objectives.p99.count()}},
                                           {&misses, deadline_us},
                                           {&errors, INT64_MAX}}) {
        if (finding->standing == Standing::broken || finding->standing == Standing::at_risk) {
            finding->cause = cause_of_lateness(figures, writer, late_us);
        }
        verdict.findings.push_back(std::move(*finding));
    }
    const std::int64_t own_us = writer.own.at_share(0.99);
    const auto own_max_us =
        static_cast<std::int64_t>(static_cast<double>(objectives.p99.count()) * own_share_max);
    if (writer.own.count() >= own_count_least && own_us > own_max_us) {
        verdict.invalid_for.push_back(fmt::format(
            "the generator itself cost writer '{}' {} at p99, more than 5 % of its objective {}: "
            "give "
            "it more connections or instances, larger transactions, or a faster machine",
            writer.name,
            milliseconds(own_us),
            duration_text(objectives.p99)));
    }
}

// A figure that must not be above its limit.
ObjectiveFinding limit_finding(std::string subject,
                               std::string objective,
                               double value,
                               double limit,
                               std::string figure,
                               std::string limit_text) {
    ObjectiveFinding finding{.subject = std::move(subject), .objective = std::move(objective)};
    finding.figure = std::move(figure);
    finding.limit = "<= " + limit_text;
    if (value > limit) {
        finding.standing = Standing::broken;
    } else if (limit > 0 && value > limit * close_to_limit) {
        finding.standing = Standing::at_risk;
    }
    return finding;
}

void judge_tables(const Figures& figures, Verdict& verdict) {
    const DatabaseObjectives& objectives = figures.plan.objectives;
    for (const TableFigures& table : figures.database.tables) {
        if (table.inserted + table.updated + table.removed == 0) {
            continue;
        }
        verdict.findings.push_back(limit_finding(table.name,
                                                 "dead tuples",
                                                 table.dead_share_max,
                                                 objectives.dead_tuple_share,
                                                 share_text(table.dead_share_max) + " at most",
                                                 share_text(objectives.dead_tuple_share)));
        if (table.updated < updates_that_matter) {
            continue;
        }
        const double hot =
            static_cast<double>(table.hot_updated) / static_cast<double>(table.updated);
        ObjectiveFinding finding{.subject = table.name,
                                 .objective = "HOT updates",
                                 .limit = ">= " + share_text(objectives.hot_share),
                                 .figure = fmt::format("{} of {}", share_text(hot), table.updated)};
        if (hot < objectives.hot_share) {
            // It costs WAL and vacuums, which have objectives of their own; by itself it only
            // warns.
            finding.standing = Standing::at_risk;
            finding.cause = cause_of_cold_updates(figures, table.name, hot);
        }
        verdict.findings.push_back(std::move(finding));
    }
}

void judge_database(const Figures& figures, Verdict& verdict) {
    const DatabaseFigures& database = figures.database;
    const DatabaseObjectives& objectives = figures.plan.objectives;
    if (database.points.empty()) {
        verdict.remarks.emplace_back(
            "the server's statistics were not sampled often enough to judge");
        return;
    }
    const double days = figures.simulated_s / 86400;
    // A day of so many times the load writes so many times the WAL.
    const double wal_per_day =
        days > 0 ? static_cast<double>(database.wal_bytes) / days * figures.facts.multiple : 0;
    verdict.findings.push_back(
        limit_finding("database",
                      "WAL a day",
                      wal_per_day,
                      static_cast<double>(objectives.wal_bytes_per_day),
                      size_text(wal_per_day),
                      size_text(static_cast<double>(objectives.wal_bytes_per_day))));
    constexpr double page_bytes = 8192;
    const double images = std::min(1.0,
                                   static_cast<double>(database.full_page_images) * page_bytes /
                                       std::max(1.0, static_cast<double>(database.wal_bytes)));
    ObjectiveFinding full_pages = limit_finding("database",
                                                "full-page images in the WAL",
                                                images,
                                                objectives.full_page_image_share,
                                                "at most " + share_text(images),
                                                share_text(objectives.full_page_image_share));
    if (full_pages.standing == Standing::broken) {
        full_pages.standing = Standing::at_risk;  // a cost, which the WAL's objective judges
        full_pages.cause = cause_of_full_pages(figures);
    }
    verdict.findings.push_back(std::move(full_pages));
    const double waits = database.sessions_seen == 0
                             ? 0
                             : static_cast<double>(database.lock_waits_seen) /
                                   static_cast<double>(database.sessions_seen);
    ObjectiveFinding locks = limit_finding("database",
                                           "waits for locks",
                                           waits,
                                           objectives.lock_wait_share,
                                           share_text(waits),
                                           share_text(objectives.lock_wait_share));
    const auto most = std::ranges::max_element(
        database.blocked, {}, [](const auto& entry) { return entry.second; });
    if (locks.standing != Standing::held && most != database.blocked.end()) {
        locks.cause = fmt::format("{}, seen {} times", most->first, most->second);
    }
    verdict.findings.push_back(std::move(locks));
    verdict.findings.push_back(limit_finding("database",
                                             "deadlocks",
                                             static_cast<double>(database.deadlocks),
                                             static_cast<double>(objectives.deadlocks),
                                             std::to_string(database.deadlocks),
                                             std::to_string(objectives.deadlocks)));
    if (verdict.findings.back().standing == Standing::broken) {
        verdict.findings.back().cause = "transactions lock the same rows in different orders";
    }
}

void judge_ledger(const Figures& figures, Verdict& verdict) {
    std::map<std::string, std::uint64_t> counts = {
        {"doubled", 0}, {"lost", 0}, {"partial", 0}, {"unresolved", 0}};
    for (const LedgerFinding& finding : figures.facts.findings) {
        ++counts[finding.kind];
    }
    for (const auto& [kind, times] : counts) {
        ObjectiveFinding finding{.subject = "ledger",
                                 .objective = kind,
                                 .limit = "<= 0",
                                 .figure = std::to_string(times)};
        finding.standing = times > 0 ? Standing::broken : Standing::held;
        if (kind == "doubled" && times > 0) {
            finding.cause =
                "transactions were done again after a COMMIT without an answer; "
                "ambiguous = \"resolve\", or statements that may be repeated";
        }
        verdict.findings.push_back(std::move(finding));
    }
}

// A sequence that runs out is found by its rate, long before its table is large.
void judge_sequences(const Figures& figures, Verdict& verdict) {
    constexpr double years_least = 10;
    constexpr double years_broken = 2;
    constexpr double days_a_year = 365.25;
    for (const SequenceFact& sequence : figures.facts.sequences) {
        const std::int64_t taken = sequence.last - sequence.first;
        if (taken < updates_that_matter || figures.simulated_s <= 0) {
            continue;
        }
        const double days = static_cast<double>(sequence.limit - sequence.last) /
                            static_cast<double>(taken) * figures.simulated_s / 86400 /
                            figures.facts.multiple;
        const double years = days / days_a_year;
        ObjectiveFinding finding{
            .subject = sequence.name,
            .objective = "sequence lasts",
            .limit = fmt::format(">= {:.0f} years", years_least),
            .figure = years > 1000 ? "more than 1000 years" : fmt::format("{:.2f} years", years)};
        if (years < years_least) {
            finding.standing = years < years_broken ? Standing::broken : Standing::at_risk;
            finding.cause = fmt::format(
                "{} numbers in {:.0f} simulated seconds, of at most {}: exhausted on {}, after "
                "{:.0f} days; an upsert takes one a row even where it only updates",
                taken,
                figures.simulated_s,
                sequence.limit,
                instant_text(figures.plan.start + std::chrono::hours(std::llround(days * 24)))
                    .substr(0, 10),
                days);
        }
        verdict.findings.push_back(std::move(finding));
    }
}

void add_remarks(const Figures& figures, Verdict& verdict) {
    const DatabaseFigures& database = figures.database;
    const std::int64_t checkpoints = database.checkpoints_timed + database.checkpoints_requested;
    const double compression = figures.facts.speed / figures.facts.multiple;
    if (figures.facts.multiple != 1) {
        verdict.remarks.push_back(
            fmt::format("this is {:.3g} times the plan's load", figures.facts.multiple));
    }
    if (compression != 1) {
        std::int64_t vacuums = 0;
        for (const TableFigures& table : database.tables) {
            vacuums += table.vacuums;
        }
        verdict.remarks.push_back(fmt::format(
            "time was compressed {:g} times: what failed here bounds what fails in real time, and "
            "what held is as much as held under more load",
            compression));
        if (checkpoints < 3 || vacuums < 1) {
            verdict.remarks.push_back(fmt::format(
                "not representative: {} checkpoints (at least 3) and {} autovacuums (at "
                "least 1) happened; run for longer",
                checkpoints,
                vacuums));
        }
    }
    if (figures.facts.own_checkpoints > 0) {
        verdict.remarks.push_back(
            fmt::format("{} checkpoints were asked for by the simulator: at this speed they come "
                        "more often than the server's least checkpoint_timeout",
                        figures.facts.own_checkpoints));
    }
    for (const WriterEnd& writer : figures.facts.writers) {
        if (writer.restarts > 0) {
            verdict.remarks.push_back(fmt::format(
                "writer '{}' died and was started again {} times", writer.writer, writer.restarts));
        }
    }
}

void decide(Verdict& verdict) {
    const auto name = [](const ObjectiveFinding& finding) {
        return fmt::format("{}: {} {} (objective {})",
                           finding.subject,
                           finding.objective,
                           finding.figure,
                           finding.limit);
    };
    for (const auto& [standing, kind] : {std::pair{Standing::broken, VerdictKind::not_adequate},
                                         {Standing::at_risk, VerdictKind::at_risk}}) {
        const auto first =
            std::ranges::find(verdict.findings, standing, &ObjectiveFinding::standing);
        if (first != verdict.findings.end()) {
            verdict.kind = kind;
            verdict.first_limit = name(*first);
            verdict.first_limit += first->cause.empty() ? "" : "; " + first->cause;
            break;
        }
    }
    if (!verdict.invalid_for.empty()) {
        verdict.kind = VerdictKind::invalid;  // what was found may be the measurement's own doing
    }
}

}  // namespace

double upper_bound(std::uint64_t hits, std::uint64_t count) {
    if (count == 0) {
        return 1;
    }
    const auto n = static_cast<double>(count);
    if (hits == 0) {
        return std::min(1.0, 3 / n);
    }
    constexpr double z = 1.6448536269514722;  // one-sided, 95 %
    const double share = static_cast<double>(hits) / n;
    const double centre = share + z * z / (2 * n);
    const double width = z * std::sqrt(share * (1 - share) / n + z * z / (4 * n * n));
    return std::min(1.0, (centre + width) / (1 + z * z / n));
}

Standing standing_of(std::uint64_t hits, std::uint64_t count, double limit) {
    const double share = count == 0 ? 0 : static_cast<double>(hits) / static_cast<double>(count);
    if (share > limit) {
        return Standing::broken;
    }
    if (upper_bound(hits, count) <= limit) {
        return Standing::held;
    }
    return hits == 0 ? Standing::unproven : Standing::at_risk;
}

std::string_view to_string(Standing standing) {
    switch (standing) {
        case Standing::held:
            return "held";
        case Standing::unproven:
            return "unproven";
        case Standing::at_risk:
            return "at risk";
        case Standing::broken:
            return "broken";
    }
    return "unknown";
}

std::string_view to_string(VerdictKind kind) {
    switch (kind) {
        case VerdictKind::adequate:
            return "adequate";
        case VerdictKind::at_risk:
            return "at risk";
        case VerdictKind::not_adequate:
            return "not adequate";
        case VerdictKind::invalid:
            return "invalid";
    }
    return "unknown";
}

Verdict judge(const Figures& figures) {
    Verdict verdict;
    if (figures.facts.interrupted) {
        verdict.invalid_for.push_back(
            fmt::format("the run was interrupted after {:.0f} of {:.0f} simulated seconds",
                        figures.simulated_s,
                        static_cast<double>(figures.plan.duration.count()) / 1e6));
    }
    for (std::size_t place = 0; place < figures.writers.size(); ++place) {
        judge_writer(figures, place, verdict);
    }
    judge_ledger(figures, verdict);
    judge_database(figures, verdict);
    judge_tables(figures, verdict);
    judge_sequences(figures, verdict);
    // What decides comes first; writers stay in the plan's order.
    std::ranges::stable_sort(verdict.findings, std::greater{}, [](const ObjectiveFinding& finding) {
        return static_cast<int>(finding.standing);
    });
    add_remarks(figures, verdict);
    decide(verdict);
    return verdict;
}

}  // namespace tidemark::simulate
