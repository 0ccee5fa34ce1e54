#pragma once
// A directory of a test's own, gone with the object.

#include <filesystem>
#include <string_view>

namespace tidemark::test {

class ScratchDirectory {
 public:
    ScratchDirectory();
    ScratchDirectory(const ScratchDirectory&) = delete;
    ScratchDirectory& operator=(const ScratchDirectory&) = delete;
    ~ScratchDirectory();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path operator/(std::string_view name) const {
        return path_ / name;
    }

 private:
    std::filesystem::path path_;
};

}  // namespace tidemark::test
