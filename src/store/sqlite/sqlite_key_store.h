#pragma once
// The API keys in an embedded store's file.

#include <memory>
#include <string>

#include "store/key_store.h"

namespace tidemark {

// As open_sqlite_store().
Result<std::unique_ptr<KeyStore>> open_sqlite_key_store(const std::string& path);

}  // namespace tidemark
