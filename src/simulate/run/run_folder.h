#pragma once
// The folder that a run leaves, from which every report is made, offline and always the same:
//
//     plan/...             the plan's file and the files that it names, as they were
//     ledger/NAME-0.bin    what the instance 0 of writer NAME did (operation_record.h)
//     samples.ndjson       the server's statistics, a sample a line (database_sampler.h)
//     events.ndjson        checkpoints that were asked for, faults, deaths of writers
//     run.json             when, where and how; written last: a folder without it was cut off

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "simulate/plan/plan.h"
#include "simulate/run/database_sampler.h"

namespace tidemark::simulate {

inline constexpr int run_folder_version = 1;

// Times are microseconds of the machine after the start of the run.
struct RunEvent {
    std::int64_t at_us = 0;
    std::int64_t until_us = 0;  // at_us for what has no length
    std::string kind{};         // checkpoint, kill, terminate, pause, lock, restart, writer_ended
    std::string subject{};      // the writer or the table
    std::string words{};
};

struct WriterEnd {
    std::string writer{};
    std::int64_t instance = 0;
    std::int64_t restarts = 0;
    std::int64_t cpu_us = 0;
    std::string last_end{};  // "exit 0", "signal 9"
};

// An operation of which the ledger and the database do not say the same, or nobody knows.
struct LedgerFinding {
    std::string kind{};  // lost, doubled, unresolved
    std::string writer{};
    std::int64_t instance = 0;
    std::int64_t operation = 0;
    std::int64_t planned_us = 0;
};

// What a table and its indexes take after the run.
struct TableStorage {
    std::string name{};
    std::int64_t rows = 0;
    std::int64_t table_bytes = 0;
    std::int64_t index_bytes = 0;
    double leaf_density = -1;  // of its b-trees' leaf pages, how full they are; negative: unknown
};

struct RunFacts {
    int version = run_folder_version;
    std::string plan_file{};   // within plan/
    double speed = 1;          // simulated seconds in one of the machine, the multiple included
    double multiple = 1;       // of the plan's load (plan/multiple.h)
    std::string started_at{};  // the machine's clock, UTC
    std::int64_t ended_us = 0;
    bool interrupted = false;
    bool private_server = false;
    std::string server_version{};
    std::map<std::string, std::string> settings{};  // of the server, those that matter
    int processors = 0;
    std::int64_t own_cpu_us = 0;  // of the orchestrator
    std::int64_t own_checkpoints = 0;
    std::vector<WriterEnd> writers{};
    std::vector<LedgerFinding> findings{};
    std::vector<std::string> sequences{};  // "name last_value limit"
    std::vector<TableStorage> storage{};   // of private servers
};

// One thread at a time.
class RunFolder {
 public:
    // Makes the folder and copies the plan into it, the statements of `schema_file`, where it is
    // not empty, under the name of the plan's own schema. Fails with refused when it is there and
    // not empty, with unavailable when it cannot be made.
    static Result<RunFolder> make(const std::string& path,
                                  const std::string& plan_file,
                                  const std::string& schema_file = "");
    // One that a run left. Fails with not_found.
    static Result<RunFolder> open(const std::string& path);

    [[nodiscard]] const std::string& path() const { return path_; }
    // Removes it again; returns the error that was the reason.
    [[nodiscard]] Error discard(Error reason) const;
    [[nodiscard]] std::string plan_file(const std::string& name) const;
    [[nodiscard]] std::string ledger_file(const std::string& writer, std::int64_t instance) const;

    Result<void> add(const Sample& sample) const;
    Result<void> add(const RunEvent& event) const;
    // Written beside and moved over, so that it is whole or not there.
    Result<void> write(const RunFacts& facts) const;
    Result<void> write_text(const std::string& name, const std::string& text) const;

    // Fail with not_found or corrupt.
    [[nodiscard]] Result<RunFacts> read_facts() const;
    [[nodiscard]] Result<std::vector<Sample>> read_samples() const;
    [[nodiscard]] Result<std::vector<RunEvent>> read_events() const;

 private:
    explicit RunFolder(std::string path) : path_(std::move(path)) {}
    [[nodiscard]] Result<void> append_line(const char* name, const std::string& line) const;
    std::string path_;
};

}  // namespace tidemark::simulate
