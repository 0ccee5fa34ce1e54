#pragma once
// DatabaseSampler: what the server's own statistics say, again and again.
//
// Values are kept as the server gives them, sums since some reset; whoever reads them takes deltas
// and knows that a sum which fell was reset. Columns that a version does not have are nothing.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "simulate/run/session.h"

namespace tidemark::simulate {

struct TableSample {
    std::int64_t inserted = 0;
    std::int64_t updated = 0;
    std::int64_t hot_updated = 0;
    std::int64_t removed = 0;
    std::int64_t live = 0;
    std::int64_t dead = 0;
    std::int64_t vacuums = 0;  // automatic ones
};

struct Sample {
    std::int64_t at_us = 0;                      // after the start of the run
    std::map<std::string, std::int64_t> sums{};  // by name, see below
    std::map<std::string, std::int64_t>
        waiting{};  // sessions by kind of wait: Lock, IO, LWLock ...
    std::map<std::string, TableSample> tables{};
    // "writer blocked by": who waits for whom, by application_name, and how many.
    std::map<std::string, std::int64_t> blocked{};
    std::int64_t sessions_active = 0;
    std::int64_t vacuums_running = 0;
};

// One thread at a time.
class DatabaseSampler {
 public:
    DatabaseSampler(std::string url, std::int64_t start_us)
        : url_(std::move(url)), start_us_(start_us) {}

    // Nothing when the server does not answer: it may be restarting.
    std::optional<Sample> take();

 private:
    bool prepare();
    void take_sums(Sample& sample);
    void take_tables(Sample& sample);
    void take_sessions(Sample& sample);

    std::string url_;
    std::int64_t start_us_;
    std::unique_ptr<Session> session_;
    std::vector<std::string> sums_names_;
    std::int64_t own_transactions_ = 0;
};

// The query for the sums that a server of these columns has, and the names of its columns.
// `columns` holds "view.column". Names are the same for every version: commits, rollbacks,
// deadlocks, blocks_read, blocks_hit, temp_bytes, wal_position, wal_bytes, wal_full_page_images,
// wal_records, checkpoints_timed, checkpoints_requested, checkpoint_buffers.
std::string sums_query(const std::vector<std::string>& columns, std::vector<std::string>& names);

}  // namespace tidemark::simulate
