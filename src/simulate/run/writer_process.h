#pragma once
// The process of one writer instance: does its schedule and writes down what became of it.

#include <atomic>
#include <cstdint>
#include <string>

#include "base/result.h"

namespace tidemark::simulate {

// What the orchestrator tells a writer's process. Handed over on its standard input: a URL with a
// password is nobody's business on a command line.
struct WriterOrders {
    std::string url{};
    std::string plan_file{};
    std::string ledger_file{};
    std::string writer{};
    std::int64_t instance = 0;
    double speed = 1;     // the multiple included
    double multiple = 1;  // of the plan's load
    bool durable = true;
};

// One line a field, then an empty one.
std::string to_text(const WriterOrders& orders);

// Reads orders from standard input, connects, says "ready" on standard output, waits for the start
// as a line with an instant of CLOCK_MONOTONIC in microseconds, and does the schedule; what its
// ledger has already is not done again, and what that leaves open is resolved first. Ends early,
// and with success, once `stop` is set. Fails with what a person must correct: a plan that cannot
// be read, statements that the server refuses to prepare.
Result<void> run_writer_process(const std::atomic<bool>& stop);

// How a session of this instance names itself: "tidemark/NAME/INSTANCE".
std::string application_name(const std::string& writer, std::int64_t instance);

}  // namespace tidemark::simulate
