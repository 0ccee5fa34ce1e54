#pragma once
// Which files a command line names.

#include <string>
#include <vector>

#include "base/result.h"

namespace tidemark {

// Files as they are, "-" for standard input, and for each directory the regular files below it by
// name; files that are still being delivered (.tmp, .download, .part) and hidden ones are left out
// of directories. Fails with not_found for what does not exist and for a directory that cannot be
// read or holds no file, and with invalid_input when "-" is given twice.
Result<std::vector<std::string>> expand_inputs(const std::vector<std::string>& paths);

// The sizes of the files together, in bytes; standard input and what cannot be asked count 0.
std::uint64_t total_size_bytes(const std::vector<std::string>& files);

}  // namespace tidemark
