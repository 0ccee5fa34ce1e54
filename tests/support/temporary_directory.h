#pragma once
// A folder of a test's own, removed with everything in it when the test ends, whatever happens.

#include <filesystem>
#include <string>
#include <string_view>

namespace tidemark::test {

class TemporaryDirectory {
 public:
    TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    ~TemporaryDirectory();

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

    // Writes a file into it, over what was there, and returns its path.
    [[nodiscard]] std::string write(std::string_view name, std::string_view content) const;

 private:
    std::filesystem::path path_;
};

// The whole of a file; empty when it cannot be read.
std::string read_file(const std::filesystem::path& path);

}  // namespace tidemark::test
