#pragma once
// Reads one table of a TOML file key by key, and names whatever is wrong with its line.
// toml++ shows only here and where a file is read with it.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <toml++/toml.h>

#include "base/result.h"

namespace tidemark {

// Borrows the table. Each read marks its key as known; finish() refuses the others. The first error
// is kept and later reads do nothing, so that a caller reads on and asks once.
class TomlReader {
 public:
    // `path` is the table's name as the user writes it ("feed.fastly"), empty for the file itself.
    TomlReader(const toml::table& table, std::string file, std::string path);

    // Each leaves the target as it is when the key is missing.
    void read(std::string_view key, std::string& target);
    void read(std::string_view key, bool& target);
    void read(std::string_view key, std::int64_t& target, std::int64_t least, std::int64_t most);
    // A whole or a broken number within [least, most].
    void read(std::string_view key, double& target, double least, double most);
    void read(std::string_view key, std::vector<std::string>& target);
    // A duration as base/duration.h has it, within [least, most].
    void read(std::string_view key,
              std::chrono::milliseconds& target,
              std::chrono::milliseconds least,
              std::chrono::milliseconds most = std::chrono::milliseconds::max());

    // Whether the key is there; says nothing of whether it is known.
    [[nodiscard]] bool has(std::string_view key) const { return table_.contains(key); }

    // The table under the key, or nullptr.
    const toml::table* find_table(std::string_view key);
    // The tables of an array of tables under the key.
    std::vector<const toml::table*> find_tables(std::string_view key);

    // Notes that the value of `key` was read but is wrong; a key that is not there is named with
    // the line of its table.
    void refuse(std::string_view key, const Error& error);

    // Notes an error that names its place itself: what another reader's finish() gave.
    void pass_on(const Error& error);

    [[nodiscard]] bool failed() const { return error_.has_value(); }

    // The first error, or an unknown key.
    Result<void> finish() const;

    [[nodiscard]] const std::string& path() const { return path_; }

 private:
    const toml::node* find(std::string_view key);
    void expected(std::string_view key, const toml::node& node, std::string_view what);
    [[nodiscard]] Error error_at(const toml::source_region& source, const std::string& words) const;
    [[nodiscard]] std::string name_of(std::string_view key) const;

    const toml::table& table_;
    std::string file_;
    std::string path_;
    std::vector<std::string_view> known_;
    std::optional<Error> error_;
};

// The file's tables. Fails with invalid_input, naming file and line, for what is not TOML.
Result<toml::table> parse_toml(std::string_view text, const std::string& file);

}  // namespace tidemark
