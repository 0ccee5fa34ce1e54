#include "support/scratch_database.h"

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <utility>

#include <libpq-fe.h>
#include <unistd.h>

#include "base/check.h"

namespace tidemark::test {

namespace {

std::string run_at(const std::string& url, const std::string& sql) {
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()),
                                                                  &PQfinish);
    const std::unique_ptr<PGresult, decltype(&PQclear)> result(
        PQexec(connection.get(), sql.c_str()), &PQclear);
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) {
        std::fprintf(stderr, "%s\n%s\n", sql.c_str(), PQerrorMessage(connection.get()));
        TIDEMARK_CHECK(status == PGRES_COMMAND_OK);
    }
    return PQntuples(result.get()) > 0 ? PQgetvalue(result.get(), 0, 0) : "";
}

}  // namespace

std::optional<std::string> postgres_server() {
    const char* url = std::getenv("TIDEMARK_TEST_POSTGRES");  // NOLINT(concurrency-mt-unsafe)
    return url == nullptr ? std::nullopt : std::optional<std::string>(url);
}

ScratchDatabase::ScratchDatabase() : ScratchDatabase(postgres_server().value_or("")) {}

ScratchDatabase::ScratchDatabase(std::string server) : server_(std::move(server)) {
    static std::atomic<int> count{0};
    name_ = "tidemark_scratch_" + std::to_string(::getpid()) + "_" + std::to_string(++count);
    url_ = server_.substr(0, server_.rfind('/') + 1) + name_;
    run_at(server_, "CREATE DATABASE " + name_);
}

ScratchDatabase::~ScratchDatabase() {
    run_at(server_, "DROP DATABASE " + name_ + " WITH (FORCE)");
}

void ScratchDatabase::shut() const {
    run_at(server_, "ALTER DATABASE " + name_ + " ALLOW_CONNECTIONS false");
    run_at(server_,
           "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = '" +
               name_ + "'");
}

void ScratchDatabase::open() const {
    run_at(server_, "ALTER DATABASE " + name_ + " ALLOW_CONNECTIONS true");
}

std::string ScratchDatabase::run(const std::string& sql) const {
    return run_at(url_, sql);
}

}  // namespace tidemark::test
