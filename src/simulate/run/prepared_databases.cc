#include "simulate/run/prepared_databases.h"

#include <fmt/format.h>

#include "simulate/run/rhythm.h"

namespace tidemark::simulate {

namespace {

constexpr const char* run_database = "tidemark_run";

}  // namespace

Result<std::unique_ptr<PreparedDatabases>> PreparedDatabases::start(const Plan& plan,
                                                                    double speed) {
    const Rhythm rhythm = rhythm_of(plan, speed);
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<PrivatePostgres> server,
                              PrivatePostgres::start(temporary_folder(), rhythm.settings));
    SqlResult<std::unique_ptr<Session>> session =
        Session::open(server->url(), "tidemark/orchestrator");
    if (!session.has_value()) {
        return Error{ErrorKind::unavailable,
                     fmt::format("connect to the private PostgreSQL: {}", session.error().message)};
    }
    const SqlResult<TextRows> version =
        (*session)->query("select current_setting('server_version_num')::int >= 150000");
    const bool has_strategy = version.has_value() && version->at(0).at(0) == "t";
    return std::unique_ptr<PreparedDatabases>(
        new PreparedDatabases(std::move(server), std::move(*session), has_strategy));
}

std::string PreparedDatabases::url_of(const std::string& database) const {
    const std::string& url = server_->url();
    return url.substr(0, url.rfind('/') + 1) + database;
}

Result<void> PreparedDatabases::script(const std::string& doing, const std::string& sql) {
    if (!session_->alive()) {
        // A fault of the run before may have ended it.
        SqlResult<std::unique_ptr<Session>> again =
            Session::open(server_->url(), "tidemark/orchestrator");
        if (!again.has_value()) {
            return Error{ErrorKind::unavailable,
                         fmt::format("{}: {}", doing, again.error().message)};
        }
        session_ = std::move(*again);
    }
    if (const SqlResult<void> done = session_->script(sql); !done.has_value()) {
        return Error{ErrorKind::unavailable, fmt::format("{}: {}", doing, done.error().message)};
    }
    return {};
}

Result<void> PreparedDatabases::prepare(const std::string& name,
                                        const Plan& plan,
                                        const std::function<bool()>& stop,
                                        const Note& note) {
    TIDEMARK_RETURN_IF_ERROR(script("make a database", "create database " + name));
    SqlResult<std::unique_ptr<Session>> session =
        Session::open(url_of(name), "tidemark/orchestrator");
    if (!session.has_value()) {
        return Error{ErrorKind::unavailable,
                     fmt::format("connect to a new database: {}", session.error().message)};
    }
    return prepare_database(**session, plan, stop, note);
}

Result<PreparedTarget> PreparedDatabases::copy_of(const std::string& name) {
    TIDEMARK_RETURN_IF_ERROR(
        script("drop the last run's database",
               fmt::format("drop database if exists {} with (force)", run_database)));
    // By files: the other way writes all of it into the WAL.
    TIDEMARK_RETURN_IF_ERROR(script("copy a prepared database",
                                    fmt::format("create database {} template {}{}",
                                                run_database,
                                                name,
                                                has_strategy_ ? " strategy file_copy" : "")));
    TIDEMARK_RETURN_IF_ERROR(script("checkpoint before a run", "checkpoint"));
    return PreparedTarget{.server = server_.get(), .url = url_of(run_database)};
}

}  // namespace tidemark::simulate
