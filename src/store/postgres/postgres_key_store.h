#pragma once
// The API keys in a PostgreSQL store.

#include <memory>
#include <string>

#include "store/key_store.h"

namespace tidemark {

// As open_postgres_store().
Result<std::unique_ptr<KeyStore>> open_postgres_key_store(const std::string& url);

}  // namespace tidemark
