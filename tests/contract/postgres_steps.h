#pragma once
// A PostgreSQL database with several sessions on it, for tests that put one session's step between
// two steps of another. Nothing here waits for a time: what must wait is watched until it does.

#include <future>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "contract/store_steps.h"
#include "store/postgres/session.h"
#include "store/postgres/storing.h"
#include "support/scratch_database.h"

namespace tidemark::test {

class PostgresRace : public testing::Test {
 protected:
    PostgresRace();

    // A further session; it ends with the test.
    postgres::Session& new_session(const postgres::Options& options = {});

    // Its connection, for the single steps.
    static postgres::Connection& connection_of(postgres::Session& session);
    static const postgres::DatasetTables& tables_of(postgres::Session& session);

    // What the registry is to say of these rows under this key.
    static postgres::BatchEntry entry_of(const std::string& key, const std::vector<CdnRow>& rows);

    // begin_batch, which must give a number.
    static std::int64_t begun(postgres::Session& session,
                              const postgres::BatchEntry& entry,
                              std::chrono::milliseconds lease = std::chrono::seconds(60));

    // BEGIN and the rows; the caller marks and commits.
    static void copied(postgres::Session& session,
                       std::int64_t batch_seq,
                       const std::vector<CdnRow>& rows);

    static bool marked(postgres::Session& session, std::int64_t batch_seq);

    // Statements that must succeed on the session's connection.
    static void execute(postgres::Session& session, const std::string& sql);

    // Returns once some session of the database waits for a lock.
    void wait_until_somebody_waits();

    // Ends the session's connection from outside, as a killed process or an administrator would,
    // and waits until it is gone.
    void terminate(postgres::Session& session);

    // Total bytes over everything, as read by a store of its own.
    std::string bytes_read();

    ScratchDatabase database;
    std::unique_ptr<Store> store;

 private:
    std::vector<std::unique_ptr<postgres::Session>> sessions_;
};

}  // namespace tidemark::test
