#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <set>
#include <utility>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/duration.h"
#include "cli/command.h"
#include "cli/store_location.h"
#include "report/instant_text.h"
#include "report/text_table.h"
#include "serve/access_token.h"
#include "serve/api_key.h"

namespace tidemark {

namespace {

struct KeysOptions {
    StoreOptions store;
    ApiKey key;
    std::vector<std::string> scopes;
    std::vector<std::string> datasets;
    std::vector<std::string> subjects;
    std::string expires;
    std::string grace = "0s";
    std::string token_life = "1h";
    std::string id;
    bool json = false;
};

constexpr const char* footer =
    "The service asks for a key as soon as there is one (docs/http_api.md). Only a digest is kept: "
    "a\n"
    "key is shown when it is made and never again.\n"
    "\n"
    "Examples:\n"
    "  tidemark keys create edge --scope ingest --dataset cdn\n"
    "  tidemark keys create customer-7 --scope read --subject 4f1c02aa --expires 90d --rate 600\n"
    "  tidemark keys rotate 6f0d1b2a9c3e4f50 --grace 24h\n"
    "  tidemark keys revoke 6f0d1b2a9c3e4f50\n"
    "  tidemark keys list --json\n"
    "  tidemark keys token --subject 4f1c02aa --expires 15m < key";

// The keys of the store that is chosen; the first one may make the store.
Result<std::unique_ptr<KeyStore>> open_keys_to_create(const KeysOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    for (const std::string& dataset : options.datasets) {
        TIDEMARK_RETURN_IF_ERROR(configuration.require_dataset(dataset));
    }
    return open_key_store(store_url(options.store.store, configuration));
}

Result<std::unique_ptr<KeyStore>> open_keys(const KeysOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const Configuration configuration,
                              load_configuration(options.store.config));
    return open_existing_key_store(store_url(options.store.store, configuration));
}

bool is_open(const ApiKey& key, Timestamp now) {
    return (!key.expires_at.has_value() || now < *key.expires_at) &&
           (!key.revoked_at.has_value() || now < *key.revoked_at);
}

// This once.
void show(const NewKey& made, const std::string& name) {
    fmt::print("{}\n", made.text);
    fmt::print(
        stderr, "key {} of '{}': shown this once; hand it over and forget it\n", made.id, name);
}

Result<ExitCode> run_create(KeysOptions options) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<KeyStore> store, open_keys_to_create(options));
    const SystemClock clock;
    options.key.created_at = clock.now();
    for (const std::string& name : options.scopes) {
        TIDEMARK_ASSIGN_OR_RETURN(const KeyScope scope, parse_key_scope(name));
        options.key.scopes.insert(scope);
    }
    options.key.datasets.insert(options.datasets.begin(), options.datasets.end());
    options.key.subjects.insert(options.subjects.begin(), options.subjects.end());
    if (!options.expires.empty()) {
        TIDEMARK_ASSIGN_OR_RETURN(const auto span, parse_duration(options.expires));
        options.key.expires_at = options.key.created_at + span;
    }
    TIDEMARK_RETURN_IF_ERROR(check_key(options.key));
    TIDEMARK_ASSIGN_OR_RETURN(const NewKey made, make_key());
    options.key.id = made.id;
    options.key.secret_digest = made.secret_digest;
    options.key.token_key = made.token_key;
    TIDEMARK_RETURN_IF_ERROR(store->add_key(options.key));
    show(made, options.key.name);
    return ExitCode::done;
}

Result<ApiKey> find_key(KeyStore& store, const std::string& id) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<ApiKey> keys, store.keys());
    const auto found = std::ranges::find(keys, id, &ApiKey::id);
    return found == keys.end() ? Result<ApiKey>(no_such_key(id)) : Result<ApiKey>(*found);
}

Result<ExitCode> run_rotate(const KeysOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<KeyStore> store, open_keys(options));
    TIDEMARK_ASSIGN_OR_RETURN(const auto grace, parse_duration(options.grace));
    TIDEMARK_ASSIGN_OR_RETURN(ApiKey key, find_key(*store, options.id));
    const SystemClock clock;
    const Timestamp now = clock.now();
    if (!is_open(key, now)) {
        return Error{ErrorKind::refused,
                     fmt::format("key '{}': revoked or expired; it cannot be rotated", key.id)};
    }
    TIDEMARK_ASSIGN_OR_RETURN(const NewKey made, make_key());
    key.id = made.id;
    key.secret_digest = made.secret_digest;
    key.token_key = made.token_key;
    key.created_at = now;
    key.revoked_at.reset();
    TIDEMARK_RETURN_IF_ERROR(store->rotate_key(options.id, key, now + grace));
    show(made, key.name);
    return ExitCode::done;
}

Result<ExitCode> run_revoke(const KeysOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<KeyStore> store, open_keys(options));
    const SystemClock clock;
    TIDEMARK_RETURN_IF_ERROR(store->revoke_key(options.id, clock.now()));
    fmt::print("key {} is revoked\n", options.id);
    return ExitCode::done;
}

Result<ExitCode> run_token(const KeysOptions& options) {
    std::string key;
    std::getline(std::cin, key);
    TIDEMARK_ASSIGN_OR_RETURN(const auto life, parse_duration(options.token_life));
    if (life > token_life_max) {
        return Error{ErrorKind::invalid_input,
                     fmt::format("--expires {}: a token opens for {} at most",
                                 options.token_life,
                                 to_string(token_life_max))};
    }
    const SystemClock clock;
    TIDEMARK_ASSIGN_OR_RETURN(
        const std::string token,
        sign_token(key,
                   clock.now() + life,
                   KeyNames(options.datasets.begin(), options.datasets.end()),
                   KeyNames(options.subjects.begin(), options.subjects.end())));
    fmt::print("{}\n", token);
    return ExitCode::done;
}

std::vector<std::string> names_of(const std::set<KeyScope>& scopes) {
    std::vector<std::string> names;
    for (const KeyScope scope : scopes) {
        names.emplace_back(to_string(scope));
    }
    return names;
}

std::string text_of(const std::optional<Timestamp>& instant) {
    return instant.has_value() ? instant_text(*instant) : "";
}

std::string keys_table(const std::vector<ApiKey>& keys) {
    TextTable table({{"id"},
                     {"name"},
                     {"scopes"},
                     {"datasets"},
                     {"subjects"},
                     {"a minute", TextAlign::right},
                     {"made"},
                     {"expires"},
                     {"revoked"}});
    for (const ApiKey& key : keys) {
        table.add_row(
            {key.id,
             key.name,
             fmt::format("{}", fmt::join(names_of(key.scopes), ", ")),
             key.datasets.empty() ? "all" : fmt::format("{}", fmt::join(key.datasets, ", ")),
             key.subjects.empty() ? "all" : fmt::format("{}", fmt::join(key.subjects, ", ")),
             key.requests_per_minute == 0 ? "" : std::to_string(key.requests_per_minute),
             instant_text(key.created_at),
             text_of(key.expires_at),
             text_of(key.revoked_at)});
    }
    return table.to_string();
}

std::string keys_json(const std::vector<ApiKey>& keys) {
    using Json = nlohmann::ordered_json;
    const auto instant = [](const std::optional<Timestamp>& at) {
        return at.has_value() ? Json(instant_text(*at)) : Json();
    };
    Json list = Json::array();
    for (const ApiKey& key : keys) {
        list.push_back({{"id", key.id},
                        {"name", key.name},
                        {"scopes", names_of(key.scopes)},
                        {"datasets", key.datasets},
                        {"subjects", key.subjects},
                        {"requests_per_minute", key.requests_per_minute},
                        {"created_at", instant_text(key.created_at)},
                        {"expires_at", instant(key.expires_at)},
                        {"revoked_at", instant(key.revoked_at)}});
    }
    return Json({{"keys", std::move(list)}}).dump(2, ' ', false, Json::error_handler_t::replace) +
           "\n";
}

Result<ExitCode> run_list(const KeysOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<KeyStore> store, open_keys(options));
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<ApiKey> keys, store->keys());
    const std::string text = options.json   ? keys_json(keys)
                             : keys.empty() ? "no key: the service asks for none\n"
                                            : keys_table(keys);
    std::fputs(text.c_str(), stdout);
    return ExitCode::done;
}

// A subcommand of `keys` that runs `run`.
template <typename Run>
CLI::App* add_subcommand(CLI::App& keys,
                         Invocation& invocation,
                         const std::shared_ptr<KeysOptions>& options,
                         const char* name,
                         const char* does,
                         Run run) {
    CLI::App* command = keys.add_subcommand(name, does);
    command->footer(footer);
    command->callback([options, run, &invocation] {
        invocation.action = [options, run] { return run(*options); };
    });
    return command;
}

void add_limits(CLI::App& command, KeysOptions& options) {
    command.add_option("--dataset", options.datasets, "only this dataset (may be repeated)")
        ->allow_extra_args(false);
    command.add_option("--subject", options.subjects, "only this subject (may be repeated)")
        ->allow_extra_args(false);
}

}  // namespace

void add_keys_command(CLI::App& app, Invocation& invocation) {
    auto options = std::make_shared<KeysOptions>();
    CLI::App* keys = app.add_subcommand("keys", "the API keys that open the service");
    keys->footer(footer);
    keys->require_subcommand(1);
    CLI::App* create =
        add_subcommand(*keys, invocation, options, "create", "make a key and show it", run_create);
    create->add_option("NAME", options->key.name, "whose it is")->required();
    create->add_option("--scope", options->scopes, "ingest, read or admin (may be repeated)")
        ->required()
        ->allow_extra_args(false);
    add_limits(*create, *options);
    create->add_option("--expires", options->expires, "after so long, as 90d (default: never)");
    create->add_option("--rate",
                       options->key.requests_per_minute,
                       "at most N requests a minute (default: not limited)");
    CLI::App* rotate = add_subcommand(*keys,
                                      invocation,
                                      options,
                                      "rotate",
                                      "make a key like another, and revoke that",
                                      run_rotate);
    rotate->add_option("ID", options->id, "the key, as keys list shows it")->required();
    rotate->add_option("--grace", options->grace, "both open for so long (default 0s)");
    CLI::App* revoke =
        add_subcommand(*keys, invocation, options, "revoke", "have a key open nothing", run_revoke);
    revoke->add_option("ID", options->id, "the key, as keys list shows it")->required();
    CLI::App* list = add_subcommand(*keys,
                                    invocation,
                                    options,
                                    "list",
                                    "all keys that ever were, without their secrets",
                                    run_list);
    list->add_flag("--json", options->json, "as JSON");
    for (CLI::App* command : {create, rotate, revoke, list}) {
        add_store_options(*command, options->store);
    }
    CLI::App* token =
        add_subcommand(*keys,
                       invocation,
                       options,
                       "token",
                       "make a token that reads some subjects' usage for a while; the "
                       "key is read from standard input, and no store is asked",
                       run_token);
    add_limits(*token, *options);
    token->add_option("--expires", options->token_life, "after so long (default 1h, at most 24h)");
}

}  // namespace tidemark
