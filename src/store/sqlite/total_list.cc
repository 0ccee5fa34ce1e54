#include "store/sqlite/total_list.h"

namespace tidemark::sqlite {

std::string join_totals(const std::vector<Total>& totals) {
    std::string joined;
    for (const Total& total : totals) {
        if (!joined.empty()) {
            joined += ',';
        }
        joined += total.to_string();
    }
    return joined;
}

Result<std::vector<Total>> split_totals(std::string_view joined) {
    std::vector<Total> totals;
    while (!joined.empty()) {
        const std::size_t comma = joined.find(',');
        TIDEMARK_ASSIGN_OR_RETURN(const Total total, Total::parse(joined.substr(0, comma)));
        totals.push_back(total);
        joined.remove_prefix(comma == std::string_view::npos ? joined.size() : comma + 1);
    }
    return totals;
}

}  // namespace tidemark::sqlite
