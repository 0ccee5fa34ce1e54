#pragma once
// QueryStore: the part of a store that spares work where usage is asked for again and again: has
// anything changed since, and which subjects come next.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/utc_day.h"
#include "store/commit_watch.h"

namespace tidemark {

// The next subjects of a dataset, in the order of their bytes.
struct SubjectQuery {
    std::string dataset;
    UtcDay from;          // inclusive
    UtcDay to;            // exclusive
    std::string after{};  // only those behind this one; empty: from the first on
    std::int64_t limit = 0;
};

// Threads and errors as class Store says; every call is of any dataset.
class QueryStore {
 public:
    QueryStore() = default;
    QueryStore(const QueryStore&) = delete;
    QueryStore& operator=(const QueryStore&) = delete;
    virtual ~QueryStore() = default;

    // Names what usage of the days [from, to) depends on: as long as the text is the same, every
    // answer about them is. Read before an answer, it stands for that answer or an older one, never
    // for a newer. A commit (of rows, events, a void), an erasure and, within the range, a purge
    // change it, whoever's rows they touch; a fold, a seal and a batch that is only begun do not.
    // Costs a few searches of keys, whatever is stored.
    virtual Result<std::string> answer_version(std::string_view dataset,
                                               UtcDay from,
                                               UtcDay to) = 0;

    // Of a counter: those with usage in the range, be it zero; of a gauge: those with anything in
    // it or before it. At most `limit`; none when that is not positive.
    virtual Result<std::vector<std::string>> find_subjects(const SubjectQuery& query) = 0;

    // Of everything that anybody commits to the database; null where the store has no such thing.
    virtual Result<std::unique_ptr<CommitWatch>> watch_commits() {
        return std::unique_ptr<CommitWatch>();
    }
};

}  // namespace tidemark
