#include <fmt/format.h>

#include "store/ledger_checking.h"

namespace tidemark::ledger {

// A purged day has lost its batch rows, but what its batches came to is known, less what is kept of
// them and what was erased. Days that share a batch are added up together.
void LedgerCheck::purged_days(VerifySummary& summary) {
    std::map<UtcDay, UtcDay> first_of;  // the first day of the group that a purged day is in
    for (const UtcDay day : facts_.purged) {
        first_of.emplace(day, day);
        summary.days_in_sum += scope_.contains(day) ? 1 : 0;
    }
    const auto find_first = [&](UtcDay day) {
        while (first_of.at(day) != day) {
            day = first_of.at(day);
        }
        return day;
    };
    std::map<UtcDay, std::vector<Total>> expected;
    const auto purged_of = [&](const BatchReceipt& receipt) {
        std::vector<UtcDay> days;
        std::ranges::copy_if(receipt.days, std::back_inserter(days), [&](UtcDay day) {
            return facts_.purged.contains(day);
        });
        return days;
    };
    for (const BatchReceipt& receipt : facts_.receipts) {
        const std::vector<UtcDay> days = purged_of(receipt);
        for (const UtcDay day : days) {
            const UtcDay left = find_first(days.front());
            const UtcDay right = find_first(day);
            first_of.insert_or_assign(std::max(left, right), std::min(left, right));
        }
    }
    for (const BatchReceipt& receipt : facts_.receipts) {
        const std::vector<UtcDay> days = purged_of(receipt);
        if (days.empty()) {
            continue;
        }
        std::vector<Total>& sum = expected[find_first(days.front())];
        add(sum, receipt.totals);
        add(sum, negated(erased(receipt).totals));
        for (const UtcDay day : receipt.days) {
            const auto rows = facts_.rows.find({receipt.batch_seq, day});
            if (rows != facts_.rows.end() && !facts_.purged.contains(day)) {
                add(sum, negated(rows->second.totals));
            }
        }
    }
    for (const auto& [place, totals] : facts_.erased_days) {
        if (facts_.purged.contains(place.first)) {
            add(expected[find_first(place.first)], negated(totals));
        }
    }
    std::map<UtcDay, std::vector<Total>> found;
    for (const UtcDay day : facts_.purged) {
        std::vector<Total>& sum = found[find_first(day)];
        add(sum, zeros());
        if (const auto daily = facts_.daily.find(day); daily != facts_.daily.end()) {
            add(sum, daily->second.totals);
        }
    }
    for (const auto& [first, sum] : found) {
        std::vector<Total>& of_batches = expected[first];
        add(of_batches, zeros());
        if (whole()) {
            expect_totals(of_batches,
                          sum,
                          {.table = facts_.dataset.name() + "_daily", .day = first, .field = ""});
        }
    }
}

std::vector<Total> LedgerCheck::rows_through(UtcDay day, std::int64_t through) const {
    std::vector<Total> totals = zeros();
    if (const auto of_day = rows_of_day_.find(day); of_day != rows_of_day_.end()) {
        for (const auto& [batch_seq, sum] : of_day->second) {
            if (batch_seq <= through && by_seq_.contains(batch_seq)) {
                add(totals, sum->totals);
            }
        }
    }
    return totals;
}

// What the seal counts and was erased later.
std::vector<Total> LedgerCheck::erased_since(const SealEvent& event) const {
    std::vector<Total> totals = zeros();
    if (const auto of_day = erased_of_day_.find(event.day); of_day != erased_of_day_.end()) {
        for (const auto& [place, sum] : of_day->second) {
            if (place.batch_seq <= event.through && place.revision >= event.revision) {
                add(totals, sum->totals);
            }
        }
    }
    for (const auto& [place, of_day] : facts_.erased_days) {
        if (place.first == event.day && place.second >= event.revision) {
            add(totals, of_day);
        }
    }
    return totals;
}

// The events of one day, in order: numbered without gap, each beginning where the last one ended,
// each the sum of the batches through its number.
void LedgerCheck::revisions(const std::vector<const SealEvent*>& events) {
    std::int64_t revision = 0;
    std::vector<Total> before;
    for (const SealEvent* event : events) {
        const Difference at{.table = "seal_event", .day = event->day, .field = "revision"};
        expect(++revision, event->revision, at);
        Difference old_totals = at;
        old_totals.field = "old_totals";
        expect(words(before), words(event->old_totals), std::move(old_totals));
        before = event->new_totals;
        if (!facts_.purged.contains(event->day)) {
            std::vector<Total> expected = rows_through(event->day, event->through);
            add(expected, erased_since(*event));
            expect_totals(expected, event->new_totals, at);
        }
        if (event->through > facts_.folded_through) {
            Difference through = at;
            through.field = "through";
            expect(fmt::format("at most {}", facts_.folded_through),
                   std::to_string(event->through),
                   std::move(through));
        }
    }
}

void LedgerCheck::newest_seal(const SealedDay& seal, const SealEvent& event) {
    Difference at{.table = "sealed_day", .day = seal.day, .field = "revision"};
    expect(event.revision, seal.revision, at);
    at.field = "through";
    expect(event.through, seal.through, at);
    at.field = "sealed_at";
    expect(instant(event.sealed_at), instant(seal.sealed_at), at);
    expect_totals(event.new_totals, seal.totals, at);
    // Of a purged day the daily rows are left to hold the seal against, while it is clean.
    const auto latest = latest_of_day_.find(seal.day);
    const bool dirty = latest != latest_of_day_.end() && latest->second > event.through;
    if (facts_.purged.contains(seal.day) && !dirty) {
        const auto daily = facts_.daily.find(seal.day);
        std::vector<Total> expected = event.new_totals;
        add(expected, negated(erased_since(event)));
        at.table = facts_.dataset.name() + "_daily";
        expect_totals(expected, daily == facts_.daily.end() ? zeros() : daily->second.totals, at);
    }
}

void LedgerCheck::daily_bounds() {
    const std::int64_t most = facts_.partial ? facts_.last_seq : facts_.folded_through;
    for (const auto& [day, found] : facts_.folded_through_max) {
        if (scope_.contains(day) && facts_.purged.contains(day) && found > most) {
            expect(
                fmt::format("at most {}", most),
                std::to_string(found),
                {.table = facts_.dataset.name() + "_daily", .day = day, .field = "folded_through"});
        }
    }
}

void LedgerCheck::seals(VerifySummary& summary) {
    std::int64_t last_id = 0;
    for (const SealEvent& event : facts_.seal_events) {
        if (event.id != last_id + 1) {
            expect(last_id + 1,
                   event.id,
                   {.table = "seal_event", .day = event.day, .field = "event_id"});
        }
        last_id = event.id;
    }
    std::map<UtcDay, std::vector<const SealEvent*>> events;
    for (const SealEvent& event : facts_.seal_events) {
        if (scope_.contains(event.day)) {
            events[event.day].push_back(&event);
            ++summary.seals;
        }
    }
    std::set<UtcDay> sealed;
    for (const SealedDay& seal : facts_.seals) {
        sealed.insert(seal.day);
        const auto of_day = events.find(seal.day);
        if (of_day != events.end()) {
            newest_seal(seal, *of_day->second.back());
        } else if (scope_.contains(seal.day)) {
            expect("some", "none", {.table = "seal_event", .day = seal.day, .field = "rows"});
        }
    }
    for (const auto& [day, of_day] : events) {
        revisions(of_day);
        if (!sealed.contains(day)) {
            expect("some", "none", {.table = "sealed_day", .day = day, .field = "rows"});
        }
    }
}

}  // namespace tidemark::ledger
