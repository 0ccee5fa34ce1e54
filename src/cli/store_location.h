#pragma once
// Which store a command works on, and opening it: the only place that names the adapters.

#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "cli/configuration.h"
#include "store/store.h"

namespace tidemark {

inline constexpr std::string_view default_store_url = "sqlite:tidemark.db";

// In order of strength: --store, TIDEMARK_STORE, [store] url, sqlite:tidemark.db.
std::string store_url(const std::optional<std::string>& option, const Configuration& configuration);

// "sqlite:PATH", "postgresql://..." or "postgres://...". Fails with invalid_input for another
// scheme, and as the store's own open does. `clock` must outlive the store.
Result<std::unique_ptr<Store>> open_store(const std::string& url, const Clock& clock);

// The URL without its password, for people.
std::string displayed_url(const std::string& url);

// The same for commands that only look: a SQLite file that is not there is not_found, not made.
Result<std::unique_ptr<Store>> open_existing_store(const std::string& url, const Clock& clock);

// Opens the store and makes the tables of every configured dataset.
Result<std::unique_ptr<Store>> open_prepared_store(const std::string& url,
                                                   const Configuration& configuration,
                                                   const Clock& clock);

}  // namespace tidemark
