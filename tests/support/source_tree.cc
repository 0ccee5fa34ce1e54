#include "support/source_tree.h"

namespace tidemark::test {

namespace {

// ../shared/FOLDER, when it holds `file`.
std::optional<std::filesystem::path> shared_folder(std::string_view folder, std::string_view file) {
    const std::filesystem::path beside = source_directory().parent_path() / "shared" / folder;
    if (!std::filesystem::exists(beside / file)) {
        return std::nullopt;
    }
    return beside;
}

}  // namespace

std::filesystem::path source_directory() {
    return TIDEMARK_SOURCE_DIR;
}

std::optional<std::filesystem::path> shared_data() {
    return shared_folder("data", "truth.json");
}

std::optional<std::filesystem::path> shared_sync_cases() {
    return shared_folder("scenarios/sync", "regular.json");
}

}  // namespace tidemark::test
