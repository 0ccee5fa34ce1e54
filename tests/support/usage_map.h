#pragma once
// What a log file gave, in maps that tests compare.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "domain/usage_rows.h"

namespace tidemark::test {

// (subject, slot) -> values
using UsageMap = std::map<std::pair<std::string, std::string>, std::vector<std::int64_t>>;

inline UsageMap to_map(RowSource& rows) {
    UsageMap map;
    rows.rewind();
    while (const UsageRow* row = rows.next()) {
        const auto [place, added] =
            map.try_emplace({std::string(row->subject), row->slot.to_string()},
                            row->values.begin(),
                            row->values.end());
        EXPECT_TRUE(added) << "twice: " << place->first.first << " " << place->first.second;
    }
    return map;
}

}  // namespace tidemark::test
