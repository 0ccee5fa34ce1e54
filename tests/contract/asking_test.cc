// What every store promises to those who ask again: a version that changes with what is stored, and
// subjects page by page.

#include <functional>
#include <map>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <poll.h>

#include "contract/gauge_steps.h"
#include "contract/postgres_steps.h"
#include "contract/random_history.h"
#include "store/postgres/postgres_store.h"
#include "support/environment.h"

namespace tidemark::test {
namespace {

const CorrectionNote asked_for{.reason = "asked for", .by = "billing"};

std::string version_of(Store& store, std::string_view dataset = "cdn", int from = 0, int to = 30) {
    const Result<std::string> version = store.answer_version(dataset, day(from), day(to));
    EXPECT_TRUE(version.has_value()) << version.error().message;
    return version.value_or("");
}

class AskingContract : public GaugeTest {
 protected:
    // The version after the step differs from that before it, and so does a further store's.
    void expect_changes(const std::string& what, const std::function<bool()>& step) {
        const std::string before = version_of(*store);
        ASSERT_TRUE(step()) << what;
        EXPECT_NE(version_of(*store), before) << what;
        EXPECT_EQ(version_of(*database->open()), version_of(*store)) << what;
    }

    void expect_does_not_change(const std::string& what, const std::function<bool()>& step) {
        const std::string before = version_of(*store);
        ASSERT_TRUE(step()) << what;
        EXPECT_EQ(version_of(*store), before) << what;
    }

    Lines subjects(SubjectQuery query) {
        const auto found = store->find_subjects(query);
        EXPECT_TRUE(found.has_value()) << found.error().message;
        return found.value_or(Lines());
    }

    // Three random histories, with kills where the store outlives them: `begin` gives for each what
    // is shown the store after each step.
    static void follow_random_histories(const std::function<std::function<void(Store&)>()>& begin) {
        const std::uint64_t first_seed = number_from_environment("TIDEMARK_SEED", 1);
        for (std::uint64_t seed = first_seed; seed < first_seed + 3; ++seed) {
            SCOPED_TRACE(fmt::format("TIDEMARK_SEED={}", seed));
            RandomHistory history(
                seed,
                {GetParam()},
                GetParam().lasting ? RandomHistory::Kills::some : RandomHistory::Kills::none);
            const std::function<void(Store&)> look = begin();
            for (int step = 0; step < 40 && !HasFailure(); ++step) {
                SCOPED_TRACE(fmt::format("step {}", step));
                history.step();
                look(history.store());
            }
        }
    }

    static SubjectQuery subject_question(int from, int to, std::string after = "") {
        return {.dataset = "cdn",
                .from = day(from),
                .to = day(to),
                .after = std::move(after),
                .limit = 2};
    }
};
INSTANTIATE_TEST_SUITE_P(Stores, AskingContract, testing::ValuesIn(store_factories()), store_name);

TEST_P(AskingContract, whatever_changes_an_answer_changes_the_version) {
    const std::vector<CdnRow> row = {{"a", 0, 0, 5, 1}};
    expect_changes("commit", [&] { return stored(*store, "one", row) == 1; });
    expect_changes("a batch without rows", [&] { return stored(*store, "two", {}) == 2; });
    expect_changes("void", [&] { return store->void_batch("cdn", 1, "v", because).has_value(); });
    stored(*store, "three", {{"a", 0, 0, 5, 1}, {"b", 1, 0, 5, 1}});
    expect_changes("replace", [&] {
        UsageRows rows = rows_of(row);
        return store->replace_batch(4, batch_of("r"), rows, because).has_value();
    });
    Batch batch = batch_of("lines");
    batch.counts = {.lines = 1, .rejected = 1};
    batch.rejected_by_reason = {{"bad_date", 1}};
    UsageRows none = rows_of({});
    const auto rejected = store->store_batch(batch, none);
    ASSERT_TRUE(rejected.has_value()) << rejected.error().message;
    expect_changes("replay", [&] {
        UsageRows rows = rows_of(row);
        return store->replay_batch(rejected->receipt.batch_seq, batch_of("p"), rows, because)
            .has_value();
    });
    folded(*store);
    expect_changes("erase", [&] { return store->erase_subject("cdn", "b", because).has_value(); });
    expect_changes("purge", [&] { return store->purge_day("cdn", day(0)).value_or(false); });
}

// What the watch names once it was asked.
std::string name_of_commits(CommitWatch& watch) {
    EXPECT_TRUE(watch.ask().has_value());
    while (true) {
        pollfd readable{.fd = watch.descriptor(), .events = POLLIN, .revents = 0};
        EXPECT_GE(poll(&readable, 1, -1), 0);
        const Result<std::optional<std::string>> taken = watch.take();
        EXPECT_TRUE(taken.has_value()) << taken.error().message;
        if (!taken.has_value() || taken->has_value()) {
            return taken.has_value() ? **taken : "";
        }
    }
}

TEST_P(AskingContract, a_watch_tells_every_commit_and_nothing_else) {
    const auto opened = store->watch_commits();
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    if (*opened == nullptr) {
        return;  // an embedded store has none, and is asked for the version itself
    }
    CommitWatch& watch = **opened;
    EXPECT_EQ(watch.take().value(), std::nullopt) << "nothing was asked";
    stored(*store, "one", {{"b", 0, 0, 5, 1}});
    const std::string before = name_of_commits(watch);
    EXPECT_NE(before, "");
    version_of(*store);
    subjects(subject_question(0, 30));
    EXPECT_EQ(name_of_commits(watch), before) << "who reads commits nothing";
    std::set<std::string> seen{before};
    const auto expect_new = [&](const char* what) {
        EXPECT_TRUE(seen.insert(name_of_commits(watch)).second) << what;
    };
    stored(*database->open(), "two", {});
    expect_new("another connection's batch without rows");
    folded(*store);
    expect_new("a fold");
    const auto erased = store->erase_subject("cdn", "b", because);
    ASSERT_TRUE(erased.has_value()) << erased.error().message;
    expect_new("an erasure");
    ASSERT_TRUE(store->purge_day("cdn", day(0)).value_or(false));
    expect_new("a purge");
}

TEST_P(AskingContract, whatever_changes_no_answer_leaves_the_version) {
    stored(*store, "one", {{"a", 0, 0, 5, 1}, {"b", 1, 0, 5, 1}});
    const std::vector<UtcDay> days = {day(0)};
    expect_does_not_change("a part folded",
                           [&] { return folded(*store, {.days = days}).batch_count > 0; });
    expect_does_not_change("fold", [&] { return folded(*store).folded_through == 1; });
    expect_does_not_change("seal", [&] { return store->seal_days("cdn", days)->size() == 1; });
    expect_does_not_change("freeze", [&] {
        return store->freeze_days("cdn", days, FreezePolicy::reject)->size() == 1;
    });
    expect_does_not_change("the same batch again", [&] {
        return store_rows(*store, "one", {{"a", 0, 0, 5, 1}, {"b", 1, 0, 5, 1}})->already_stored;
    });
    expect_does_not_change("a batch refused", [&] {
        return !store_rows(*store, "late", {{"a", 0, 0, 5, 1}}).has_value();
    });
    expect_does_not_change("another dataset", [&] {
        return stored_media(*store, "1", {event_of("a", bytes_stored, 0, 60, 1)}) == 1;
    });
    expect_does_not_change("a run", [&] { return store->begin_run("x", "cdn", "").has_value(); });
    stored(*store, "other day", {{"a", 2, 0, 5, 1}});
    folded(*store);
    const std::string before = version_of(*store, "cdn", 0, 2);
    ASSERT_TRUE(store->purge_day("cdn", day(2)).value_or(false));
    EXPECT_EQ(version_of(*store, "cdn", 0, 2), before) << "a purge of another day";
    EXPECT_NE(version_of(*store, "cdn", 0, 3), before);
    EXPECT_EQ(outcome_of(store->answer_version("never", day(0), day(1))), "not_found");
}

TEST_P(AskingContract, events_of_a_gauge_change_its_version) {
    const auto version = [this] { return version_of(*store, "media_storage"); };
    std::vector<std::string> versions = {version()};
    stored_media(*store, "1", {event_of("a", bytes_stored, 0, 60, 100)});
    versions.push_back(version());
    stored_media(*store, "2", {event_of("a", bytes_stored, 0, 61, 101)});
    versions.push_back(version());
    voided_media(*store, 2);
    versions.push_back(version());
    ASSERT_TRUE(store->erase_subject("media_storage", "a", asked_for).has_value());
    versions.push_back(version());
    for (std::size_t place = 1; place < versions.size(); ++place) {
        EXPECT_NE(versions[place], versions[place - 1]) << place;
    }
}

// Over random histories, kills included: what was answered once under a version is what is answered
// under it ever after.
TEST_P(AskingContract, one_version_has_one_answer) {
    follow_random_histories([] {
        return [answers = std::map<std::string, Lines>()](Store& stepped) mutable {
            const std::string version = version_of(stepped);
            Lines answer = daily_usage(stepped);
            for (std::string& line : ask(stepped, question(0, 30, UsagePeriod::slot))) {
                answer.push_back(std::move(line));
            }
            const auto [place, added] = answers.try_emplace(version, answer);
            EXPECT_EQ(place->second, answer) << version;
        };
    });
}

// Asked thrice, so that a session that knows where it stands takes its shortest way.
TEST_P(AskingContract, an_answer_read_with_its_version_is_that_version_s) {
    UsageQuery query = question(0, 30);
    query.subjects = {"a", "b", "c"};
    const auto look = [&query](Store& stepped) {
        for (int time = 0; time < 3; ++time) {
            const auto read = stepped.read_versioned_usage(query);
            ASSERT_TRUE(read.has_value()) << read.error().message;
            EXPECT_EQ(read->version, version_of(stepped));
            EXPECT_EQ(lines_of(read->answer), ask(stepped, query));
        }
    };
    follow_random_histories([&look] { return look; });
    query.dataset = "never";
    EXPECT_EQ(outcome_of(store->read_versioned_usage(query)), "not_found");
}

TEST_P(AskingContract, subjects_come_in_their_order_folded_or_not) {
    stored(*store, "one", {{"b", 0, 0, 5, 1}, {"d", 1, 0, 5, 1}, {"outside", 9, 0, 1, 1}});
    folded(*store);
    stored(*store, "two", {{"a", 0, 0, 0, 0}, {"d", 0, 0, 5, 1}, {"c", 1, 0, 5, 1}});
    EXPECT_EQ(subjects(subject_question(0, 2)), (Lines{"a", "b"}));
    EXPECT_EQ(subjects(subject_question(0, 2, "b")), (Lines{"c", "d"}));
    EXPECT_EQ(subjects(subject_question(0, 2, "d")), Lines{});
    EXPECT_EQ(subjects(subject_question(0, 1, "aa")), (Lines{"b", "d"}));
    EXPECT_EQ(subjects(subject_question(2, 9)), Lines{});
    folded(*store, {.days = {day(0)}});
    EXPECT_EQ(subjects(subject_question(0, 2, "b")), (Lines{"c", "d"}));
    folded(*store);
    EXPECT_EQ(subjects(subject_question(0, 2, "b")), (Lines{"c", "d"}));
    ASSERT_TRUE(store->purge_day("cdn", day(1)).value_or(false));
    EXPECT_EQ(subjects(subject_question(0, 2, "b")), (Lines{"c", "d"}));
    ASSERT_TRUE(store->erase_subject("cdn", "c", because).has_value());
    EXPECT_EQ(subjects(subject_question(0, 2, "b")), (Lines{"d"}));
    SubjectQuery query = subject_question(0, 2);
    query.limit = 0;
    EXPECT_EQ(subjects(query), Lines{});
    query.dataset = "never";
    EXPECT_EQ(outcome_of(store->find_subjects(query)), "not_found");
}

TEST_P(AskingContract, subjects_of_a_gauge_are_those_with_something_by_then) {
    stored_media(*store,
                 "1",
                 {event_of("b", bytes_stored, 0, 60, 1),
                  event_of("a", media_count, 1, 60, 1),
                  event_of("c", bytes_stored, 4, 60, 1)});
    SubjectQuery query = subject_question(2, 4);
    query.dataset = "media_storage";
    EXPECT_EQ(subjects(query), (Lines{"a", "b"}));
    query.after = "a";
    EXPECT_EQ(subjects(query), (Lines{"b"}));
    query.to = day(5);
    EXPECT_EQ(subjects(query), (Lines{"b", "c"}));
}

class PostgresAskingRace : public PostgresRace {};

// The highest committed number is the same before and after the slow one's commit.
TEST_F(PostgresAskingRace, a_batch_that_commits_behind_a_later_one_changes_the_version) {
    const std::vector<CdnRow> row = {{"a", 0, 0, 1, 1}};
    postgres::Session& slow = new_session();
    const std::string before = version_of(*store);
    const std::int64_t first = begun(slow, entry_of("slow", row));
    EXPECT_EQ(version_of(*store), before) << "only begun";
    stored(*store, "fast", {{"a", 0, 1, 10, 1}});
    const std::string between = version_of(*store);
    EXPECT_NE(between, before);
    copied(slow, first, row);
    ASSERT_TRUE(marked(slow, first));
    EXPECT_EQ(version_of(*store), between) << "not committed yet";
    execute(slow, "COMMIT");
    EXPECT_NE(version_of(*store), between);
}

// Asked again and again of one connection, it looks no further than whether a snapshot is the same.
TEST_F(PostgresAskingRace, a_version_known_well_is_not_believed_after_a_commit) {
    const auto asked_often = [this](int to) {
        const std::string version = version_of(*store, "cdn", 0, to);
        for (int time = 0; time < 3; ++time) {
            EXPECT_EQ(version_of(*store, "cdn", 0, to), version);
        }
        return version;
    };
    const std::vector<CdnRow> row = {{"a", 0, 0, 1, 1}};
    postgres::Session& slow = new_session();
    postgres::Session& writer = new_session();
    const std::int64_t first = begun(slow, entry_of("slow", row));
    copied(slow, first, row);
    std::set<std::string> seen = {asked_often(30)};
    // The oldest transaction that is open stays so, and others end behind it.
    const std::int64_t second = begun(writer, entry_of("fast", row));
    copied(writer, second, row);
    EXPECT_TRUE(seen.contains(asked_often(30)));
    ASSERT_TRUE(marked(writer, second));
    execute(writer, "COMMIT");
    EXPECT_TRUE(seen.insert(asked_often(30)).second);
    EXPECT_FALSE(asked_often(29).empty());
    ASSERT_TRUE(marked(slow, first));
    EXPECT_TRUE(seen.contains(asked_often(30)));
    execute(slow, "COMMIT");
    EXPECT_TRUE(seen.insert(asked_often(30)).second);
    EXPECT_TRUE(seen.contains(asked_often(29)));
    stored(*store, "of its own", {{"a", 0, 2, 1, 1}});
    EXPECT_TRUE(seen.insert(asked_often(30)).second);
}

// The same of a read that looks for the snapshot in passing: what others commit, fold and purge
// shows in its version and in its rows.
TEST_F(PostgresAskingRace, an_answer_and_its_version_are_anew_after_a_commit) {
    const auto other = open_postgres_store(database.url());
    ASSERT_TRUE(other.has_value());
    UsageQuery query = question(0, 30);
    query.subjects = {"a"};
    std::set<std::string> seen;
    const auto read_often = [&] {
        Lines first;
        for (int time = 0; time < 4; ++time) {
            const auto read = store->read_versioned_usage(query);
            EXPECT_TRUE(read.has_value());
            EXPECT_EQ(seen.insert(read->version).second, time == 0) << time;
            EXPECT_TRUE(time == 0 || lines_of(read->answer) == first) << time;
            first = lines_of(read->answer);
        }
        return first;
    };
    EXPECT_EQ(read_often(), Lines{});
    stored(**other, "one", {{"a", 0, 0, 1, 1}});
    EXPECT_EQ(read_often(), Lines{"2026-11-11T00:00Z a: 1 1"});
    folded(**other);
    stored(**other, "elsewhere", {{"b", 40, 0, 7, 1}});
    EXPECT_EQ(read_often(), Lines{"2026-11-11T00:00Z a: 1 1"});
    stored(**other, "two", {{"a", 0, 1, 10, 1}});
    EXPECT_EQ(read_often(), Lines{"2026-11-11T00:00Z a: 11 2"});
    folded(**other);
    ASSERT_TRUE((*other)->purge_day("cdn", day(0)).value_or(false));
    EXPECT_EQ(read_often(), Lines{"2026-11-11T00:00Z a: 11 2"});
}

}  // namespace
}  // namespace tidemark::test
