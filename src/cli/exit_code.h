#pragma once
// Exit codes of the command line, fixed so that scripts can rely on them.

#include "base/result.h"

namespace tidemark {

enum class ExitCode : int {
    done = 0,
    failed = 1,       // not found, unavailable, corrupt, or an exception
    wrong_usage = 2,  // what was given is wrong
    refused = 3,      // conflict, unsafe, above a limit that was set
    // Verdicts of a simulation; adequate is `done`.
    at_risk = 10,
    not_adequate = 11,
    invalid_measurement = 12,
};

ExitCode exit_code_of(ErrorKind kind);

}  // namespace tidemark
