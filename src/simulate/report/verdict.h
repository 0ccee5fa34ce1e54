#pragma once
// Verdict: adequate, at risk, not adequate, or invalid, with the figure and the bound behind each
// objective, and the first limit by name.
//
// A share of k out of n is judged by itself and by its upper bound at 95 %: Wilson's (1927), and
// 3/n where k is 0 (the rule of three). A clean run that is too short to prove an objective is not
// held against the schema; it says so.

#include <cstdint>
#include <string>
#include <vector>

#include "simulate/report/figures.h"

namespace tidemark::simulate {

enum class Standing {
    // From the best to the worst.
    held,      // the bound is within the objective
    unproven,  // nothing spoke against it, in too few cases
    at_risk,   // held by the figure, not by its bound; or close to the limit
    broken,
};

struct ObjectiveFinding {
    std::string subject{};    // a writer's name, "database", a table, "ledger"
    std::string objective{};  // "p99 response", "WAL a day" ...
    std::string limit{};
    std::string figure{};
    std::string bound{};  // what is certain at 95 %; empty for what is counted
    Standing standing = Standing::held;
    std::string cause{};  // of what is broken or at risk
};

enum class VerdictKind { adequate, at_risk, not_adequate, invalid };

struct Verdict {
    VerdictKind kind = VerdictKind::adequate;
    std::string first_limit{};                 // the finding that decided; empty when adequate
    std::vector<std::string> invalid_for{};    // why nothing can be said
    std::vector<std::string> remarks{};        // what a reader must know beside the verdict
    std::vector<ObjectiveFinding> findings{};  // the worst first
};

Verdict judge(const Figures& figures);

// The upper bound at 95 % of a share of which `hits` of `count` were seen; 1 for a count of 0.
double upper_bound(std::uint64_t hits, std::uint64_t count);

// How a share stands against its limit.
Standing standing_of(std::uint64_t hits, std::uint64_t count, double limit);

std::string_view to_string(Standing standing);
std::string_view to_string(VerdictKind kind);

}  // namespace tidemark::simulate
