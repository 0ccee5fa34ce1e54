#pragma once
// [serve]: how the usage service listens, and what it grants those who connect.

#include <chrono>
#include <cstdint>
#include <string>

#include <toml++/toml.h>

#include "base/result.h"

namespace tidemark {

struct ServeConfiguration {
    std::string listen = "127.0.0.1:8080";
    std::string certificate;  // PEM files; empty, both: no TLS
    std::string key;
    std::int64_t store_connections = 4;
    std::int64_t waiting_max = 64;  // requests that may wait for one of these
    std::int64_t clients_max = 12'000;
    std::int64_t clients_per_address_max = 2'000;
    std::int64_t header_bytes_max = 16'384;
    // Of each phase of a request, from its beginning to its end.
    std::chrono::milliseconds idle_time{60'000};
    std::chrono::milliseconds header_time{10'000};
    std::chrono::milliseconds body_time{120'000};
    std::chrono::milliseconds write_time{60'000};
    std::chrono::milliseconds drain_time{20'000};
};

// The table, null: the defaults. Fails with invalid_input, naming file, line and key.
Result<ServeConfiguration> read_serve_configuration(const toml::table* table,
                                                    const std::string& file);

// With every default written out.
toml::table serve_table(const ServeConfiguration& serve);

}  // namespace tidemark
