#pragma once
// Reads a plan from TOML and the SQL and CSV files beside it.

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "simulate/plan/plan.h"

namespace tidemark::simulate {

// The text of a file that the plan names. Fails with not_found.
using FileReader = std::function<Result<std::string>(const std::string& name)>;

// The whole plan, checked: what it returns can be run. `file` names the text in messages. Fails
// with invalid_input, in one line that begins with file and line, for what TOML refuses, unknown
// keys (with the nearest known one), wrong values, placeholders without a value, writers that ask
// for more distinct identifiers than their pool has; as `read_file` does for files that are
// missing.
Result<Plan> parse_plan(std::string_view text,
                        const std::string& file,
                        const FileReader& read_file);

// A plan's text, not read yet, and how the files that it names are had.
struct PlanSource {
    std::string file{};  // as the user named it, for messages
    std::string text{};
    FileReader read_file{};

    // Its name without folders: what it is called in a run's folder.
    [[nodiscard]] std::string base_name() const;
};

// Fails as the reading of text does.
Result<Plan> parse_plan(const PlanSource& source);

// The plan of a file; files that it names are found from its folder. Fails with not_found.
Result<PlanSource> read_plan_source(const std::string& path);

// The same plan with the statements of another file in the place of those of the first file that
// its [target] schema names. Fails with not_found, with invalid_input where it names none, and as
// parse_plan does.
Result<PlanSource> with_schema(PlanSource source, const std::string& schema_file);

// Both at once.
Result<Plan> load_plan(const std::string& path);

}  // namespace tidemark::simulate
