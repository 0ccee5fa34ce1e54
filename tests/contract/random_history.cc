#include "contract/random_history.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <tuple>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/check.h"
#include "contract/killing.h"
#include "contract/verifying.h"

namespace tidemark::test {

namespace {

constexpr std::uint64_t day_count = 4;
const CorrectionNote asked_for{.reason = "asked for", .by = "billing"};
const std::vector<std::string> subjects = {"a", "b", "bb", "c", "d"};

// The receipt in words, but for the numbers that stores may choose for themselves; the hash of a
// void is made of one.
std::string describe(const std::string& name, const StoredBatch& stored) {
    const bool is_void = stored.receipt.voids.has_value();
    std::string text =
        fmt::format("{} {} rows:{} already:{}",
                    name,
                    is_void ? "void" : stored.receipt.identity.content_hash.to_string(),
                    stored.receipt.row_count,
                    stored.already_stored);
    for (const Total& total : stored.receipt.totals) {
        text += fmt::format(" {}", total.to_string());
    }
    for (const UtcDay date : stored.receipt.days) {
        text += fmt::format(" {}", date.to_string());
    }
    return text;
}

// "2026-11-11 revision 2: 5 1 -> 12 2"; not the numbers, which stores may choose for themselves.
std::string describe(const std::vector<SealEvent>& events) {
    std::string text;
    for (const SealEvent& event : events) {
        text += fmt::format("{} revision {}:", event.day.to_string(), event.revision);
        for (const Total& total : event.old_totals) {
            text += " " + total.to_string();
        }
        text += " ->";
        for (const Total& total : event.new_totals) {
            text += " " + total.to_string();
        }
        text += "\n";
    }
    return text;
}

// The day on which rows arrive.
int arrival_day() {
    const SystemClock clock;
    const auto now = std::chrono::floor<std::chrono::seconds>(clock.now());
    return UtcDay::containing(now).days_since_epoch() - first_day.days_since_epoch();
}

}  // namespace

RandomHistory::RandomHistory(std::uint64_t seed,
                             const std::vector<StoreFactory>& factories,
                             Kills kills)
    : random_(seed, "history"), kills_(kills) {
    TIDEMARK_CHECK(kills == Kills::none || (factories.size() == 1 && factories.front().lasting));
    for (const StoreFactory& factory : factories) {
        Subject subject{.name = factory.name,
                        .database = factory.make_database(),
                        .store = nullptr,
                        .lasting = factory.lasting};
        subject.store = subject.database->open();
        EXPECT_EQ(outcome_of(subject.store->prepare_dataset(cdn())), "ok");
        stores_.push_back(std::move(subject));
    }
}

std::string RandomHistory::on_all(const std::string& what,
                                  const std::function<std::string(Subject&)>& action) {
    killed_ = kills_ == Kills::some && random_.chance(0.3);
    if (killed_) {
        Subject& subject = stores_.front();
        kill_over(
            *subject.database, subject.store, random_, [&] { static_cast<void>(action(subject)); });
    }
    std::optional<std::string> agreed;
    for (Subject& subject : stores_) {
        std::string answer = action(subject);
        // What the killed one had begun may hold its locks for a moment.
        for (int tries = 0; killed_ && answer == "unavailable" && tries < 100; ++tries) {
            answer = action(subject);
        }
        EXPECT_EQ(answer, agreed.value_or(answer)) << subject.name << ": " << what;
        agreed = agreed.value_or(answer);
    }
    return agreed.value_or("");
}

std::string RandomHistory::remember(Subject& subject, const Result<StoredBatch>& stored) {
    if (!stored.has_value()) {
        return outcome_of(stored);
    }
    const std::string name = name_of(subject, stored->receipt);
    const auto [known, added] = subject.batch_seqs.try_emplace(name, stored->receipt.batch_seq);
    subject.keys.emplace(name, stored->receipt.identity.key);
    EXPECT_EQ(known->second, stored->receipt.batch_seq) << "another number for the same batch";
    EXPECT_TRUE(added != stored->already_stored || (added && killed_));
    return describe(name, *stored);
}

std::string RandomHistory::name_of(const Subject& subject, const BatchReceipt& receipt) {
    if (!receipt.identity.key.starts_with("replaced ")) {
        return receipt.identity.key;
    }
    const auto replaced = std::ranges::find_if(
        subject.batch_seqs, [&](const auto& batch) { return batch.second == *receipt.voids; });
    TIDEMARK_CHECK(replaced != subject.batch_seqs.end());
    return "void of " + replaced->first;
}

std::string RandomHistory::key_of(const Subject& subject, const std::string& name) {
    const auto known = subject.keys.find(name);
    return known == subject.keys.end() ? name : known->second;
}

int RandomHistory::random_day() {
    return static_cast<int>(random_.below(day_count));
}

int RandomHistory::random_closed_day() {
    return random_.chance(0.1) ? arrival_day() : random_day();
}

const std::string& RandomHistory::random_subject() {
    return subjects[random_.below(subjects.size())];
}

std::vector<CdnRow> RandomHistory::random_rows() {
    std::vector<CdnRow> rows;
    const std::uint64_t count = random_.below(7);
    for (std::uint64_t index = 0; index < count; ++index) {
        rows.push_back({.subject = random_subject(),
                        .day_number = random_day(),
                        .slot = static_cast<int>(random_.below(3)),
                        .bytes = static_cast<std::int64_t>(random_.below(1000)),
                        .requests = 1});
    }
    return rows;
}

std::string RandomHistory::random_key() {
    auto place = batches_.begin();
    std::advance(place, static_cast<std::ptrdiff_t>(random_.below(batches_.size())));
    return place->first;
}

// Now and then within a run, and with rejected lines.
void RandomHistory::store_new() {
    const std::string key = fmt::format("k{}", next_key_++);
    const std::vector<CdnRow> rows = random_rows();
    Batch batch = batch_of(key);
    if (random_.chance(0.3)) {
        batch.counts = {.lines = 5, .accepted = 2, .rejected = 2, .ignored = 1};
        batch.rejected_by_reason = {{"bad_date", 2}};
    }
    const bool in_run = random_.chance(0.3);
    const std::string answer = on_all("store " + key, [&](Subject& subject) {
        UsageRows source = rows_of(rows);
        if (!in_run) {
            return remember(subject, subject.store->store_batch(batch, source));
        }
        const auto run = subject.store->begin_run("aggregate", "cdn", batch.identity.feed);
        const auto stored = subject.store->store_batch(batch, source);
        // A batch that was there already is another run's.
        const bool ours = stored.has_value() && !stored->already_stored;
        const RunEnd end{.outcome = RunOutcome::succeeded,
                         .covered = {},
                         .rows = ours ? stored->receipt.row_count : 0,
                         .error = {}};
        EXPECT_EQ(outcome_of(subject.store->end_run(*run, end)), "ok");
        return remember(subject, stored);
    });
    EXPECT_EQ(answer == "refused", shut_out(rows)) << answer;
    if (answer != "refused") {
        note_stored(key, rows);
    }
}

bool RandomHistory::is_adjusted(const CdnRow& row) const {
    const auto frozen = frozen_days_.find(row.day_number);
    return frozen != frozen_days_.end() && frozen->second == FreezePolicy::adjust;
}

bool RandomHistory::shut_out(const std::vector<CdnRow>& rows) const {
    return std::ranges::any_of(rows, [&](const CdnRow& row) {
        const int counts_on = is_adjusted(row) ? arrival_day() : row.day_number;
        return stores_.front().plain.purged(counts_on) || frozen_days_.contains(counts_on);
    });
}

void RandomHistory::note_stored(const std::string& key, const std::vector<CdnRow>& rows) {
    KnownBatch& known = batches_[key] = {.rows = rows};
    std::ranges::copy_if(
        rows, std::back_inserter(known.moved), [&](const CdnRow& row) { return is_adjusted(row); });
    for (Subject& subject : stores_) {
        const auto receipt = subject.store->find_batch("fastly", key);
        const std::optional<AdjustedRows>& adjusted = (*receipt)->adjusted;
        EXPECT_EQ(adjusted.has_value(), !known.moved.empty()) << subject.name << " " << key;
        std::vector<CdnRow>& booked = subject.booked[key] = rows;
        for (CdnRow& row : booked) {
            if (is_adjusted(row) && adjusted.has_value()) {
                row.day_number =
                    adjusted->booked.day().days_since_epoch() - first_day.days_since_epoch();
                row.slot = adjusted->booked.index_in_day();
            }
        }
        subject.plain.add(booked, 1);
    }
}

void RandomHistory::note_voided(const std::string& voided, const std::string& key) {
    const KnownBatch known = batches_.at(voided);
    batches_[key] = {
        .rows = known.rows, .moved = known.moved, .sign = -known.sign, .is_void = true};
    std::erase_if(batches_[key].moved, [](const CdnRow& row) { return row.subject.empty(); });
    for (Subject& subject : stores_) {
        subject.plain.add(subject.booked.at(voided), -known.sign);
        subject.booked[key] = subject.booked.at(voided);
    }
}

Lines RandomHistory::links_expected() const {
    Lines lines;
    for (const auto& [key, batch] : batches_) {
        std::map<std::tuple<std::string, int, int>, std::array<std::int64_t, 2>> sums;
        for (const CdnRow& row : batch.moved) {
            auto& sum = sums[{row.subject, row.day_number, row.slot}];
            sum[0] += batch.sign * row.bytes;
            sum[1] += batch.sign * row.requests;
        }
        for (const auto& [place, sum] : sums) {
            const auto& [subject, day_number, slot] = place;
            lines.push_back(fmt::format("{} '{}' {}: {} {}",
                                        key,
                                        subject,
                                        Slot::of_day(day(day_number), slot).to_string(),
                                        sum[0],
                                        sum[1]));
        }
    }
    return lines;
}

Lines RandomHistory::links_of(Subject& subject) {
    std::map<std::int64_t, std::string> keys;
    for (const auto& [key, batch_seq] : subject.batch_seqs) {
        keys[batch_seq] = key;
    }
    Lines lines;
    const auto links = subject.store->adjustments({.dataset = "cdn", .limit = 1'000'000});
    for (const Adjustment& link : *links) {
        lines.push_back(fmt::format("{} '{}' {}: {} {}",
                                    keys.at(link.batch_seq),
                                    link.subject,
                                    link.slot.to_string(),
                                    link.totals[0].to_string(),
                                    link.totals[1].to_string()));
    }
    std::ranges::sort(lines);
    return lines;
}

void RandomHistory::store_again() {
    const std::string key = random_key();
    if (batches_[key].is_void) {
        return;
    }
    on_all("store again " + key, [&](Subject& subject) {
        const auto stored = store_rows(*subject.store, key, batches_[key].rows);
        EXPECT_TRUE(stored.has_value() && stored->already_stored) << subject.name;
        return remember(subject, stored);
    });
}

void RandomHistory::store_conflict() {
    const std::string key = random_key();
    const std::vector<CdnRow> rows = random_rows();
    const std::string answer = on_all("conflict on " + key, [&](Subject& subject) {
        return outcome_of(store_rows(*subject.store, key_of(subject, key), rows, "other content"));
    });
    EXPECT_EQ(answer, "refused");
}

void RandomHistory::void_one() {
    const std::string voided = random_key();
    // Now and then under a key that is known.
    const bool known_key = random_.chance(0.2);
    const std::string key = known_key ? random_key() : fmt::format("v{}", next_key_++);
    const std::string answer =
        on_all(fmt::format("void {} as {}", voided, key), [&](Subject& subject) {
            return remember(
                subject,
                subject.store->void_batch(
                    "cdn", subject.batch_seqs.at(voided), key_of(subject, key), because));
        });
    if (answer != "refused" && !batches_.contains(key)) {
        note_voided(voided, key);
    }
}

void RandomHistory::replace_one() {
    const std::string replaced = random_key();
    const std::string key = fmt::format("r{}", next_key_++);
    const std::vector<CdnRow> rows = random_rows();
    std::string void_key;
    const std::string answer =
        on_all(fmt::format("replace {} by {}", replaced, key), [&](Subject& subject) {
            UsageRows source = rows_of(rows);
            const auto stored = subject.store->replace_batch(
                subject.batch_seqs.at(replaced), batch_of(key), source, because);
            if (!stored.has_value()) {
                return outcome_of(stored);
            }
            void_key = name_of(subject, stored->voiding.receipt);
            return remember(subject, stored->voiding) + remember(subject, stored->replacement);
        });
    if (answer != "refused") {
        note_voided(replaced, void_key);
        note_stored(key, rows);
    }
}

void RandomHistory::seal() {
    std::vector<UtcDay> days;
    for (int number = 0; number < static_cast<int>(day_count); ++number) {
        if (random_.chance(0.6)) {
            days.push_back(day(number));
        }
    }
    if (random_.chance(0.3)) {
        days.push_back(day(arrival_day()));
    }
    on_all("seal", [&](Subject& subject) {
        const auto events = subject.store->seal_days("cdn", days);
        return events.has_value() ? describe(*events) : outcome_of(events);
    });
}

void RandomHistory::freeze() {
    const int day_number = random_closed_day();
    const std::vector<UtcDay> days = {day(day_number)};
    // Most days are neither sealed nor clean.
    if (random_.chance(0.7)) {
        fold_scope({});
        on_all(fmt::format("seal {}", day_number), [&](Subject& subject) {
            const auto events = subject.store->seal_days("cdn", days);
            return events.has_value() ? describe(*events) : outcome_of(events);
        });
    }
    const FreezePolicy policy = random_.chance(0.6) ? FreezePolicy::adjust : FreezePolicy::reject;
    on_all(fmt::format("freeze {}", day_number), [&](Subject& subject) {
        const auto frozen = subject.store->freeze_days("cdn", days, policy);
        return frozen.has_value() ? fmt::format("{}", frozen->size()) : outcome_of(frozen);
    });
    const auto sealed = store().sealed_days("cdn");
    const auto seal = std::ranges::find(*sealed, day(day_number), &SealedDay::day);
    if (seal != sealed->end() && seal->frozen.has_value()) {
        frozen_days_[day_number] = *seal->frozen;
    }
}

void RandomHistory::verify() {
    for (Subject& subject : stores_) {
        EXPECT_EQ(verified(*subject.store), Lines{}) << subject.name;
    }
}

void RandomHistory::fold() {
    FoldScope scope;
    if (random_.chance(0.3)) {
        scope.days = {day(random_day())};
    }
    if (random_.chance(0.2)) {
        scope.subject_from = random_subject();
    }
    if (random_.chance(0.2)) {
        scope.subject_to = random_subject();
    }
    if (random_.chance(0.3)) {
        scope.pace = {.share = 0.9, .rows_at_once = 1 + static_cast<int>(random_.below(4))};
    }
    fold_scope(scope);
}

void RandomHistory::fold_scope(const FoldScope& scope) {
    on_all("fold", [&](Subject& subject) {
        const Result<FoldOutcome> outcome = subject.store->fold("cdn", scope);
        return outcome.has_value()
                   ? fmt::format(
                         "{} batches, {} rows", outcome->batch_count, outcome->daily_row_count)
                   : outcome_of(outcome);
    });
}

void RandomHistory::purge() {
    const int day_number = random_closed_day();
    const std::string answer = on_all(fmt::format("purge {}", day_number), [&](Subject& subject) {
        const Result<bool> purged = subject.store->purge_day("cdn", day(day_number));
        return purged.has_value() ? fmt::format("{}", *purged) : outcome_of(purged);
    });
    if (answer != "refused") {
        for (Subject& subject : stores_) {
            subject.plain.purge(day_number);
        }
    }
}

void RandomHistory::erase() {
    const std::string subject = random_subject();
    const std::string answer = on_all("erase " + subject, [&](Subject& on) {
        const Result<Erasure> erasure = on.store->erase_subject("cdn", subject, asked_for);
        return erasure.has_value() ? fmt::format("{} batches, {} rows, {} daily rows",
                                                 erasure->batch_count,
                                                 erasure->batch_row_count,
                                                 erasure->daily_row_count)
                                   : outcome_of(erasure);
    });
    EXPECT_NE(answer, "unavailable");
    const auto of_subject = [&](const CdnRow& row) { return row.subject == subject; };
    for (Subject& each : stores_) {
        each.plain.erase(subject);
        for (auto& [key, rows] : each.booked) {
            std::erase_if(rows, of_subject);
        }
    }
    for (auto& [key, batch] : batches_) {
        std::erase_if(batch.rows, of_subject);
        for (CdnRow& row : batch.moved) {
            row.subject = of_subject(row) ? "" : row.subject;
        }
    }
}

void RandomHistory::ask_something() {
    const int from = random_day() - 1;
    UsageQuery query = question(from,
                                from + 1 + static_cast<int>(random_.below(day_count + 1)),
                                static_cast<UsagePeriod>(random_.below(4)));
    query.per_subject = random_.chance(0.7);
    for (std::uint64_t count = random_.below(3); count > 0; --count) {
        query.subjects.push_back(random_subject());
    }
    for (Subject& subject : stores_) {
        EXPECT_EQ(ask(*subject.store, query), subject.plain.answer(query)) << subject.name;
    }
}

void RandomHistory::reopen() {
    for (Subject& subject : stores_) {
        if (subject.lasting && random_.chance(0.5)) {
            subject.store.reset();
        }
        subject.store = subject.database->open();
    }
}

void RandomHistory::step() {
    const std::uint64_t draw = random_.below(100);
    if (draw < 30 || batches_.empty()) {
        store_new();
    } else if (draw < 36) {
        store_again();
    } else if (draw < 40) {
        store_conflict();
    } else if (draw < 48) {
        void_one();
    } else if (draw < 53) {
        replace_one();
    } else if (draw < 64) {
        fold();
    } else if (draw < 66) {
        purge();
    } else if (draw < 68) {
        erase();
    } else if (draw < 72) {
        seal();
    } else if (draw < 75) {
        freeze();
    } else if (draw < 77) {
        verify();
    } else if (draw < 80) {
        reopen();
    } else {
        ask_something();
    }
}

UsageQuery RandomHistory::everything(UsagePeriod period) {
    return question(std::min(0, arrival_day() - 1),
                    std::max(static_cast<int>(day_count), arrival_day() + 1),
                    period);
}

void RandomHistory::compare_all() {
    for (const UsagePeriod period : {UsagePeriod::slot, UsagePeriod::day}) {
        for (Subject& subject : stores_) {
            EXPECT_EQ(ask(*subject.store, everything(period)),
                      subject.plain.answer(everything(period)))
                << subject.name;
        }
    }
    for (Subject& subject : stores_) {
        Lines expected = links_expected();
        std::ranges::sort(expected);
        EXPECT_EQ(links_of(subject), expected) << subject.name;
    }
    on_all("state", [](Subject& subject) {
        const DatasetState state = *subject.store->dataset_state("cdn");
        return fmt::format("{} {}", state.unfolded_count, state.partial);
    });
    verify();
    on_all("seals", [](Subject& subject) {
        std::string text = describe(*subject.store->seal_events("cdn", 0, 1000));
        const auto days = subject.store->sealed_days("cdn");
        for (const SealedDay& sealed : *days) {
            text += fmt::format("{} revision {} dirty:{} frozen:{}\n",
                                sealed.day.to_string(),
                                sealed.revision,
                                sealed.dirty,
                                sealed.frozen.has_value() ? to_string(*sealed.frozen) : "no");
        }
        return text;
    });
    on_all("batches", [](Subject& subject) {
        std::string keys;
        const auto receipts = subject.store->batches("cdn", 0, 1000);
        for (const BatchReceipt& receipt : *receipts) {
            const std::string name = name_of(subject, receipt);
            EXPECT_EQ(receipt.batch_seq, subject.batch_seqs.at(name));
            keys += describe(name, {.receipt = receipt}) + "\n";
        }
        return keys;
    });
}

}  // namespace tidemark::test
