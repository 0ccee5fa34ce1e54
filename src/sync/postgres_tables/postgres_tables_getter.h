#pragma once
// Observes somebody else's PostgreSQL tables, which have no ledger: coverage is what is in them.

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "domain/utc_day.h"
#include "sync/metadata_getter.h"
#include "sync/postgres_tables/table_source.h"

namespace tidemark {

// All sources on one URL, read in one read-only snapshot over a connection that lasts as long as
// the read. What it finds is marked as inferred. Changes nothing.
class PostgresTablesGetter final : public MetadataGetter {
 public:
    // `sources` have the same URL. Rows before `origins` (by dataset, where known) are not looked
    // at.
    PostgresTablesGetter(std::vector<TableSource> sources,
                         std::map<std::string, UtcDay> origins,
                         std::chrono::seconds slot)
        : sources_(std::move(sources)), origins_(std::move(origins)), slot_(slot) {}

    Observed read(std::chrono::steady_clock::time_point deadline) override;

 private:
    std::vector<TableSource> sources_;
    std::map<std::string, UtcDay> origins_;
    std::chrono::seconds slot_;
};

// "[source.NAME]" names a time zone, columns ... that can be: fails with invalid_input.
Result<void> check_source(const TableSource& source);

}  // namespace tidemark
