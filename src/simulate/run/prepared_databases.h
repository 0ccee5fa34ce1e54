#pragma once
// PreparedDatabases: a private PostgreSQL whose databases begin alike.
//
// Schema and history are made once under a name; every run gets a copy of the files, so that runs
// differ in what they do and not in what they find.

#include <memory>
#include <string>

#include "base/result.h"
#include "simulate/run/private_postgres.h"
#include "simulate/run/session.h"
#include "simulate/run/simulation.h"
#include "simulate/run/target_database.h"

namespace tidemark::simulate {

// One thread at a time. Ends with its server.
class PreparedDatabases {
 public:
    // As PrivatePostgres::start, with the rhythm of the plan at this speed.
    static Result<std::unique_ptr<PreparedDatabases>> start(const Plan& plan, double speed);

    // Makes the plan's schema and history under `name` (a-z). Fails as prepare_database does.
    Result<void> prepare(const std::string& name,
                         const Plan& plan,
                         const std::function<bool()>& stop,
                         const Note& note);

    // A new copy of what was prepared under `name`, after a checkpoint; the copy before it goes.
    Result<PreparedTarget> copy_of(const std::string& name);

 private:
    PreparedDatabases(std::unique_ptr<PrivatePostgres> server,
                      std::unique_ptr<Session> session,
                      bool has_strategy)
        : server_(std::move(server)), session_(std::move(session)), has_strategy_(has_strategy) {}
    [[nodiscard]] std::string url_of(const std::string& database) const;
    Result<void> script(const std::string& doing, const std::string& sql);

    std::unique_ptr<PrivatePostgres> server_;
    std::unique_ptr<Session> session_;
    bool has_strategy_;  // of CREATE DATABASE, from PostgreSQL 15 on
};

}  // namespace tidemark::simulate
