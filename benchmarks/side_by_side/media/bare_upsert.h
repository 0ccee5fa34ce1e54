#pragma once
// The shortest program that stores the same events and the same rows as the store does: one
// transaction, a prepared `INSERT ... SELECT FROM unnest(...)` of the events, another with ON
// CONFLICT of the rows. It keeps no registry, compares nothing, and is told the events in order.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/gauge.h"
#include "side_by_side/support/steps.h"
#include "store/postgres/connection.h"
#include "store/postgres/parameters.h"

namespace tidemark::bench {

class BareUpsert {
 public:
    explicit BareUpsert(postgres::Connection& connection) : connection_(connection) {}

    void store(const std::vector<GaugeEvent>& events, std::int64_t batch_seq) {
        std::vector<std::string> sites;
        std::vector<UtcDay> days;
        std::vector<std::int64_t> values;
        std::vector<std::optional<Timestamp>> instants;
        for (const GaugeEvent& event : events) {
            sites.push_back(event.subject);
            days.push_back(event.day());
            values.push_back(event.value);
            instants.push_back(event.observed_at);
        }
        const postgres::Statement statements[] = {
            {.sql = "BEGIN"},
            {.sql =
                 "INSERT INTO media_storage_event (batch_seq, value, observed_at, metric, site_id)"
                 " SELECT $4, v, a, 1, s FROM unnest($1, $2, $3) AS u (s, v, a)",
             .parameters = postgres::Parameters()
                               .texts(sites)
                               .integers(values)
                               .nullable_times(instants)
                               .integer(batch_seq),
             .prepared = true},
            {.sql = "INSERT INTO media_storage AS t (site_id, date, bytes_stored, bytes_stored_at,"
                    " max_bytes_stored) SELECT s, d, v, a, v FROM unnest($1, $2, $3, $4)"
                    " AS u (s, d, v, a) ON CONFLICT (site_id, date) DO UPDATE SET"
                    " bytes_stored = excluded.bytes_stored,"
                    " bytes_stored_at = excluded.bytes_stored_at,"
                    " max_bytes_stored = greatest(t.max_bytes_stored, excluded.max_bytes_stored)",
             .parameters =
                 postgres::Parameters().texts(sites).days(days).integers(values).nullable_times(
                     instants),
             .prepared = true},
            {.sql = "COMMIT"}};
        must(connection_.query_all(statements));
    }

 private:
    postgres::Connection& connection_;
};

}  // namespace tidemark::bench
