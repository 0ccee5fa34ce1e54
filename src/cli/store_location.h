#pragma once
// Which store a command works on, and opening it: the only place that names the adapters.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "cli/configuration.h"
#include "store/copying.h"
#include "store/key_store.h"
#include "store/migration.h"
#include "store/store.h"
#include "store/threshold_store.h"

namespace tidemark {

inline constexpr std::string_view default_store_url = "sqlite:tidemark.db";

// In order of strength: --store, TIDEMARK_STORE, [store] url, sqlite:tidemark.db.
std::string store_url(const std::optional<std::string>& option, const Configuration& configuration);

// "sqlite:PATH", "postgresql://..." or "postgres://...". Fails with invalid_input for another
// scheme, and as the store's own open does. `clock` must outlive the store.
Result<std::unique_ptr<Store>> open_store(const std::string& url, const Clock& clock);

// The API keys that the store has beside its ledger. Fails as open_store() does.
Result<std::unique_ptr<KeyStore>> open_key_store(const std::string& url);

// The migrations that the store does not have; changes nothing. Fails as open_store() does.
Result<std::vector<Migration>> find_pending_migrations(const std::string& url);

// The two ends of a copy. Fail with invalid_input for stores that cannot be the one or the other,
// with not_found for a file that is not there, and as opening them does.
Result<std::unique_ptr<CopySource>> open_copy_source(const std::string& url);
Result<std::unique_ptr<CopyTarget>> open_copy_target(const std::string& url);

// The URL without its password, for people.
std::string displayed_url(const std::string& url);

// The same for commands that only look: a SQLite file that is not there is not_found, not made.
Result<std::unique_ptr<Store>> open_existing_store(const std::string& url, const Clock& clock);

// The thresholds' events in the same database. Fails as open_existing_store() does.
Result<std::unique_ptr<ThresholdStore>> open_threshold_store(const std::string& url,
                                                             const Clock& clock);

Result<std::unique_ptr<KeyStore>> open_existing_key_store(const std::string& url);

// Opens the store and makes the tables of every configured dataset.
Result<std::unique_ptr<Store>> open_prepared_store(const std::string& url,
                                                   const Configuration& configuration,
                                                   const Clock& clock);

}  // namespace tidemark
