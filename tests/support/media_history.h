#pragma once
// The history of a real library, ../shared/data/media_history_*.tsv, as states of its sites.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark::test {

// What a site had from an instant on.
struct SiteState {
    std::string site;
    std::int64_t epoch_s = 0;
    std::int64_t bytes = 0;
    std::int64_t media = 0;
};

// One state a site and second: the total after its last change of that second, in the order of
// time. A site that is emptied goes to 0 and 0. `history` is the file, unpacked.
std::vector<SiteState> states_of(const std::string& history);

}  // namespace tidemark::test
