// Traps of schemas and of measurements: each is found in the plan that has it, and not in the plan
// beside it that differs in this alone.

#include <filesystem>
#include <string>

#include "simulation.h"

namespace tidemark::test {
namespace {

struct Trap {
    const char* name;  // of its plan below traps/; the clean one ends in _clean
    const char* objective;
    const char* standing;
    const char* cause;  // words of it
};

constexpr Trap traps[] = {
    {"key_order",
     "full-page images in the WAL",
     "at risk",
     "index t_pkey of public.t begins with site_id"},
    {"counter_index", "HOT updates", "at risk", "index t_value has column value"},
    {"row_order", "deadlocks", "broken", "lock the same rows in different orders"},
    {"sequence", "sequence lasts", "broken", "exhausted on 20"},
};

class TrappedSimulation : public Simulation {
 protected:
    [[nodiscard]] Json report_on(const std::string& plan) {
        const auto file = std::filesystem::path(TIDEMARK_SOURCE_DIR) / "tests/simulations/traps" /
                          (plan + ".toml");
        const ProcessEnd end = run(read_file(file));
        EXPECT_TRUE(std::filesystem::exists(out() / "report.json")) << end.to_string();
        return report();
    }

    static Json finding(const Json& report, const std::string& objective) {
        for (const Json& found : report.at("findings")) {
            if (found.at("objective") == objective) {
                return found;
            }
        }
        return {};
    }
};

class SchemaTrap : public TrappedSimulation, public testing::WithParamInterface<Trap> {};

TEST_P(SchemaTrap, is_found) {
    const Trap& trap = GetParam();
    const Json found = finding(report_on(trap.name), trap.objective);
    ASSERT_FALSE(found.is_null());
    EXPECT_EQ(found.at("standing"), trap.standing) << found.dump(2);
    EXPECT_NE(found.at("cause").get<std::string>().find(trap.cause), std::string::npos)
        << found.dump(2);
}

TEST_P(SchemaTrap, is_not_found_where_it_is_not) {
    const Trap& trap = GetParam();
    const Json found = finding(report_on(std::string(trap.name) + "_clean"), trap.objective);
    ASSERT_FALSE(found.is_null());
    EXPECT_EQ(found.at("standing"), "held") << found.dump(2);
}

INSTANTIATE_TEST_SUITE_P(Cases, SchemaTrap, testing::ValuesIn(traps), [](const auto& test) {
    return std::string(test.param.name);
});

TEST_F(TrappedSimulation, a_generator_that_is_too_slow_makes_the_measurement_invalid) {
    const Json found = report_on("slow_generator");
    EXPECT_EQ(found.at("verdict"), "invalid");
    EXPECT_NE(found.at("invalid_for").dump().find("generator"), std::string::npos);
}

TEST_F(TrappedSimulation, a_generator_that_keeps_up_does_not) {
    const Json found = report_on("slow_generator_clean");
    EXPECT_EQ(found.at("invalid_for"), Json::array());
}

}  // namespace
}  // namespace tidemark::test
