// bench_follow bare URL ROWS: the bare counterpart of `tidemark media --follow --ack`. Reads the
// lines that follow.py writes, without checking anything, and stores each ROWS of them by the bare
// upsert; prints a number after each commit.
//
// bench_follow folds URL: stores batches of 100,000 rows and folds each six, until it is ended.

#include <charconv>
#include <cstring>
#include <iostream>

#include "domain/dataset.h"
#include "side_by_side/media/bare_upsert.h"
#include "side_by_side/support/day_rows.h"
#include "side_by_side/support/steps.h"
#include "store/postgres/postgres_store.h"

namespace tidemark::bench {
namespace {

// What stands between `before` and the next of `end`; the line is cut behind it.
std::string_view cut(std::string_view& line, std::string_view before, char end) {
    line.remove_prefix(line.find(before) + before.size());
    return line.substr(0, line.find(end));
}

// {"subject":"4f1c02aa","bytes_stored":123,"observed_at":1793700000123456}
GaugeEvent event_of(std::string_view line) {
    GaugeEvent event;
    event.subject = std::string(cut(line, "\"subject\":\"", '"'));
    const std::string_view value = cut(line, "\"bytes_stored\":", ',');
    std::from_chars(value.data(), value.data() + value.size(), event.value);
    const std::string_view instant = cut(line, "\"observed_at\":", '}');
    std::int64_t microseconds = 0;
    std::from_chars(instant.data(), instant.data() + instant.size(), microseconds);
    event.observed_at = Timestamp(std::chrono::microseconds(microseconds));
    return event;
}

int follow_bare(const std::string& url, std::size_t rows) {
    const auto connection = must(postgres::Connection::open(url));
    BareUpsert bare(*connection);
    // Not the numbers of other runs' chunks.
    std::int64_t number =
        must(connection->query("SELECT coalesce(min(batch_seq), 0) FROM media_storage_event"))
            .integer(0, 0);
    number = std::min<std::int64_t>(number, 0);
    std::vector<GaugeEvent> events;
    std::string line;
    while (std::getline(std::cin, line)) {
        events.push_back(event_of(line));
        if (events.size() == rows) {
            sort_events(events);
            bare.store(events, --number);
            std::printf("%ld\n", static_cast<long>(number));
            std::fflush(stdout);
            events.clear();
        }
    }
    return 0;
}

int fold_on(const std::string& url) {
    constexpr std::size_t subject_count = 100'000;
    constexpr int batches_a_fold = 6;
    const std::vector<std::string> subjects = make_subjects(subject_count);
    const auto store = must(open_postgres_store(url));
    must(store->prepare_dataset(built_in_datasets()[0]));
    const UtcDay day = UtcDay::from_days_since_epoch(20768);
    for (int batch = 0;; ++batch) {
        DayRows rows(subjects, Slot::of_day(day.plus_days(batch / Slot::per_day), batch % 48));
        must(store->store_batch(batch_named("folds", std::to_string(batch)), rows));
        if (batch % batches_a_fold == batches_a_fold - 1) {
            must(store->fold("cdn", {}));
        }
    }
}

}  // namespace
}  // namespace tidemark::bench

int main(int argc, char** argv) {
    if (argc == 4 && std::strcmp(argv[1], "bare") == 0) {
        return tidemark::bench::follow_bare(argv[2], static_cast<std::size_t>(std::atoll(argv[3])));
    }
    if (argc == 3 && std::strcmp(argv[1], "folds") == 0) {
        return tidemark::bench::fold_on(argv[2]);
    }
    std::fprintf(stderr, "usage: bench_follow bare URL ROWS | folds URL\n");
    return 2;
}
