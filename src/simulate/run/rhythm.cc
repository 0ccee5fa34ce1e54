#include "simulate/run/rhythm.h"

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include <fmt/format.h>

namespace tidemark::simulate {

namespace {

// PostgreSQL's own defaults and least values, seconds.
constexpr double checkpoint_timeout_s = 300;
constexpr double checkpoint_timeout_least_s = 30;
constexpr double naptime_s = 60;

// A span as PostgreSQL's settings have it: a bare number is seconds.
double seconds_of(const std::string& setting) {
    char* unit = nullptr;
    const double number = std::strtod(setting.c_str(), &unit);
    static const std::map<std::string_view, double> units = {
        {"ms", 0.001}, {"", 1}, {"s", 1}, {"min", 60}, {"h", 3600}, {"d", 86400}};
    const auto found = units.find(unit);
    return found == units.end() ? number : number * found->second;
}

}  // namespace

Rhythm rhythm_of(const Plan& plan, double speed) {
    Rhythm rhythm{.settings = plan.target.settings};
    const auto seconds = [&plan](const char* name, double otherwise) {
        const auto found = plan.target.settings.find(name);
        return found == plan.target.settings.end() ? otherwise : seconds_of(found->second);
    };
    const double timeout_s = seconds("checkpoint_timeout", checkpoint_timeout_s) / speed;
    if (timeout_s < checkpoint_timeout_least_s) {
        rhythm.checkpoint_every_us = static_cast<std::int64_t>(timeout_s * 1e6);
        rhythm.settings["checkpoint_timeout"] = "1d";
    } else {
        rhythm.settings["checkpoint_timeout"] = fmt::format("{:.0f}s", timeout_s);
    }
    rhythm.settings["autovacuum_naptime"] =
        fmt::format("{:.0f}s", std::max(1.0, seconds("autovacuum_naptime", naptime_s) / speed));
    return rhythm;
}

}  // namespace tidemark::simulate
