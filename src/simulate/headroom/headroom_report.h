#pragma once
// What the folder of a search for headroom says: "holds 3.4 times the forecast; first to break
// ...".

#include <string>
#include <vector>

#include "base/result.h"
#include "simulate/headroom/headroom_run.h"
#include "simulate/report/verdict.h"

namespace tidemark::simulate {

inline constexpr int headroom_schema_version = 1;

// A step and what was seen in it.
struct StepFigures {
    HeadroomStep step{};
    double rows_per_second = 0;
    double wal_bytes_per_second = 0;
    std::string nearest{};      // the writer that came nearest to its objective
    double nearest_share = 0;   // its p99 response by its objective
    std::string first_limit{};  // empty where it held
};

// 2 times the forecast are adequate, from 1.2 times on it is at risk.
inline constexpr double headroom_adequate = 2;
inline constexpr double headroom_least = 1.2;

struct Headroom {
    HeadroomFacts facts{};
    HeadroomBracket bracket{};
    std::vector<StepFigures> steps{};
    VerdictKind kind = VerdictKind::invalid;
    std::string headline{};     // "holds 3.4 times the forecast ..."
    std::string first_limit{};  // what breaks above it; empty when nothing did
    std::vector<std::string> remarks{};
};

// Without the steps' figures: what follows from the facts and the limit of the smallest multiple
// that was not held.
Headroom conclude(HeadroomFacts facts, std::string first_limit);

// Fails as read_headroom_facts and read_figures do.
Result<Headroom> read_headroom(const std::string& folder);

struct WrittenHeadroom {
    std::string text;
    std::string json;
    std::string html_file;
    VerdictKind kind = VerdictKind::invalid;
};

// Reads the folder and writes report.html and report.json into it: the same bytes each time.
Result<WrittenHeadroom> write_headroom_reports(const std::string& folder);

}  // namespace tidemark::simulate
