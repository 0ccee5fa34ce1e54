#pragma once
// A snapshot as JSON, written and read.

#include <map>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "sync/snapshot.h"

namespace tidemark {

// {"now", "generation", "datasets": {NAME: {...}}, "overall": {...}}: instants as
// "YYYY-MM-DDTHH:MM:SSZ", days as "YYYY-MM-DD", ranges as ["FROM", "TO"], `cover` as
// ["FROM", "TO", "daily" | "batch" | "none"]. An unknown instant is null; a field that the dataset
// has none of is absent. One line, without a line end.
std::string snapshot_json(const Snapshot& snapshot);

// The same for people, on several lines, ended; `why` adds a sentence to the datasets it names.
std::string readable_snapshot_json(const Snapshot& snapshot,
                                   const std::map<std::string, std::string>& why);

// What was written, by this version or a later one: fields that are not known are ignored, absent
// ones are empty. Fails with invalid_input, naming the field.
Result<Snapshot> parse_snapshot(std::string_view text);

// The same of a value within a document; `path` names it in messages.
Result<Snapshot> snapshot_of(const nlohmann::json& value, std::string path);

}  // namespace tidemark
