#pragma once
// History as many folds leave it, for benchmarks that read it.

#include <string>
#include <vector>

#include "domain/utc_day.h"
#include "side_by_side/support/steps.h"
#include "store/postgres/connection.h"
#include "store/postgres/parameters.h"

namespace tidemark::bench {

// Fills cdn_daily, which is there, with a row a subject for each of so many days before `end`, in
// the order of the key.
inline void fill_history(postgres::Connection& connection,
                         const std::vector<std::string>& subjects,
                         UtcDay end,
                         int days) {
    must(connection.execute_script(
        "CREATE TABLE subjects (site_id text COLLATE \"C\" PRIMARY KEY)"));
    must(connection.query("INSERT INTO subjects SELECT unnest($1) ORDER BY 1",
                          postgres::Parameters().texts(subjects)));
    for (int day = days; day > 0; --day) {
        must(
            connection.query("INSERT INTO cdn_daily SELECT $1, site_id, 1000000 + random() * 1e6,"
                             " 1000, 0 FROM subjects ORDER BY site_id",
                             postgres::Parameters().day(end.plus_days(-day))));
    }
    must(connection.execute_script("VACUUM (ANALYZE) cdn_daily"));
}

}  // namespace tidemark::bench
