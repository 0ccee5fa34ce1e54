#include "simulate/run/study_folder.h"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include <fmt/format.h>

namespace tidemark::simulate {

namespace fs = std::filesystem;

Result<void> make_study_folder(const std::string& path) {
    std::error_code error;
    if (fs::exists(path) && !fs::is_empty(path, error)) {
        return Error{
            ErrorKind::refused,
            fmt::format("folder '{}': is there and not empty; name another with --out", path)};
    }
    fs::create_directories(path, error);
    if (error) {
        return Error{ErrorKind::unavailable, fmt::format("folder '{}': {}", path, error.message())};
    }
    return {};
}

Result<std::string> read_text(const std::string& path) {
    std::ifstream stream(path, std::ios::binary);
    if (!stream || fs::is_directory(path)) {
        return Error{ErrorKind::not_found,
                     fmt::format("'{}': cannot be read; name one that is there", path)};
    }
    return std::string{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

Result<void> write_text(const std::string& path, const std::string& text) {
    const std::string beside = path + ".new";
    std::FILE* file = std::fopen(beside.c_str(), "wb");
    bool written = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
    written = file != nullptr && std::fclose(file) == 0 && written;
    std::error_code error;
    if (written) {
        fs::rename(beside, path, error);
    }
    if (!written || error) {
        return Error{ErrorKind::unavailable,
                     fmt::format("write '{}': {}", path, std::generic_category().message(errno))};
    }
    return {};
}

}  // namespace tidemark::simulate
