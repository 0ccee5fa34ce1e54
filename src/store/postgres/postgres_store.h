#pragma once
// The production store: PostgreSQL 15 or newer, through libpq.

#include <memory>
#include <string>
#include <vector>

#include "store/migration.h"
#include "store/store.h"

namespace tidemark {

// `url` is a libpq URL or connection string. Connects and brings the schema up to date (one process
// at a time does, the others wait). The database's clock is the store's clock. Fails with
// unavailable (cannot connect), refused (a schema newer than this binary, a server older than 15)
// or invalid_input (a URL that libpq cannot read). Passwords never appear in a message.
Result<std::unique_ptr<Store>> open_postgres_store(const std::string& url);

// The migrations that the database does not have; changes nothing. Fails as open_postgres_store()
// does.
Result<std::vector<Migration>> find_pending_postgres_migrations(const std::string& url);

}  // namespace tidemark
