#pragma once
// A simulation in a folder of its own: its plan, its run and its private servers.

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "support/process.h"
#include "support/simulation_folder.h"
#include "support/temporary_directory.h"

namespace tidemark::test {

using Json = nlohmann::json;

// What a busy machine may take for a run of a few seconds.
constexpr std::chrono::minutes patience{8};

// A plan's run in a folder of its own.
class Simulation : public testing::Test {
 protected:
    void SetUp() override {
        if (!has_postgres_programs()) {
            GTEST_SKIP() << "no PostgreSQL server is installed: tools/install_packages test";
        }
    }

    [[nodiscard]] std::filesystem::path servers() const { return folder_.servers(); }
    [[nodiscard]] std::filesystem::path out() const { return folder_.out(); }

    [[nodiscard]] ProcessStart start(const std::string& plan,
                                     const std::vector<std::string>& more = {}) const {
        std::vector<std::string> arguments = {"run", folder_.write("plan.toml", plan)};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return folder_.start(TIDEMARK_BINARY, arguments);
    }
    [[nodiscard]] ProcessEnd run(const std::string& plan,
                                 const std::vector<std::string>& more = {}) const {
        Process process(start(plan, more));
        return process.finish(patience);
    }

    [[nodiscard]] Json report() const {
        return Json::parse(read_file(out() / "report.json"), nullptr, false);
    }

    [[nodiscard]] std::vector<Json> events(const std::string& kind) const {
        std::vector<Json> found;
        std::ifstream stream(out() / "events.ndjson");
        for (std::string line; std::getline(stream, line);) {
            Json event = Json::parse(line);
            if (event.at("kind") == kind) {
                found.push_back(event);
            }
        }
        return found;
    }

    void expect_nothing_left() const {
        EXPECT_TRUE(std::filesystem::is_empty(servers()));
        const ProcessEnd found = run_process(
            {.command = {"/bin/sh",
                         "-c",
                         "ps -eo args | grep -F '" + servers().string() + "' | grep -vc grep"}});
        EXPECT_EQ(found.output, "0\n");
    }

    // planned = committed + failed + skipped + unresolved, of every writer.
    static void expect_identity(const Json& report) {
        for (const Json& writer : report.at("writers")) {
            const Json& counts = writer.at("transactions");
            EXPECT_EQ(counts.at("planned").get<int>(),
                      counts.at("committed").get<int>() + counts.at("failed").get<int>() +
                          counts.at("skipped").get<int>() + counts.at("unresolved").get<int>())
                << writer.dump();
        }
    }

    SimulationFolder folder_;
};

}  // namespace tidemark::test
