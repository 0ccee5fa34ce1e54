#pragma once
// What the readers of a plan's parts share: words of a set, time spans, shares, SQL from a file or
// from the plan itself.

#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/nearest_name.h"
#include "simulate/plan/plan.h"
#include "simulate/plan/plan_reader.h"
#include "toml/toml_reader.h"

namespace tidemark::simulate {

// A word of an enumeration, by its to_string().
template <typename Word>
void read_word(TomlReader& reader,
               std::string_view key,
               Word& target,
               std::initializer_list<Word> words) {
    std::string text;
    reader.read(key, text);
    if (!reader.has(key)) {
        return;
    }
    std::vector<std::string_view> known;
    for (const Word word : words) {
        known.push_back(to_string(word));
        if (to_string(word) == text) {
            target = word;
            return;
        }
    }
    reader.refuse(key,
                  Error{ErrorKind::invalid_input,
                        fmt::format("'{}' is not one of {}{}",
                                    text,
                                    fmt::join(known, ", "),
                                    did_you_mean(text, known))});
}

// A time span within [least, most]; the target stays as it is when the key is missing.
void read_span(TomlReader& reader, std::string_view key, Micros& target, Micros least, Micros most);

// A size in bytes ("50GB"); the target stays as it is when the key is missing.
void read_size(TomlReader& reader, std::string_view key, std::int64_t& target);

// A share of 0 to 1.
void read_share(TomlReader& reader, std::string_view key, double& target);

// Statements from the file that `sql` names or from the text that `statement` holds; one of the two
// must be there. `file` is set to the name of the file, or to the plan's.
void read_statements(TomlReader& reader,
                     const toml::table& table,
                     const std::string& plan_file,
                     const FileReader& read_file,
                     std::string& file,
                     std::vector<Statement>& statements);

// The values of every placeholder of the statements: those under `values`, pools of the same name,
// and the built-in ones (utc_date, writer, run, operation, planned_at).
void read_values(TomlReader& reader,
                 const std::string& plan_file,
                 const Plan& plan,
                 const std::string& sql_file,
                 const std::vector<Statement>& statements,
                 std::map<std::string, Value>& values);

// What a statement needs that its pools cannot give; empty when all is well.
std::string lacking_identifiers(const Plan& plan,
                                const std::map<std::string, Value>& values,
                                std::int64_t rows);

// [[fault]]: adds one fault to the plan, whose writers and duration are read already, or, for kind
// "random", those that its seed draws.
Result<void> read_fault(const toml::table& table, Plan& plan);

// [[writer]].
Result<Writer> read_writer(const toml::table& table, const Plan& plan, const FileReader& read_file);

}  // namespace tidemark::simulate
