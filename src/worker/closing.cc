#include "worker/closing.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/log.h"

namespace tidemark {

namespace {

std::string words(const std::vector<Total>& totals) {
    std::vector<std::string> texts;
    for (const Total& total : totals) {
        texts.push_back(total.to_string());
    }
    return texts.empty() ? "none" : fmt::format("{}", fmt::join(texts, ","));
}

void log_seal(std::string_view dataset, const SealEvent& event) {
    log_event(LogLevel::info,
              event.revision == 1 ? "seal.done" : "seal.restated",
              {{"dataset", std::string(dataset)},
               {"day", event.day.to_string()},
               {"revision", std::to_string(event.revision)},
               {"old", words(event.old_totals)},
               {"new", words(event.new_totals)},
               {"through", std::to_string(event.through)}});
}

// The first day that does not yet end `span` before `now`.
UtcDay first_within(std::chrono::seconds span, Timestamp now) {
    return UtcDay::containing(std::chrono::floor<std::chrono::seconds>(now - span));
}

// Days that are complete and not sealed, and those that are dirty.
Result<std::vector<UtcDay>> days_to_seal(Store& store,
                                         std::string_view dataset,
                                         const ClosingRules& rules,
                                         const std::vector<SealedDay>& sealed,
                                         Timestamp now) {
    TIDEMARK_ASSIGN_OR_RETURN(auto coverage, store.coverage_by_feed(dataset));
    for (const std::string& feed : rules.feeds) {
        coverage.try_emplace(feed);
    }
    std::vector<Coverage> feeds;
    for (auto& [feed, covered] : coverage) {
        feeds.push_back(std::move(covered));
    }
    std::set<UtcDay> clean;
    std::set<UtcDay> due;
    for (const SealedDay& day : sealed) {
        (day.dirty ? due : clean).insert(day.day);
    }
    for (const UtcDay day : complete_days(feeds, now, rules.lateness)) {
        if (!clean.contains(day)) {
            due.insert(day);
        }
    }
    return std::vector<UtcDay>(due.begin(), due.end());
}

// Few days a transaction: folds wait for it.
Result<void> seal(Store& store,
                  std::string_view dataset,
                  const std::vector<UtcDay>& days,
                  ClosingOutcome& outcome) {
    constexpr std::size_t days_at_once = 16;
    const std::span<const UtcDay> all(days);
    for (std::size_t first = 0; first < all.size(); first += days_at_once) {
        const auto some = all.subspan(first, std::min(days_at_once, all.size() - first));
        TIDEMARK_ASSIGN_OR_RETURN(const std::vector<SealEvent> events,
                                  store.seal_days(dataset, some));
        for (const SealEvent& event : events) {
            log_seal(dataset, event);
            outcome.sealed.push_back(event);
        }
    }
    return {};
}

Result<void> freeze(Store& store,
                    std::string_view dataset,
                    const ClosingRules& rules,
                    Timestamp now,
                    ClosingOutcome& outcome) {
    if (!rules.freeze_after.has_value()) {
        return {};
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<SealedDay> sealed, store.sealed_days(dataset));
    std::vector<UtcDay> due;
    for (const SealedDay& day : sealed) {
        if (!day.dirty && day.frozen != rules.freeze_policy &&
            day.day < first_within(*rules.freeze_after, now)) {
            due.push_back(day.day);
        }
    }
    if (due.empty()) {
        return {};
    }
    TIDEMARK_ASSIGN_OR_RETURN(outcome.frozen, store.freeze_days(dataset, due, rules.freeze_policy));
    for (const UtcDay day : outcome.frozen) {
        log_event(LogLevel::info,
                  "freeze.done",
                  {{"dataset", std::string(dataset)},
                   {"day", day.to_string()},
                   {"policy", std::string(to_string(rules.freeze_policy))}});
    }
    return {};
}

Result<void> purge(Store& store,
                   std::string_view dataset,
                   const ClosingRules& rules,
                   Timestamp now,
                   ClosingOutcome& outcome) {
    if (!rules.retention.has_value()) {
        return {};
    }
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::vector<UtcDay> days,
        store.purgeable_days(dataset, first_within(*rules.retention, now), now - *rules.retention));
    for (const UtcDay day : days) {
        const Result<bool> purged = store.purge_day(dataset, day);
        if (purged.has_value()) {
            outcome.purged.push_back(day);
            log_event(LogLevel::info,
                      "purge.done",
                      {{"dataset", std::string(dataset)}, {"day", day.to_string()}});
        } else if (purged.error().kind == ErrorKind::refused ||
                   purged.error().kind == ErrorKind::unavailable) {
            // Not folded yet, or somebody has been reading it all the while: the next time.
            log_event(LogLevel::info,
                      "purge.put_off",
                      {{"dataset", std::string(dataset)},
                       {"day", day.to_string()},
                       {"because", purged.error().message}});
        } else {
            return purged.error();
        }
    }
    return {};
}

}  // namespace

Result<ClosingOutcome> close_days(Store& store,
                                  std::string_view dataset,
                                  const ClosingRules& rules,
                                  Timestamp now) {
    ClosingOutcome outcome;
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<SealedDay> sealed, store.sealed_days(dataset));
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<UtcDay> due,
                              days_to_seal(store, dataset, rules, sealed, now));
    TIDEMARK_RETURN_IF_ERROR(seal(store, dataset, due, outcome));
    TIDEMARK_RETURN_IF_ERROR(freeze(store, dataset, rules, now, outcome));
    TIDEMARK_RETURN_IF_ERROR(purge(store, dataset, rules, now, outcome));
    return outcome;
}

Result<ClosingOutcome> purge_days(Store& store,
                                  std::string_view dataset,
                                  const ClosingRules& rules,
                                  Timestamp now) {
    ClosingOutcome outcome;
    TIDEMARK_RETURN_IF_ERROR(purge(store, dataset, rules, now, outcome));
    return outcome;
}

}  // namespace tidemark
