#include "cli/input_files.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>

namespace tidemark {

namespace {

namespace fs = std::filesystem;

bool is_left_out(const fs::path& path) {
    constexpr std::array<std::string_view, 3> partial = {".tmp", ".download", ".part"};
    const std::string name = path.filename().string();
    return name.starts_with('.') || std::ranges::any_of(partial, [&](std::string_view suffix) {
               return name.ends_with(suffix);
           });
}

Result<std::vector<std::string>> files_below(const std::string& directory) {
    std::vector<std::string> files;
    std::error_code error;
    fs::recursive_directory_iterator entries(directory, error);
    for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
        if (entries->is_regular_file(error) && !is_left_out(entries->path())) {
            files.push_back(entries->path().string());
        }
    }
    if (error) {
        return Error{ErrorKind::not_found,
                     fmt::format("directory '{}': cannot be read: {}", directory, error.message())};
    }
    if (files.empty()) {
        return Error{ErrorKind::not_found,
                     fmt::format("directory '{}': no file in it to read", directory)};
    }
    std::ranges::sort(files);
    return files;
}

}  // namespace

Result<std::vector<std::string>> expand_inputs(const std::vector<std::string>& paths) {
    std::vector<std::string> files;
    for (const std::string& path : paths) {
        if (path == "-") {
            if (std::ranges::find(files, path) != files.end()) {
                return Error{ErrorKind::invalid_input,
                             "file '-': standard input can be read only once"};
            }
            files.push_back(path);
            continue;
        }
        std::error_code error;
        const fs::file_status status = fs::status(path, error);
        if (!fs::exists(status)) {
            return Error{
                ErrorKind::not_found,
                fmt::format(
                    "file '{}': {}", path, error ? error.message() : "no such file or directory")};
        }
        if (!fs::is_directory(status)) {
            files.push_back(path);
            continue;
        }
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<std::string> below, files_below(path));
        files.insert(files.end(), below.begin(), below.end());
    }
    return files;
}

std::uint64_t total_size_bytes(const std::vector<std::string>& files) {
    std::uint64_t size_bytes = 0;
    for (const std::string& file : files) {
        std::error_code error;
        const auto size = file == "-" ? 0 : fs::file_size(file, error);
        size_bytes += error ? 0 : size;
    }
    return size_bytes;
}

}  // namespace tidemark
