#pragma once
// Session: a store's connection, opened again when it was lost, and what is known of the datasets.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/result.h"
#include "store/gauge_recent.h"
#include "store/postgres/connection.h"
#include "store/postgres/options.h"
#include "store/postgres/tables.h"

namespace tidemark::postgres {

// The days where rows are unfolded, as a read last found them; nothing while that is not known or
// they are too many to be worth remembering.
using UnfoldedDays = std::optional<std::set<UtcDay>>;

// The versions of answers (QueryStore::answer_version) that a snapshot of this connection gave.
struct KnownVersions {
    std::string snapshot;  // as the server writes it; empty: none that can be compared
    bool seen_twice = false;
    std::map<std::tuple<std::string, UtcDay, UtcDay>, std::string> versions;
};

// How many rows a gauge has of a day, as far as that matters for how a chunk is stored.
struct DaySize {
    std::int64_t at_least = 0;  // as last counted, and not counted further than was asked
    int chunks_since = 0;       // stored since then
};

// What a session stored of a gauge itself, since when, and up to where it knows that nobody has
// taken any of it back.
struct OwnEvents {
    RecentEvents recent{};
    std::int64_t first_seq = 0;  // the batch_seq of the first that was noted
    std::int64_t erasure = 0;    // the gauge's last one, by its id
};

// One thread at a time.
class Session {
 public:
    // Connects and migrates; errors as of open_postgres_store.
    static Result<std::unique_ptr<Session>> open(const std::string& url, const Options& options);

    [[nodiscard]] const std::string& url() const { return url_; }
    [[nodiscard]] const Options& options() const { return options_; }

    // The connection, alive and outside any transaction.
    Result<Connection*> ready();

    // The connection as it is: with the transaction that may be open on it.
    [[nodiscard]] Result<Connection*> connection();

    // The tables of a dataset, of any kind or of this one; valid as long as the session. Fail with
    // not_found.
    Result<const DatasetTables*> tables(std::string_view dataset);
    Result<const DatasetTables*> counter(std::string_view dataset);
    Result<const DatasetTables*> gauge(std::string_view dataset);

    // Makes the missing partitions; those known to be there cost nothing. Fails with refused for
    // purged days.
    Result<void> ensure_partitions(const DatasetTables& tables, std::span<const UtcDay> days);

    // A partition that was there is not any more: look again next time.
    void forget_partitions() { partitions_.clear(); }

    // What the dataset's next read may expect; whether it holds is for the read to find out.
    UnfoldedDays& unfolded_days(const std::string& dataset) { return unfolded_days_[dataset]; }

    // Of the connection that ready() gave: forgotten when another is opened.
    KnownVersions& known_versions() { return known_versions_; }

    // Of the connection that ready() gave, too.
    OwnEvents& own_events(const std::string& gauge) { return own_events_[gauge]; }

    // Empty while nobody counted; a guess, as others write and purge too.
    std::optional<DaySize>& day_size(const std::string& gauge, UtcDay day) {
        return day_sizes_[{gauge, day}];
    }

 private:
    Session(std::string url, const Options& options) : url_(std::move(url)), options_(options) {}

    std::string url_;
    Options options_;
    std::unique_ptr<Connection> connection_;
    std::map<std::string, DatasetTables, std::less<>> tables_;
    std::map<std::string, std::set<UtcDay>, std::less<>> partitions_;
    std::map<std::string, UnfoldedDays, std::less<>> unfolded_days_;
    KnownVersions known_versions_;
    std::map<std::string, OwnEvents> own_events_;
    std::map<std::pair<std::string, UtcDay>, std::optional<DaySize>> day_sizes_;
};

}  // namespace tidemark::postgres
