#include "contract/store_stress.h"

#include <algorithm>
#include <cstdio>
#include <iterator>

#include <fmt/format.h>

#include "base/check.h"
#include "contract/verifying.h"

namespace tidemark::test {

namespace {

constexpr int writer_count = 4;
constexpr int folder_count = 2;
constexpr int reader_count = 8;

// Longer than any store waits for anybody; reached only when something hangs.
constexpr std::int64_t patience_s = 90;

std::int64_t now_s() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

void pause(std::uint64_t duration_ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds(duration_ms));
}

// The end of a stress is a condition; only the pace of disturbances and the watch follow a clock.
constexpr std::uint64_t watch_interval_ms = 50;

FoldScope random_scope(const Generation& generation, RandomStream& random) {
    FoldScope scope;
    if (random.chance(0.3)) {
        scope.days = {day(generation.first_day_number() + static_cast<int>(random.below(2)))};
    }
    const auto& subjects = Generation::subjects();
    if (random.chance(0.25)) {
        scope.subject_from = subjects[random.below(subjects.size())];
    }
    if (random.chance(0.25)) {
        scope.subject_to = subjects[random.below(subjects.size())];
    }
    if (random.chance(0.3)) {
        scope.pace = {.share = 0.7, .rows_at_once = 1 + static_cast<int>(random.below(4))};
    }
    return scope;
}

}  // namespace

std::string StressTally::to_string() const {
    return fmt::format(
        "{} batches, {} voids, {} folds, {} expired by folds, {} reads, {} seals, {} "
        "verifications, {} purges, {} purges "
        "refused, {} kills, {} leases ended, {} unavailable, {} connections",
        batches.load(),
        voids.load(),
        folds.load(),
        expiries.load(),
        reads.load(),
        seals.load(),
        verifications.load(),
        purges.load(),
        refused_purges.load(),
        kills.load(),
        ended_leases.load(),
        unavailable.load(),
        connections_max.load());
}

StoreStress::StoreStress(TestDatabase& database, std::uint64_t seed)
    : database_(database), seed_(seed) {
    generations_.push_back(std::make_shared<Generation>(0));
}

void StoreStress::fail(const std::string& what) {
    const std::scoped_lock lock(mutex_);
    if (failure_.empty()) {
        failure_ = what;
    }
    stopping_ = true;
}

void StoreStress::start(const std::string& name, Step step) {
    Worker& worker = workers_.emplace_back(name, database_.open(), RandomStream(seed_, name));
    worker.last_progress_s = now_s();
    threads_.emplace_back([this, step, &worker] {
        while (!stopping_) {
            (this->*step)(worker);
            worker.last_progress_s = now_s();
        }
        worker.done = true;
    });
}

template <typename T>
Result<T> StoreStress::available(Worker& worker, const std::function<Result<T>()>& call) {
    while (true) {
        Result<T> result = call();
        if (result.has_value() || result.error().kind != ErrorKind::unavailable) {
            worker.last_progress_s = now_s();
            return result;
        }
        ++tally_.unavailable;
        if (database_.server() == nullptr) {
            fail(fmt::format("{}: {}", worker.name, result.error().message));
            return result;
        }
    }
}

template <typename T>
std::optional<T> StoreStress::must(Worker& worker,
                                   const std::string& what,
                                   const std::function<Result<T>()>& call) {
    Result<T> result = available<T>(worker, call);
    if (!result.has_value()) {
        fail(fmt::format("{}: {}: {}: {}",
                         worker.name,
                         what,
                         to_string(result.error().kind),
                         result.error().message));
        return std::nullopt;
    }
    return std::move(result).value();
}

std::vector<std::shared_ptr<Generation>> StoreStress::generations() {
    const std::scoped_lock lock(mutex_);
    return generations_;
}

// Mostly one that is being worked on.
std::shared_ptr<Generation> StoreStress::random_generation(RandomStream& random) {
    const std::scoped_lock lock(mutex_);
    const std::size_t recent = std::min<std::size_t>(generations_.size(), 2);
    const std::size_t among = random.chance(0.9) ? recent : generations_.size();
    return generations_[generations_.size() - 1 - random.below(among)];
}

void StoreStress::write_one(Worker& worker) {
    std::shared_ptr<Generation> generation;
    std::optional<int> batch;
    {
        const std::scoped_lock lock(mutex_);
        batch = generations_.back()->begin_batch();
        if (!batch.has_value()) {
            const int number = static_cast<int>(generations_.size());
            generations_.push_back(std::make_shared<Generation>(number));
            batch = generations_.back()->begin_batch();
        }
        generation = generations_.back();
    }
    const std::string key = generation->key_of(*batch);
    const auto store = [&] {
        return must<StoredBatch>(worker, "store " + key, [&] {
            return store_rows(*worker.store, key, generation->rows_of_batch(*batch));
        });
    };
    const std::optional<StoredBatch> stored = store();
    if (!stored.has_value()) {
        return;
    }
    generation->acknowledge(*batch, stored->receipt.batch_seq);
    ++tally_.batches;
    if (worker.random.chance(0.1)) {
        const std::optional<StoredBatch> again = store();
        if (again.has_value() &&
            (!again->already_stored || again->receipt.batch_seq != stored->receipt.batch_seq)) {
            fail(fmt::format("{}: {} was stored twice", worker.name, key));
        }
    }
}

void StoreStress::void_one(Worker& worker) {
    const std::shared_ptr<Generation> generation = random_generation(worker.random);
    const std::optional<int> batch = generation->begin_void(worker.random);
    if (!batch.has_value()) {
        pause(1 + worker.random.below(10));
        return;
    }
    const std::string key = generation->key_of(*batch) + " void";
    const auto voided = must<StoredBatch>(worker, key, [&] {
        return worker.store->void_batch("cdn", generation->seq_of(*batch), key, because);
    });
    if (voided.has_value()) {
        generation->acknowledge_void(*batch, voided->receipt.batch_seq);
        ++tally_.voids;
    }
}

void StoreStress::fold_one(Worker& worker) {
    const std::shared_ptr<Generation> generation = random_generation(worker.random);
    const FoldScope scope = random_scope(*generation, worker.random);
    const auto outcome =
        must<FoldOutcome>(worker, "fold", [&] { return worker.store->fold("cdn", scope); });
    if (outcome.has_value()) {
        ++tally_.folds;
        tally_.expiries += static_cast<int>(outcome->expired_count);
    }
    pause(worker.random.below(20));
}

void StoreStress::read_one(Worker& worker) {
    const std::shared_ptr<Generation> generation = random_generation(worker.random);
    expect_answer(worker, *generation, random_question(*generation, worker.random));
}

void StoreStress::expect_answer(Worker& worker,
                                const Generation& generation,
                                const UsageQuery& query) {
    const Marks before = generation.marks();
    const auto answer =
        must<UsageAnswer>(worker, "read", [&] { return worker.store->read_usage(query); });
    if (!answer.has_value()) {
        return;
    }
    ++tally_.reads;
    const std::string breach = find_breach(query, *answer, before, generation.marks());
    if (!breach.empty()) {
        fail(fmt::format("{}: generation {}: {}", worker.name, generation.number(), breach));
    }
}

void StoreStress::seal_one(Worker& worker) {
    const std::shared_ptr<Generation> generation = random_generation(worker.random);
    const std::vector<UtcDay> days = {day(generation->first_day_number()),
                                      day(generation->first_day_number() + 1)};
    const auto sealed = must<std::vector<SealEvent>>(
        worker, "seal", [&] { return worker.store->seal_days("cdn", days); });
    if (sealed.has_value()) {
        tally_.seals += static_cast<int>(sealed->size());
    }
    pause(worker.random.below(50));
}

// Whatever goes on, all that stands there agrees at every moment.
void StoreStress::verify_all(Worker& worker) {
    Lines differences;
    const auto summary = must<VerifySummary>(worker, "verify", [&] {
        differences.clear();
        return worker.store->verify({.dataset = "cdn"}, [&](const Difference& each) {
            differences.push_back(describe(each));
        });
    });
    if (summary.has_value()) {
        ++tally_.verifications;
    }
    if (!differences.empty()) {
        fail(fmt::format("{} differences: {}", differences.size(), differences.front()));
    }
    pause(worker.random.below(100));
}

// Sealed anew after its last batch, the days of a generation state what it came to.
void StoreStress::expect_seals(Worker& worker, const Generation& generation) {
    const UtcDay from = day(generation.first_day_number());
    const std::vector<UtcDay> days = {from, from.next()};
    must<std::vector<SealEvent>>(
        worker, "seal", [&] { return worker.store->seal_days("cdn", days); });
    const auto sealed = must<std::vector<SealedDay>>(
        worker, "sealed days", [&] { return worker.store->sealed_days("cdn"); });
    const auto answer = must<UsageAnswer>(worker, "read", [&] {
        UsageQuery query =
            question(generation.first_day_number(), generation.first_day_number() + 2);
        query.per_subject = false;
        return worker.store->read_usage(query);
    });
    if (!sealed.has_value() || !answer.has_value()) {
        return;
    }
    for (const UsageAnswerRow& row : answer->rows) {
        const auto seal = std::ranges::find(*sealed, row.period_begin.day(), &SealedDay::day);
        if (seal == sealed->end() || seal->dirty || seal->totals != row.values) {
            fail(fmt::format("generation {}: the seal of {} is not its usage",
                             generation.number(),
                             row.period_begin.day().to_string()));
        }
    }
}

void StoreStress::purge_one(Worker& worker) {
    for (const auto& generation : generations()) {
        if (stopping_) {
            return;
        }
        if (generation->close_when_full()) {
            retire(worker, *generation);
        }
    }
    pause(worker.random.below(20));
}

void StoreStress::retire(Worker& worker, Generation& generation) {
    const int from = generation.first_day_number();
    const UsageQuery by_day = question(from, from + 2);
    expect_answer(worker, generation, by_day);
    expect_answer(worker, generation, question(from, from + 2, UsagePeriod::slot));
    generation.begin_purge();
    require_purge(worker, generation, from);
    require_purge(worker, generation, from + 1);
    expect_answer(worker, generation, by_day);
    expect_seals(worker, generation);
    const auto slots = must<UsageAnswer>(worker, "read purged slots", [&] {
        return worker.store->read_usage(question(from, from + 2, UsagePeriod::slot));
    });
    const std::vector<UtcDay> both = {day(from), day(from + 1)};
    if (slots.has_value() && (!slots->rows.empty() || slots->purged_days != both)) {
        fail(fmt::format("generation {}: slots of purged days", generation.number()));
    }
    expect_refused_afterwards(worker, generation);
}

// A purge is refused while a batch above the cursor has rows of the day, and only then.
void StoreStress::require_purge(Worker& worker, Generation& generation, int day_number) {
    const auto state = [&] {
        return must<DatasetState>(
            worker, "state", [&] { return worker.store->dataset_state("cdn"); });
    };
    while (true) {
        const auto before = state();
        const auto purged = available<bool>(
            worker, [&] { return worker.store->purge_day("cdn", day(day_number)); });
        const auto after = state();
        if (!before.has_value() || !after.has_value()) {
            return;
        }
        const std::string told =
            fmt::format("generation {}: purge of day {}", generation.number(), day_number);
        if (purged.has_value()) {
            ++tally_.purges;
            if (after->folded_through < generation.last_seq()) {
                fail(told + ": done before the fold");
            }
            return;
        }
        if (purged.error().kind != ErrorKind::refused ||
            before->folded_through >= generation.last_seq()) {
            return fail(told + ": " + purged.error().message);
        }
        ++tally_.refused_purges;
        must<FoldOutcome>(worker, "fold", [&] { return worker.store->fold("cdn", {}); });
    }
}

void StoreStress::expect_refused_afterwards(Worker& worker, const Generation& generation) {
    const auto late = available<StoredBatch>(worker, [&] {
        return store_rows(*worker.store,
                          fmt::format("g{} late", generation.number()),
                          generation.rows_of_batch(0));
    });
    if (outcome_of(late) != "refused") {
        fail(fmt::format("generation {}: late batch: {}", generation.number(), outcome_of(late)));
    }
    const Marks marks = generation.marks();
    if ((marks.acknowledged & ~marks.void_begun & 2) == 0) {
        return;
    }
    const auto voided = available<StoredBatch>(worker, [&] {
        return worker.store->void_batch("cdn", generation.seq_of(1), "late void", because);
    });
    if (outcome_of(voided) != "refused") {
        fail(fmt::format("generation {}: late void: {}", generation.number(), outcome_of(voided)));
    }
}

// Ends a connection, mostly one that is at work, or every lease of a batch that is being written.
void StoreStress::disturb(Worker& worker) {
    const ScratchDatabase& server = *database_.server();
    const std::string ours =
        "FROM pg_stat_activity WHERE datname = current_database() AND application_name = "
        "'tidemark'";
    const int connections = std::stoi(server.run("SELECT count(*) " + ours));
    tally_.connections_max = std::max(tally_.connections_max.load(), connections);
    if (worker.random.chance(0.3)) {
        tally_.ended_leases += std::stoi(
            server.run("WITH due AS (SELECT dataset, batch_seq FROM batch_registry"
                       " WHERE state = 'running' FOR UPDATE SKIP LOCKED),"
                       "ended AS (UPDATE batch_registry SET lease_until = clock_timestamp()"
                       " FROM due WHERE batch_registry.dataset = due.dataset"
                       " AND batch_registry.batch_seq = due.batch_seq RETURNING 1)"
                       "SELECT count(*) FROM ended"));
    } else {
        const std::string_view order =
            worker.random.chance(0.7) ? "state = 'idle', random()" : "random()";
        tally_.kills += std::stoi(server.run(fmt::format(
            "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid {} ORDER BY {} LIMIT 1) one",
            ours,
            order)));
    }
    pause(20 + worker.random.below(200));
}

void StoreStress::watch(std::chrono::seconds duration) {
    const auto deadline = std::chrono::steady_clock::now() + duration;
    const auto working = [](const Worker& worker) { return !worker.done; };
    while (std::ranges::any_of(workers_, working)) {
        stopping_ = stopping_ || std::chrono::steady_clock::now() >= deadline;
        for (const Worker& worker : workers_) {
            if (!worker.done && now_s() - worker.last_progress_s > patience_s) {
                fmt::print(stderr, "{} has hung for {} s\n", worker.name, patience_s);
                TIDEMARK_CHECK(worker.done);
            }
        }
        pause(watch_interval_ms);
    }
    threads_.clear();
}

void StoreStress::expect_everything_counted_once(Worker& worker) {
    const auto state =
        must<DatasetState>(worker, "state", [&] { return worker.store->dataset_state("cdn"); });
    const auto receipts = must<std::vector<BatchReceipt>>(worker, "batches", [&] {
        return worker.store->batches("cdn", 0, tally_.batches + tally_.voids + 1);
    });
    if (!state.has_value() || !receipts.has_value()) {
        return;
    }
    if (std::ssize(*receipts) != tally_.batches + tally_.voids) {
        fail(fmt::format("{} batches stand in the registry", receipts->size()));
    }
    if (state->unfolded_count != 0 || state->running_count != 0 || state->partial) {
        fail(fmt::format("at the end: {} unfolded, {} running, partial: {}",
                         state->unfolded_count,
                         state->running_count,
                         state->partial));
    }
}

std::string StoreStress::run(std::chrono::seconds duration) {
    for (int number = 0; number < writer_count; ++number) {
        start(fmt::format("writer {}", number), &StoreStress::write_one);
    }
    for (int number = 0; number < folder_count; ++number) {
        start(fmt::format("folder {}", number), &StoreStress::fold_one);
    }
    for (int number = 0; number < reader_count; ++number) {
        start(fmt::format("reader {}", number), &StoreStress::read_one);
    }
    start("voider", &StoreStress::void_one);
    start("purger", &StoreStress::purge_one);
    start("sealer", &StoreStress::seal_one);
    start("verifier", &StoreStress::verify_all);
    if (database_.server() != nullptr) {
        start("disturber", &StoreStress::disturb);
    }
    watch(duration);
    Worker last{"last reader", database_.open(), RandomStream(seed_, "last reader")};
    for (const auto& generation : generations()) {
        if (failure_.empty() && generation->close()) {
            retire(last, *generation);
        }
        const int from = generation->first_day_number();
        if (failure_.empty()) {
            expect_answer(last, *generation, question(from, from + 2));
        }
    }
    if (failure_.empty()) {
        expect_everything_counted_once(last);
        verify_all(last);
    }
    return failure_;
}

}  // namespace tidemark::test
