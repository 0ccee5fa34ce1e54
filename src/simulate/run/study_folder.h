#pragma once
// Folders of several runs: of a comparison, of the steps to a plan's headroom.

#include <string>

#include "base/result.h"

namespace tidemark::simulate {

// Makes the folder. Fails with refused when it is there and not empty, with unavailable when it
// cannot be made.
Result<void> make_study_folder(const std::string& path);

// A whole file. Fails with not_found.
Result<std::string> read_text(const std::string& path);

// Written beside and moved over, so that it is whole or not there. Fails with unavailable.
Result<void> write_text(const std::string& path, const std::string& text);

}  // namespace tidemark::simulate
