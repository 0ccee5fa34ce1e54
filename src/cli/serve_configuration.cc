#include "cli/serve_configuration.h"

#include <array>
#include <string_view>

#include "base/duration.h"
#include "toml/toml_reader.h"

namespace tidemark {

namespace {

struct TimeKey {
    std::string_view name;
    std::chrono::milliseconds ServeConfiguration::*time;
};
constexpr std::array<TimeKey, 5> time_keys{{
    {"idle", &ServeConfiguration::idle_time},
    {"header", &ServeConfiguration::header_time},
    {"body", &ServeConfiguration::body_time},
    {"write", &ServeConfiguration::write_time},
    {"drain", &ServeConfiguration::drain_time},
}};

}  // namespace

Result<ServeConfiguration> read_serve_configuration(const toml::table* table,
                                                    const std::string& file) {
    ServeConfiguration serve;
    if (table == nullptr) {
        return serve;
    }
    TomlReader reader(*table, file, "serve");
    reader.read("listen", serve.listen);
    reader.read("certificate", serve.certificate);
    reader.read("key", serve.key);
    reader.read("store_connections", serve.store_connections, 1, 256);
    reader.read("waiting_max", serve.waiting_max, 1, 10'000);
    reader.read("clients_max", serve.clients_max, 1, 1'000'000);
    reader.read("clients_per_address_max", serve.clients_per_address_max, 1, 1'000'000);
    reader.read("header_bytes_max", serve.header_bytes_max, 1024, 1 << 20);
    for (const TimeKey& key : time_keys) {
        reader.read(key.name, serve.*key.time, std::chrono::milliseconds(1));
    }
    TIDEMARK_RETURN_IF_ERROR(reader.finish());
    return serve;
}

toml::table serve_table(const ServeConfiguration& serve) {
    toml::table table{{"listen", serve.listen},
                      {"certificate", serve.certificate},
                      {"key", serve.key},
                      {"store_connections", serve.store_connections},
                      {"waiting_max", serve.waiting_max},
                      {"clients_max", serve.clients_max},
                      {"clients_per_address_max", serve.clients_per_address_max},
                      {"header_bytes_max", serve.header_bytes_max}};
    for (const TimeKey& key : time_keys) {
        table.insert(key.name, to_string(serve.*key.time));
    }
    return table;
}

}  // namespace tidemark
