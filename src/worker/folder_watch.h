#pragma once
// FolderWatch: which files of a folder have arrived, and what becomes of them.
//
// A file has arrived when neither its size nor its time of change was another for `settle`, and its
// name is none of a file that is still being delivered. What is in it counts once by its digest
// (worker/aggregate.h), so a file may be looked at twice, renamed and copied.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/content_hash.h"
#include "base/result.h"
#include "logs/aggregation.h"
#include "worker/aggregate.h"

namespace tidemark {

struct WatchRules {
    std::string folder{};                      // empty: none is watched
    std::chrono::milliseconds every{5'000};    // from one look to the next
    std::chrono::milliseconds settle{10'000};  // how long a file must have been as it is
    std::vector<std::string> ignored_endings{".tmp", ".download", ".part"};  // beside hidden files
};

// One thread at a time. What it remembers goes with it.
class FolderWatch {
 public:
    explicit FolderWatch(WatchRules rules) : rules_(std::move(rules)) {}

    // Files that arrived since the last look, by path, the folders below included. A file that was
    // done and is another one now has arrived anew. Fails with unavailable when the folder cannot
    // be read.
    Result<std::vector<std::string>> look(Timestamp now);

    // Fails with refused when the file begins with what was counted under its name already: it was
    // taken for whole and has grown since, and its beginning would count again.
    Result<void> check_growth(const std::string& path);

    // It was counted, or cannot be; look() gives it again once it is another one.
    void note_done(const std::string& path, bool counted);

    // look() gives it again the next time.
    void note_postponed(const std::string& path);

 private:
    enum class State { arriving, given, done };
    struct Seen {
        std::uint64_t size = 0;
        std::int64_t changed_ns = 0;
        Timestamp since{};
        State state = State::arriving;
        // Of what was counted: how long it was, and the digest of its beginning.
        std::uint64_t counted_size = 0;
        ContentHash counted_head;
    };

    [[nodiscard]] bool is_ignored(const std::string& name) const;

    WatchRules rules_;
    std::map<std::string, Seen> seen_;
};

// Counts what arrives until `stop`: a run a file, failures included. `job.files` is not used. What
// cannot be read now is tried with the next look; a file that is refused waits until it is another
// one. Both are logged. `counted` is told of each file that is stored.
Result<void> watch_folder(const AggregateJob& job,
                          const WatchRules& rules,
                          const LogReader& reader,
                          const StoreOpener& open_store,
                          const Clock& clock,
                          const std::atomic<bool>& stop,
                          const std::function<void(const FileOutcome&)>& counted);

}  // namespace tidemark
