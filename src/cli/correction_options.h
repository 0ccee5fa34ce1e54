#pragma once
// Why a correction is made, and by whom, on the command line.

#include <string>

#include "domain/correction.h"

namespace CLI {
class App;
}

namespace tidemark {

// Adds --reason, which must be given, and --by, which is the user who runs the program otherwise.
void add_note_options(CLI::App& command, CorrectionNote& note);

// "user@machine" as the system names them.
std::string name_of_user();

}  // namespace tidemark
