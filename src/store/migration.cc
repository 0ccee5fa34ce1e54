#include "store/migration.h"

#include <fmt/format.h>

#include "base/check.h"

namespace tidemark {

Result<std::span<const Migration>> pending_migrations(std::span<const Migration> known,
                                                      int applied) {
    // Numbers have no gaps, so the n-th migration is number n.
    TIDEMARK_CHECK(!known.empty() && known.back().number == static_cast<int>(known.size()));
    const int newest = known.back().number;
    if (applied > newest) {
        return Error{ErrorKind::refused,
                     fmt::format("its schema is number {}, and this tidemark knows up to {}: use "
                                 "the newer tidemark that made it",
                                 applied,
                                 newest)};
    }
    return known.subspan(static_cast<std::size_t>(applied));
}

}  // namespace tidemark
