// After a random history one value is changed by hand, in every table and column in turn, and
// verify names it. The columns are those that the database has: one that is neither changed here
// nor listed as saying nothing of usage fails the test.

#include <algorithm>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/random_history.h"
#include "contract/verifying.h"
#include "support/environment.h"

namespace tidemark::test {
namespace {

// What a difference must say of the row that was changed, besides what is expected and found.
enum class Names {
    something,
    batch,
    day,
    place,  // its batch or its day
    subject_and_day,
    run
};

// Expressions and conditions are SQL; {0} is the column.
struct Plant {
    const char* column;  // "table.column"
    const char* value;   // the wrong one
    Names names = Names::something;
    const char* where = "1 = 1";  // rows of which the value says anything
};

constexpr const char* next = "{0} + 1";
constexpr const char* far = "{0} + 1000";
constexpr const char* later = "{0} + 100";  // days

constexpr const char* kept_day = "date NOT IN (SELECT date FROM purged_day)";
constexpr const char* purged_day = "date IN (SELECT date FROM purged_day)";
constexpr const char* used_day = "date IN (SELECT date FROM cdn_daily)";

// Columns that both stores have.
constexpr Plant plants_everywhere[] = {
    {"batch_registry.batch_seq", far},
    {"batch_registry.voids", far, Names::batch, "voids IS NOT NULL"},
    {"purged_day.date", later, Names::something, used_day},
    {"sealed_day.date", later, Names::day},
    {"sealed_day.revision", next, Names::day},
    {"sealed_day.through", far, Names::day},
    {"seal_event.event_id", far, Names::day},
    {"seal_event.date", later, Names::day},
    {"seal_event.revision", far, Names::day},
    {"seal_event.through", far, Names::day},
    {"run.row_count", next, Names::run, "job = 'aggregate' AND outcome = 'succeeded'"},
    {"run.outcome", "'running'", Names::run, "outcome = 'succeeded'"},
    {"correction.batch_seq", far},
    {"correction.kind", "'replayed'", Names::batch},
    {"correction.voiding_seq", far, Names::batch, "voiding_seq IS NOT NULL"},
    {"correction.new_seq", far, Names::batch, "new_seq IS NOT NULL"},
    {"erasure.batch_row_count", next},
    {"erased_batch.batch_seq", far},
    {"erased_batch.date", later, Names::batch},
    {"erased_batch.revision", far, Names::batch},
    {"erased_batch.row_count", next},
    {"erased_day.date", later},
    {"erased_day.revision", far, Names::day},
    {"cdn_batch.batch_seq", far, Names::batch, kept_day},
    {"cdn_batch.bytes_streamed", next, Names::place, kept_day},
    {"cdn_batch.requests", next, Names::place, kept_day},
    {"cdn_daily.bytes_streamed", next, Names::subject_and_day, kept_day},
    {"cdn_daily.requests", next, Names::subject_and_day, kept_day},
    {"cdn_daily.requests", next, Names::something, purged_day},
    {"cdn_daily.folded_through", far, Names::day},
};

constexpr const char* text_total = "(CAST({0} AS INTEGER) + 1) || substr({0}, instr({0}, ','))";
constexpr const char* kept_text_batch =
    "NOT EXISTS (SELECT 1 FROM batch_day d JOIN purged_day p ON p.date = d.date WHERE d.batch_seq"
    " = batch_registry.batch_seq)";

constexpr const char* folded_row_on_sqlite =
    "date NOT IN (SELECT date FROM purged_day) AND folded_through <="
    " (SELECT folded_through FROM dataset WHERE name = 'cdn')";

constexpr Plant plants_on_sqlite[] = {
    // Of a day that was folded alone, a row that is not there is not folded yet.
    {"cdn_daily.site_id", "'zz'", Names::subject_and_day, folded_row_on_sqlite},
    {"cdn_daily.date", later, Names::subject_and_day, folded_row_on_sqlite},
    {"dataset.last_seq", next, Names::something, "name = 'cdn'"},
    {"dataset.folded_through", far, Names::something, "name = 'cdn'"},
    {"dataset.partial",
     "0",
     Names::something,
     "name = 'cdn' AND folded_through < (SELECT max(folded_through) FROM cdn_daily)"},
    {"batch_registry.dataset_id", next},
    {"batch_registry.line_count", next, Names::batch},
    {"batch_registry.comment_count", next, Names::batch},
    {"batch_registry.accepted_count", next, Names::batch},
    {"batch_registry.rejected_count", next, Names::batch},
    {"batch_registry.ignored_count", next, Names::batch},
    {"batch_registry.row_count", next, Names::batch, kept_text_batch},
    {"batch_registry.totals", text_total},
    {"batch_registry.day_grained",
     "1",
     Names::batch,
     "EXISTS (SELECT 1 FROM cdn_batch b WHERE b.batch_seq = batch_registry.batch_seq AND slot > "
     "0)"},
    {"batch_day.dataset_id", next},
    {"batch_day.batch_seq", far},
    {"batch_day.date", later, Names::batch},
    {"rejected_reason.dataset_id", next, Names::batch},
    {"rejected_reason.batch_seq", far, Names::batch},
    {"rejected_reason.line_count", next, Names::batch},
    {"purged_day.dataset_id", next, Names::something, used_day},
    {"sealed_day.dataset_id", next, Names::day},
    {"sealed_day.totals", text_total, Names::day},
    {"seal_event.dataset_id", next, Names::day},
    {"seal_event.old_totals", text_total, Names::day, "old_totals IS NOT NULL"},
    {"seal_event.new_totals", text_total, Names::day},
    {"run.ended_at_us", "NULL", Names::run, "ended_at_us IS NOT NULL"},
    {"correction.dataset_id", next, Names::batch, "voiding_seq IS NOT NULL"},
    {"erasure.dataset_id", next, Names::something, "batch_row_count > 0"},
    {"erased_batch.dataset_id", next},
    {"erased_batch.totals", text_total},
    {"erased_day.dataset_id", next},
    {"erased_day.totals", text_total},
    {"cdn_batch.date", later, Names::batch, kept_day},
    {"cdn_batch.site_id",
     "'zz'",
     Names::day,
     "date NOT IN (SELECT date FROM purged_day) AND batch_seq <= (SELECT folded_through FROM"
     " dataset WHERE name = 'cdn')"},
};

constexpr const char* another_dataset = "'ping'";
constexpr const char* listed_total = "ARRAY[{0}[1] + 1] || {0}[2:]";
constexpr const char* committed = "state = 'committed'";

constexpr const char* folded_row_on_postgres =
    "date NOT IN (SELECT date FROM purged_day) AND folded_through <="
    " (SELECT folded_through FROM dataset_fold WHERE dataset = 'cdn')";

constexpr Plant plants_on_postgres[] = {
    // Of a day that was folded alone, a row that is not there is not folded yet.
    {"cdn_daily.site_id", "'zz'", Names::subject_and_day, folded_row_on_postgres},
    {"cdn_daily.date", later, Names::subject_and_day, folded_row_on_postgres},
    {"dataset_seq.last_seq", next, Names::something, "dataset = 'cdn'"},
    {"dataset_fold.folded_through", far, Names::something, "dataset = 'cdn'"},
    {"dataset_fold.partial",
     "false",
     Names::something,
     "dataset = 'cdn' AND folded_through < (SELECT max(folded_through) FROM cdn_daily)"},
    {"batch_registry.dataset", another_dataset},
    {"batch_registry.state",
     "'expired'",
     Names::something,
     "row_count > 0 AND NOT days &&"
     " ARRAY(SELECT date FROM purged_day)"},
    {"batch_registry.lines", next, Names::batch, committed},
    {"batch_registry.comments", next, Names::batch, committed},
    {"batch_registry.accepted", next, Names::batch, committed},
    {"batch_registry.rejected", next, Names::batch, committed},
    {"batch_registry.ignored", next, Names::batch, committed},
    {"batch_registry.rejected_by_reason",
     "{0} || '{{\"planted\": 1}}'::jsonb",
     Names::batch,
     committed},
    {"batch_registry.row_count",
     next,
     Names::batch,
     "NOT days && ARRAY(SELECT date FROM purged_day)"},
    {"batch_registry.totals", listed_total, Names::something, committed},
    {"batch_registry.days",
     "ARRAY[{0}[1] + 100] || {0}[2:]",
     Names::something,
     "cardinality(days) > 0"},
    {"batch_registry.day_grained",
     "true",
     Names::batch,
     "EXISTS (SELECT FROM cdn_batch b WHERE b.batch_seq = batch_registry.batch_seq AND slot > 0)"},
    {"purged_day.dataset", another_dataset, Names::something, used_day},
    {"sealed_day.dataset", another_dataset, Names::day},
    {"sealed_day.totals", listed_total, Names::day},
    {"seal_event.dataset", another_dataset, Names::day},
    {"seal_event.old_totals", listed_total, Names::day, "old_totals IS NOT NULL"},
    {"seal_event.new_totals", listed_total, Names::day},
    {"run.ended_at", "NULL", Names::run, "ended_at IS NOT NULL"},
    {"correction.dataset", another_dataset, Names::batch, "voiding_seq IS NOT NULL"},
    {"erasure.dataset", another_dataset, Names::something, "batch_row_count > 0"},
    {"erased_batch.dataset", another_dataset},
    {"erased_batch.totals", listed_total},
    {"erased_day.dataset", another_dataset},
    {"erased_day.totals", listed_total},
    {"cdn_batch.date",
     "(SELECT max(date) FROM cdn_batch)",
     Names::something,
     "date < (SELECT max(date) FROM cdn_batch) AND batch_seq <= (SELECT folded_through FROM"
     " dataset_fold WHERE dataset = 'cdn')"},
    {"cdn_batch.site_id",
     "'zz'",
     Names::day,
     "batch_seq <= (SELECT folded_through FROM dataset_fold WHERE dataset = 'cdn')"},
};

// "table.column", or "table.*": why no other value tells whether it is right.
constexpr std::pair<const char*, const char*> silent[] = {
    {"schema_migration.*", "the program's"},
    {"api_key.*", "who may ask, not what was used"},
    {"dataset.dataset_id", "a name"},
    {"dataset.name", "a name"},
    {"dataset.kind", "what is counted, not how much"},
    {"dataset.subject", "a name"},
    {"dataset.metrics", "names"},
    {"dataset_seq.dataset", "a name; without its row the dataset is not there"},
    {"dataset_fold.dataset", "a name; without its row the dataset is not there"},
    {"batch_registry.feed", "who the batch is"},
    {"batch_registry.batch_key", "who the batch is"},
    {"batch_registry.content_hash", "who the batch is: of a file that is not here"},
    {"batch_registry.source", "where it came from"},
    {"batch_registry.lease_until", "an instant"},
    {"batch_registry.committed_at", "an instant"},
    {"batch_registry.committed_at_us", "an instant"},
    {"rejected_reason.reason", "a word"},
    {"rejected_sample.*", "samples: some of the lines"},
    {"purged_day.swept", "how far a purge is"},
    {"purged_day.purged_at", "an instant"},
    {"sealed_day.sealed_at", "an instant"},
    {"sealed_day.sealed_at_us", "an instant"},
    {"sealed_day.freeze_policy", "what is allowed, not what was used"},
    {"seal_event.sealed_at", "an instant"},
    {"seal_event.sealed_at_us", "an instant"},
    {"run.run_id", "a number of its own"},
    {"run.id", "a number of its own"},
    {"run.job", "a name"},
    {"run.dataset", "a name"},
    {"run.feed", "a name"},
    {"run.started_at", "an instant"},
    {"run.started_at_us", "an instant"},
    {"run.heartbeat_at", "an instant"},
    {"run.heartbeat_at_us", "an instant"},
    {"run.byte_count", "of files that are not here"},
    {"run.error", "words"},
    {"run_coverage.*", "what a feed declares"},
    {"correction.correction_id", "a number of its own"},
    {"correction.id", "a number of its own"},
    {"correction.reason", "words"},
    {"correction.made_by", "a name"},
    {"correction.recorded_at", "an instant"},
    {"correction.recorded_at_us", "an instant"},
    {"erasure.erasure_id", "a number of its own"},
    {"erasure.id", "a number of its own"},
    {"erasure.subject_digest", "of a subject that is not here"},
    {"erasure.reason", "words"},
    {"erasure.made_by", "a name"},
    {"erasure.batch_count", "of what is gone, all erasures together"},
    {"erasure.daily_row_count", "of what is gone"},
    {"erasure.rejected_sample_count", "of what is gone"},
    {"erasure.erased_at", "an instant"},
    {"erasure.erased_at_us", "an instant"},
    {"cdn_batch.slot", "no sum is by slot"},
    {"acknowledged_hole.*", "what an operator declares"},
    {"sync_state.*", "who publishes"},
    {"sync_snapshot.*", "derived anew at each synchronisation"},
    {"copy_state.*", "how far a copy is"},
    {"threshold_progress.*", "how far thresholds were judged"},
    {"threshold_event.*", "what was told of usage, as it was then"},
    {"threshold_attempt.*", "who was told"},
};

bool is_silent(const std::string& column) {
    const std::string whole_table = column.substr(0, column.find('.')) + ".*";
    return std::ranges::any_of(silent, [&](const auto& known) {
        return known.first == column || known.first == whole_table;
    });
}

std::vector<std::string> words_in(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> words;
    for (std::string word; stream >> word;) {
        words.push_back(word);
    }
    return words;
}

// Tables and columns as the database has them, "table.column" with spaces between.
std::string columns_sql(bool on_server) {
    return on_server ? "SELECT string_agg(table_name || '.' || column_name, ' ') FROM"
                       " information_schema.columns WHERE table_schema = 'public' AND"
                       " table_name !~ '(_[0-9]{8}$|^ping_)'"
                     : "SELECT group_concat(t.name || '.' || c.name, ' ') FROM sqlite_schema t,"
                       " pragma_table_info(t.name) c WHERE t.type = 'table' AND t.name NOT LIKE"
                       " 'sqlite_%' AND t.name NOT LIKE 'ping_%'";
}

// So that every table has a row, whatever the history was.
void seal_purge_and_erase(Store& store) {
    const std::vector<UtcDay> days = {day(8), day(9)};
    stored(
        store, "t1", {{"a", 8, 1, 5, 1}, {"q", 8, 1, 7, 1}, {"a", 9, 1, 1, 1}, {"q", 9, 1, 2, 1}});
    folded(store);
    EXPECT_TRUE(store.seal_days("cdn", days).has_value());
    stored(store, "t2", {{"a", 8, 2, 3, 1}, {"a", 9, 2, 4, 1}});
    folded(store);
    EXPECT_TRUE(store.seal_days("cdn", days).has_value());
    EXPECT_TRUE(store.purge_day("cdn", day(9)).has_value());
    EXPECT_TRUE(store.erase_subject("cdn", "q", {.reason = "asked for", .by = "x"}).has_value());
    stored(store, "t3", {{"a", 7, 1, 6, 1}});
    folded(store, {.days = {day(7)}});
}

class PlantedValues : public testing::TestWithParam<StoreFactory> {
 protected:
    // Every value that can be planted after a history, one after the other.
    void plant_after(std::uint64_t seed);
    // False when the table has no such row.
    bool plant(Store& store, const Plant& plant);
    void replace_rows(const std::string& table, const std::string& by);
    // A line of which all parts must be in one difference; any of the lines.
    std::vector<Lines> expected_of(const Plant& plant);

    [[nodiscard]] std::vector<Plant> plants() const {
        std::vector<Plant> all(std::begin(plants_everywhere), std::end(plants_everywhere));
        if (on_server) {
            all.insert(all.end(), std::begin(plants_on_postgres), std::end(plants_on_postgres));
        } else {
            all.insert(all.end(), std::begin(plants_on_sqlite), std::end(plants_on_sqlite));
        }
        return all;
    }

    TestDatabase* database = nullptr;
    bool on_server = false;
    std::optional<RandomStream> random;
    std::set<std::string> planted;
};

std::vector<Lines> PlantedValues::expected_of(const Plant& plant) {
    const auto value = [&](const std::string& column) {
        return database->by_hand(fmt::format("SELECT {} FROM chosen_row", column));
    };
    const auto batch = [&] { return ", batch " + value("batch_seq"); };
    const auto day_name = [&] {
        return " " + value(on_server ? "date::text" : "date(date * 86400, 'unixepoch')") + " ";
    };
    switch (plant.names) {
        case Names::something:
            return {{": expected "}};
        case Names::batch:
            return {{batch()}};
        case Names::day:
            return {{day_name()}};
        case Names::place:
            return {{batch()}, {day_name()}};
        case Names::subject_and_day:
            return {{" " + value("site_id") + day_name(), ": expected ", ", found "}};
        case Names::run:
            return {{", run " + value(on_server ? "id" : "run_id")}};
    }
    return {};
}

void PlantedValues::replace_rows(const std::string& table, const std::string& by) {
    if (on_server) {
        database->by_hand(
            fmt::format("BEGIN; SET LOCAL session_replication_role = replica; DELETE FROM {0};"
                        " INSERT INTO {0} OVERRIDING SYSTEM VALUE {1}; COMMIT",
                        table,
                        by));
    } else {
        database->by_hand(fmt::format(
            "BEGIN IMMEDIATE; DELETE FROM {0}; INSERT INTO {0} {1}; COMMIT", table, by));
    }
}

bool PlantedValues::plant(Store& store, const Plant& plant) {
    const std::string_view place = plant.column;
    const std::string table(place.substr(0, place.find('.')));
    const std::string column(place.substr(place.find('.') + 1));
    const auto row_count = std::stoull(
        database->by_hand(fmt::format("SELECT count(*) FROM {} WHERE {}", table, plant.where)));
    if (row_count == 0) {
        return false;
    }
    database->by_hand(
        fmt::format("CREATE TABLE kept_rows AS SELECT * FROM {0};"
                    "CREATE TABLE chosen_row AS SELECT * FROM {0} WHERE {1}"
                    " ORDER BY 1, 2 LIMIT 1 OFFSET {2};"
                    "CREATE TABLE planted_row AS SELECT * FROM chosen_row;"
                    "UPDATE planted_row SET {3} = {4}",
                    table,
                    plant.where,
                    random->below(row_count),
                    column,
                    fmt::format(fmt::runtime(plant.value), column)));
    replace_rows(table,
                 "SELECT * FROM kept_rows EXCEPT SELECT * FROM chosen_row UNION ALL"
                 " SELECT * FROM planted_row");
    const Lines found = verified(store);
    const std::vector<Lines> expected = expected_of(plant);
    const bool named = std::ranges::any_of(found, [&](const std::string& line) {
        return std::ranges::any_of(expected, [&](const Lines& parts) {
            return std::ranges::all_of(parts, [&](const std::string& part) {
                return line.find(part) != std::string::npos;
            });
        });
    });
    EXPECT_TRUE(named) << plant.column << ": " << testing::PrintToString(expected) << " in "
                       << testing::PrintToString(found);
    replace_rows(table, "SELECT * FROM kept_rows");
    database->by_hand("DROP TABLE kept_rows; DROP TABLE chosen_row; DROP TABLE planted_row");
    return true;
}

void PlantedValues::plant_after(std::uint64_t seed) {
    SCOPED_TRACE(fmt::format("TIDEMARK_SEED={} TIDEMARK_HISTORIES=1", seed));
    constexpr std::uint64_t step_count = 60;
    RandomHistory history(seed, {GetParam()}, RandomHistory::Kills::none);
    database = &history.database();
    on_server = database->server() != nullptr;
    random.emplace(seed, "plants");
    ASSERT_TRUE(history.store().prepare_dataset(built_in_datasets()[1]).has_value());
    for (std::uint64_t step = 0; step < step_count && !HasFailure(); ++step) {
        history.step();
    }
    seal_purge_and_erase(history.store());
    for (const std::string& column : words_in(database->by_hand(columns_sql(on_server)))) {
        const bool known =
            is_silent(column) || std::ranges::any_of(plants(), [&](const Plant& plant) {
                return plant.column == column;
            });
        EXPECT_TRUE(known) << column << " is neither planted nor said to be silent";
    }
    ASSERT_EQ(verified(history.store()), Lines{});
    for (const Plant& each : plants()) {
        if (!HasFailure() && plant(history.store(), each)) {
            planted.insert(each.column);
        }
    }
    EXPECT_EQ(verified(history.store()), Lines{}) << "after all was put right";
}

TEST_P(PlantedValues, are_named_wherever_they_are) {
    const std::uint64_t first_seed = number_from_environment("TIDEMARK_SEED", 1);
    // A few histories have every kind of row.
    const std::uint64_t count = number_from_environment("TIDEMARK_HISTORIES", 3);
    for (std::uint64_t seed = first_seed; seed < first_seed + count && !HasFailure(); ++seed) {
        plant_after(seed);
    }
    fmt::print("{} columns planted\n", planted.size());
    if (count >= 3) {
        for (const Plant& each : plants()) {
            EXPECT_TRUE(planted.contains(each.column)) << each.column << " had no row";
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         PlantedValues,
                         testing::Values(sqlite_store_factory(), postgres_store_factory()),
                         store_name);

}  // namespace
}  // namespace tidemark::test
