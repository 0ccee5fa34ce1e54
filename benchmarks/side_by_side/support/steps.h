#pragma once
// What both database benchmarks do: stop with the reason when a step fails, and take times.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/result.h"
#include "domain/batch.h"
#include "store/postgres/connection.h"

namespace tidemark::bench {

template <typename T>
T must(Result<T> result) {
    if (!result.has_value()) {
        std::fprintf(stderr, "%s\n", result.error().message.c_str());
        std::exit(1);
    }
    if constexpr (!std::is_void_v<T>) {
        return std::move(result).value();
    }
}

template <typename Step>
double seconds_of(Step step) {
    const auto start = std::chrono::steady_clock::now();
    step();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

inline double quantile(std::vector<double> values, double share) {
    std::ranges::sort(values);
    const auto last = static_cast<double>(values.size() - 1);
    return values[static_cast<std::size_t>(std::lround(share * last))];
}

inline std::int64_t wal_bytes(postgres::Connection& connection) {
    return must(connection.query("SELECT (pg_current_wal_insert_lsn() - '0/0')::bigint"))
        .integer(0, 0);
}

inline Batch batch_named(const std::string& feed, const std::string& key) {
    ContentHasher hasher;
    hasher.update(key);
    Batch batch;
    batch.identity = {.dataset = "cdn", .feed = feed, .key = key, .content_hash = hasher.finish()};
    batch.source = key;
    return batch;
}

}  // namespace tidemark::bench
