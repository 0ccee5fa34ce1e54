#pragma once
// FileLedger: log files whose total tells which of them it contains.
//
// File k puts 2^(k mod 40) bytes on two subjects on each of two days: four cells, written by one
// batch, that nothing but this file's group of 40 writes to. So an answer of `usage` can be read
// back to the set of files in it. Half a batch, or one that counts twice, shows: the four cells
// then differ, or the bits and the number of requests do not agree.

#include <filesystem>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "support/process.h"

namespace tidemark::test {

using FileSet = std::set<int>;

// Safe from several threads.
class FileLedger {
 public:
    // Files lie in `folder`, and have `filling` further lines each on subjects that all share, so
    // that storing a file takes a while.
    FileLedger(std::filesystem::path folder, int filling)
        : folder_(std::move(folder)), filling_(filling) {}

    // Writes the next file and counts it as handed over.
    int write_file();
    [[nodiscard]] std::string path(int file) const;
    [[nodiscard]] int handed_over() const;

    // The program said that it is stored.
    void acknowledge(int file);
    void acknowledge(const FileSet& files);
    [[nodiscard]] FileSet acknowledged() const;

    // The files that `aggregate` has said on standard error to be stored.
    [[nodiscard]] FileSet acknowledged_by(const std::string& errors) const;

    // `usage` of every cell there is. At least one file must be there.
    [[nodiscard]] std::vector<std::string> usage_arguments() const;

    // The files that an answer to usage_arguments() contains; fails when it is no set of whole
    // files.
    [[nodiscard]] static Result<FileSet> files_of(const std::string& usage_json);

    // The answer to `usage --by total --format json` over all subjects when all files count:
    // bytes and requests.
    [[nodiscard]] std::pair<std::int64_t, std::int64_t> total_of_all() const;

    // The arguments of `aggregate` for these files.
    [[nodiscard]] std::vector<std::string> aggregate_arguments(const std::vector<int>& files) const;

    // Days of all files, as arguments of `usage`.
    static const std::vector<std::string>& days();

 private:
    std::filesystem::path folder_;
    int filling_;
    mutable std::mutex mutex_;
    int handed_over_ = 0;
    FileSet acknowledged_;
};

std::string to_string(const FileSet& files);

}  // namespace tidemark::test
