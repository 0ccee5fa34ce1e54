#pragma once
// A batch as one JSON document, cut into its rows without building them up in memory.

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tidemark {

struct JsonBatch {
    std::string batch_key;
    std::string feed;
    std::string covers;
};

using JsonRowTaker = std::function<Result<void>(std::string_view row)>;

// Reads {"batch_key": "...", "feed": "...", "covers": "FROM/TO", "rows": [{...}, ...]}, each member
// once and none else; `take` gets each row in order, as one line of JSON. `list` says how the rows
// are called there, and must be among the members. Fails with invalid_input for what is no JSON,
// for another shape, and as `take` does.
Result<JsonBatch> read_json_batch(std::string_view text,
                                  std::string_view list,
                                  const JsonRowTaker& take);

}  // namespace tidemark
