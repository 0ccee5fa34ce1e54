#include "domain/slot.h"

#include <fmt/format.h>

namespace tidemark {

std::string Slot::to_string() const {
    const int half_hours = index_in_day();
    return fmt::format("{}T{:02}:{:02}Z", day().to_string(), half_hours / 2, half_hours % 2 * 30);
}

}  // namespace tidemark
