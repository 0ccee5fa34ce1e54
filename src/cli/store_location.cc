#include "cli/store_location.h"

#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

#include "store/postgres/copy_target.h"
#include "store/postgres/postgres_key_store.h"
#include "store/postgres/postgres_store.h"
#include "store/postgres/postgres_threshold_store.h"
#include "store/sqlite/copy_source.h"
#include "store/sqlite/sqlite_key_store.h"
#include "store/sqlite/sqlite_store.h"
#include "store/sqlite/sqlite_threshold_store.h"

namespace tidemark {

namespace {

constexpr std::string_view sqlite_scheme = "sqlite:";

bool is_sqlite(std::string_view url) {
    return url.starts_with(sqlite_scheme) && url.size() > sqlite_scheme.size();
}

bool is_postgres(std::string_view url) {
    return url.starts_with("postgresql://") || url.starts_with("postgres://");
}

Error unknown_scheme(const std::string& url) {
    return {ErrorKind::invalid_input,
            fmt::format("store '{}': expected sqlite:PATH or postgresql://HOST/DATABASE",
                        displayed_url(url))};
}

// not_found for a SQLite file that is not there.
Result<void> require_file(const std::string& url) {
    if (!url.starts_with(sqlite_scheme) ||
        std::filesystem::exists(url.substr(sqlite_scheme.size()))) {
        return {};
    }
    return Error{ErrorKind::not_found,
                 fmt::format("store '{}': no such file; store something first (tidemark "
                             "aggregate) or name another with --store",
                             url)};
}

}  // namespace

std::string store_url(const std::optional<std::string>& option,
                      const Configuration& configuration) {
    if (option.has_value()) {
        return *option;
    }
    // Read before any thread is started.
    const char* variable = std::getenv("TIDEMARK_STORE");  // NOLINT(concurrency-mt-unsafe)
    if (variable != nullptr && *variable != '\0') {
        return variable;
    }
    return configuration.store_url.empty() ? std::string(default_store_url)
                                           : configuration.store_url;
}

Result<std::unique_ptr<Store>> open_store(const std::string& url, const Clock& clock) {
    if (is_sqlite(url)) {
        return open_sqlite_store(url.substr(sqlite_scheme.size()), clock);
    }
    return is_postgres(url) ? open_postgres_store(url)
                            : Result<std::unique_ptr<Store>>(unknown_scheme(url));
}

Result<std::unique_ptr<KeyStore>> open_key_store(const std::string& url) {
    if (is_sqlite(url)) {
        return open_sqlite_key_store(url.substr(sqlite_scheme.size()));
    }
    return is_postgres(url) ? open_postgres_key_store(url)
                            : Result<std::unique_ptr<KeyStore>>(unknown_scheme(url));
}

Result<std::vector<Migration>> find_pending_migrations(const std::string& url) {
    if (is_sqlite(url)) {
        return find_pending_sqlite_migrations(url.substr(sqlite_scheme.size()));
    }
    return is_postgres(url) ? find_pending_postgres_migrations(url)
                            : Result<std::vector<Migration>>(unknown_scheme(url));
}

Result<std::unique_ptr<CopySource>> open_copy_source(const std::string& url) {
    if (!is_sqlite(url)) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("--from '{}': expected sqlite:PATH; only an embedded store can be "
                                 "copied",
                                 displayed_url(url))};
    }
    const std::string path = url.substr(sqlite_scheme.size());
    if (!std::filesystem::exists(path)) {
        return Error{ErrorKind::not_found, fmt::format("--from '{}': no such file", url)};
    }
    return open_sqlite_copy_source(path);
}

Result<std::unique_ptr<CopyTarget>> open_copy_target(const std::string& url) {
    if (!is_postgres(url)) {
        return Error{
            ErrorKind::invalid_input,
            fmt::format("--to '{}': expected postgresql://HOST/DATABASE", displayed_url(url))};
    }
    return open_postgres_copy_target(url);
}

std::string displayed_url(const std::string& url) {
    const std::size_t authority = url.find("://");
    const std::size_t at = url.rfind('@');
    if (authority == std::string::npos || at == std::string::npos || at < authority) {
        return url;
    }
    const std::size_t colon = url.find(':', authority + 3);
    if (colon == std::string::npos || colon > at) {
        return url;
    }
    return url.substr(0, colon + 1) + "***" + url.substr(at);
}

Result<std::unique_ptr<Store>> open_existing_store(const std::string& url, const Clock& clock) {
    TIDEMARK_RETURN_IF_ERROR(require_file(url));
    return open_store(url, clock);
}

Result<std::unique_ptr<ThresholdStore>> open_threshold_store(const std::string& url,
                                                             const Clock& clock) {
    TIDEMARK_RETURN_IF_ERROR(require_file(url));
    if (is_sqlite(url)) {
        return open_sqlite_threshold_store(url.substr(sqlite_scheme.size()), clock);
    }
    return is_postgres(url) ? open_postgres_threshold_store(url)
                            : Result<std::unique_ptr<ThresholdStore>>(unknown_scheme(url));
}

Result<std::unique_ptr<KeyStore>> open_existing_key_store(const std::string& url) {
    TIDEMARK_RETURN_IF_ERROR(require_file(url));
    return open_key_store(url);
}

Result<std::unique_ptr<Store>> open_prepared_store(const std::string& url,
                                                   const Configuration& configuration,
                                                   const Clock& clock) {
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<Store> store, open_store(url, clock));
    for (const Dataset& dataset : configuration.datasets) {
        TIDEMARK_RETURN_IF_ERROR(store->prepare_dataset(dataset));
    }
    return store;
}

}  // namespace tidemark
