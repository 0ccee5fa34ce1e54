#pragma once
// Closing days: sealing those that are complete, freezing those that are old, purging the batch
// rows of those that are older still.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "domain/seal.h"
#include "store/store.h"

namespace tidemark {

// When the days of one dataset are closed. All spans count from a day's end.
struct ClosingRules {
    // Feeds that must cover a day beside those that ever declared coverage.
    std::vector<std::string> feeds{};
    std::chrono::seconds lateness{std::chrono::hours(2)};
    std::optional<std::chrono::seconds> freeze_after{};  // nothing: never
    FreezePolicy freeze_policy = FreezePolicy::reject;
    // How long batch rows and events are kept, also after the last batch that brought rows of the
    // day, so that history which is handed over piece by piece is not shut out after the first.
    // Nothing: for ever.
    std::optional<std::chrono::seconds> retention{std::chrono::days(62)};
};

struct ClosingOutcome {
    std::vector<SealEvent> sealed;
    std::vector<UtcDay> frozen;
    std::vector<UtcDay> purged;

    [[nodiscard]] bool empty() const { return sealed.empty() && frozen.empty() && purged.empty(); }
};

// Seals what every feed covers and dirty days anew, then freezes, then purges; logs each seal with
// the old and the new totals. A day that cannot be closed yet (unfolded, in use) is left for the
// next time. Fails as the store's calls do; what was closed before stays closed.
Result<ClosingOutcome> close_days(Store& store,
                                  std::string_view dataset,
                                  const ClosingRules& rules,
                                  Timestamp now);

// Purges alone: of a gauge, which is neither sealed nor frozen.
Result<ClosingOutcome> purge_days(Store& store,
                                  std::string_view dataset,
                                  const ClosingRules& rules,
                                  Timestamp now);

}  // namespace tidemark
