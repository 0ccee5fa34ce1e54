#include "support/scratch_directory.h"

#include <cstdlib>
#include <string>

#include "base/check.h"

namespace tidemark::test {

ScratchDirectory::ScratchDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "tidemark_test_XXXXXX").string();
    TIDEMARK_CHECK(mkdtemp(name.data()) != nullptr);
    path_ = name;
}

ScratchDirectory::~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

}  // namespace tidemark::test
