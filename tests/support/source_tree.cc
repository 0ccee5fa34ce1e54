#include "support/source_tree.h"

namespace tidemark::test {

std::optional<std::filesystem::path> shared_data() {
    const std::filesystem::path beside =
        std::filesystem::path(TIDEMARK_SOURCE_DIR).parent_path() / "shared" / "data";
    if (!std::filesystem::exists(beside / "truth.json")) {
        return std::nullopt;
    }
    return beside;
}

}  // namespace tidemark::test
