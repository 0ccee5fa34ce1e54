// Random histories on all stores at once: every answer must be the memory store's, every usage the
// plain sum of what was stored, and verify finds nothing at any moment. TIDEMARK_HISTORIES says how
// many, TIDEMARK_SEED which first.

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "contract/plain_sums.h"
#include "contract/store_steps.h"
#include "support/environment.h"

namespace tidemark::test {
namespace {

constexpr std::uint64_t step_count = 40;
constexpr std::uint64_t day_count = 4;
const std::vector<std::string> subjects = {"a", "b", "bb", "c", "d"};

// One store and what it calls the batches.
struct Subject {
    std::string name;
    std::unique_ptr<TestDatabase> database;
    std::unique_ptr<Store> store;
    bool lasting;
    std::map<std::string, std::int64_t> batch_seqs{};  // by key
};

// A committed batch as everybody knows it.
struct KnownBatch {
    std::vector<CdnRow> rows;
    int sign = 1;
    bool is_void = false;
};

class History {
 public:
    explicit History(std::uint64_t seed) : random_(seed, "history") {
        for (const StoreFactory& factory : store_factories()) {
            Subject subject{.name = factory.name,
                            .database = factory.make_database(),
                            .store = nullptr,
                            .lasting = factory.lasting};
            subject.store = subject.database->open();
            EXPECT_EQ(outcome_of(subject.store->prepare_dataset(cdn())), "ok");
            stores_.push_back(std::move(subject));
        }
    }

    void step();
    void compare_all();

 private:
    // Does the same on every store; the answer on which all agree, else a failure.
    template <typename Action>
    std::string on_all(const std::string& what, Action action) {
        std::optional<std::string> agreed;
        for (Subject& subject : stores_) {
            const std::string answer = action(subject);
            EXPECT_EQ(answer, agreed.value_or(answer)) << subject.name << ": " << what;
            agreed = agreed.value_or(answer);
        }
        return agreed.value_or("");
    }

    void store_new();
    void store_again();
    void store_conflict();
    void void_one();
    void replace_one();
    void seal();
    void freeze();
    void verify();
    void fold();
    void purge();
    void ask_something();
    void reopen();

    std::vector<CdnRow> random_rows();
    std::string random_key();
    // Whether one of the rows is of a day that takes none.
    bool shut_out(const std::vector<CdnRow>& rows) const;
    int random_day() { return static_cast<int>(random_.below(day_count)); }
    const std::string& random_subject() { return subjects[random_.below(subjects.size())]; }
    std::string remember(Subject& subject, const Result<StoredBatch>& stored);

    RandomStream random_;
    std::vector<Subject> stores_;
    PlainSums plain_;
    std::map<std::string, KnownBatch> batches_;
    std::set<int> frozen_days_;
    int next_key_ = 0;
};

// The receipt in words, but for the numbers that stores may choose for themselves.
std::string describe(const StoredBatch& stored) {
    std::string text = fmt::format("{} {} rows:{} already:{} voids:{}",
                                   stored.receipt.identity.key,
                                   stored.receipt.identity.content_hash.to_string(),
                                   stored.receipt.row_count,
                                   stored.already_stored,
                                   stored.receipt.voids.has_value());
    for (const Total& total : stored.receipt.totals) {
        text += fmt::format(" {}", total.to_string());
    }
    for (const UtcDay date : stored.receipt.days) {
        text += fmt::format(" {}", date.to_string());
    }
    return text;
}

std::string History::remember(Subject& subject, const Result<StoredBatch>& stored) {
    if (!stored.has_value()) {
        return outcome_of(stored);
    }
    const auto [known, added] =
        subject.batch_seqs.try_emplace(stored->receipt.identity.key, stored->receipt.batch_seq);
    EXPECT_EQ(known->second, stored->receipt.batch_seq) << "another number for the same batch";
    EXPECT_NE(added, stored->already_stored);
    return describe(*stored);
}

std::vector<CdnRow> History::random_rows() {
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

std::string History::random_key() {
    auto place = batches_.begin();
    std::advance(place, static_cast<std::ptrdiff_t>(random_.below(batches_.size())));
    return place->first;
}

void History::store_new() {
    const std::string key = fmt::format("k{}", next_key_++);
    const std::vector<CdnRow> rows = random_rows();
    const std::string answer = on_all("store " + key, [&](Subject& subject) {
        return remember(subject, store_rows(*subject.store, key, rows));
    });
    EXPECT_EQ(answer == "refused", shut_out(rows)) << answer;
    if (answer != "refused") {
        plain_.add(rows, 1);
        batches_[key] = {.rows = rows};
    }
}

bool History::shut_out(const std::vector<CdnRow>& rows) const {
    return std::ranges::any_of(rows, [&](const CdnRow& row) {
        return plain_.purged(row.day_number) || frozen_days_.contains(row.day_number);
    });
}

void History::store_again() {
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

void History::store_conflict() {
    const std::string key = random_key();
    const std::vector<CdnRow> rows = random_rows();
    const std::string answer = on_all("conflict on " + key, [&](Subject& subject) {
        return outcome_of(store_rows(*subject.store, key, rows, "other content"));
    });
    EXPECT_EQ(answer, "refused");
}

void History::void_one() {
    const std::string voided = random_key();
    // Now and then under a key that is known.
    const bool known_key = random_.chance(0.2);
    const std::string key = known_key ? random_key() : fmt::format("v{}", next_key_++);
    const std::string answer =
        on_all(fmt::format("void {} as {}", voided, key), [&](Subject& subject) {
            return remember(
                subject,
                subject.store->void_batch("cdn", subject.batch_seqs.at(voided), key, because));
        });
    if (answer != "refused" && !batches_.contains(key)) {
        const KnownBatch& known = batches_.at(voided);
        plain_.add(known.rows, -known.sign);
        batches_[key] = {.rows = known.rows, .sign = -known.sign, .is_void = true};
    }
}

void History::replace_one() {
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
            void_key = stored->voiding.receipt.identity.key;
            return remember(subject, stored->voiding) + remember(subject, stored->replacement);
        });
    if (answer != "refused") {
        const KnownBatch known = batches_.at(replaced);
        plain_.add(known.rows, -known.sign);
        plain_.add(rows, 1);
        batches_[void_key] = {.rows = known.rows, .sign = -known.sign, .is_void = true};
        batches_[key] = {.rows = rows};
    }
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

void History::seal() {
    std::vector<UtcDay> days;
    for (int number = 0; number < static_cast<int>(day_count); ++number) {
        if (random_.chance(0.6)) {
            days.push_back(day(number));
        }
    }
    on_all("seal", [&](Subject& subject) {
        const auto events = subject.store->seal_days("cdn", days);
        return events.has_value() ? describe(*events) : outcome_of(events);
    });
}

void History::freeze() {
    const int day_number = random_day();
    const std::vector<UtcDay> days = {day(day_number)};
    const std::string answer = on_all(fmt::format("freeze {}", day_number), [&](Subject& subject) {
        const auto frozen = subject.store->freeze_days("cdn", days, FreezePolicy::reject);
        return frozen.has_value() ? fmt::format("{}", frozen->size()) : outcome_of(frozen);
    });
    if (answer == "1") {
        frozen_days_.insert(day_number);
    }
}

void History::verify() {
    for (Subject& subject : stores_) {
        const auto summary = subject.store->verify({.dataset = "cdn"}, [&](const Difference& each) {
            ADD_FAILURE() << fmt::format("{}: {} {} {} {}: expected {}, found {}, batch {}",
                                         subject.name,
                                         each.table,
                                         each.subject,
                                         each.day.has_value() ? each.day->to_string() : "",
                                         each.field,
                                         each.expected,
                                         each.found,
                                         each.batch_seq.value_or(0));
        });
        EXPECT_EQ(outcome_of(summary), "ok") << subject.name;
    }
}

void History::fold() {
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
    on_all("fold", [&](Subject& subject) {
        const Result<FoldOutcome> outcome = subject.store->fold("cdn", scope);
        return outcome.has_value()
                   ? fmt::format(
                         "{} batches, {} rows", outcome->batch_count, outcome->daily_row_count)
                   : outcome_of(outcome);
    });
}

void History::purge() {
    const int day_number = random_day();
    const std::string answer = on_all(fmt::format("purge {}", day_number), [&](Subject& subject) {
        const Result<bool> purged = subject.store->purge_day("cdn", day(day_number));
        return purged.has_value() ? fmt::format("{}", *purged) : outcome_of(purged);
    });
    if (answer == "true") {
        plain_.purge(day_number);
    }
}

void History::ask_something() {
    const int from = random_day() - 1;
    UsageQuery query = question(from,
                                from + 1 + static_cast<int>(random_.below(day_count + 1)),
                                static_cast<UsagePeriod>(random_.below(4)));
    query.per_subject = random_.chance(0.7);
    for (std::uint64_t count = random_.below(3); count > 0; --count) {
        query.subjects.push_back(random_subject());
    }
    const Lines expected = plain_.answer(query);
    for (Subject& subject : stores_) {
        EXPECT_EQ(ask(*subject.store, query), expected) << subject.name;
    }
}

void History::reopen() {
    for (Subject& subject : stores_) {
        if (subject.lasting && random_.chance(0.5)) {
            subject.store.reset();
        }
        subject.store = subject.database->open();
    }
}

void History::step() {
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
        seal();
    } else if (draw < 69) {
        freeze();
    } else if (draw < 75) {
        verify();
    } else if (draw < 80) {
        reopen();
    } else {
        ask_something();
    }
}

void History::compare_all() {
    for (const UsagePeriod period : {UsagePeriod::slot, UsagePeriod::day}) {
        const UsageQuery everything = question(0, static_cast<int>(day_count), period);
        for (Subject& subject : stores_) {
            EXPECT_EQ(ask(*subject.store, everything), plain_.answer(everything)) << subject.name;
        }
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
                                sealed.frozen.has_value());
        }
        return text;
    });
    on_all("batches", [](Subject& subject) {
        std::string keys;
        const auto receipts = subject.store->batches("cdn", 0, 1000);
        for (const BatchReceipt& receipt : *receipts) {
            EXPECT_EQ(receipt.batch_seq, subject.batch_seqs.at(receipt.identity.key));
            keys += describe({.receipt = receipt}) + "\n";
        }
        return keys;
    });
}

TEST(Differential, every_store_answers_as_the_memory_store_and_as_plain_sums) {
    const std::uint64_t first_seed = number_from_environment("TIDEMARK_SEED", 1);
    const std::uint64_t count = number_from_environment("TIDEMARK_HISTORIES", 25);
    fmt::print("{} histories, seeds from {}\n", count, first_seed);
    for (std::uint64_t seed = first_seed; seed < first_seed + count; ++seed) {
        SCOPED_TRACE(fmt::format("TIDEMARK_SEED={} TIDEMARK_HISTORIES=1", seed));
        History history(seed);
        for (std::uint64_t step = 0; step < step_count && !testing::Test::HasFailure(); ++step) {
            SCOPED_TRACE(fmt::format("step {}", step));
            history.step();
        }
        history.compare_all();
        if (testing::Test::HasFailure()) {
            break;
        }
    }
}

}  // namespace
}  // namespace tidemark::test
