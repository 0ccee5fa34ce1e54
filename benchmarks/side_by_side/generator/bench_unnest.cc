// bench_unnest URL ROWS TIMES: the bare loop that a set-based writer is compared with: one prepared
// upsert of arrays, executed with arrays that were made before, each in its own transaction. Prints
// rows a second.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <libpq-fe.h>

namespace {

constexpr unsigned int8_array = 1016;
constexpr unsigned int8_element = 20;
constexpr unsigned text_array = 1009;
constexpr unsigned text_element = 25;

void add_32(std::string& to, std::uint32_t value) {
    const std::uint32_t network = htonl(value);
    to.append(reinterpret_cast<const char*>(&network), sizeof(network));
}

// The binary form of a one-dimensional array; its elements are binary already.
std::string array_of(unsigned element, const std::vector<std::string>& values) {
    std::string content;
    for (const std::uint32_t word :
         {1U, 0U, element, static_cast<std::uint32_t>(values.size()), 1U}) {
        add_32(content, word);
    }
    for (const std::string& value : values) {
        add_32(content, static_cast<std::uint32_t>(value.size()));
        content += value;
    }
    return content;
}

std::string binary(std::uint64_t value) {
    std::string content;
    add_32(content, static_cast<std::uint32_t>(value >> 32U));
    add_32(content, static_cast<std::uint32_t>(value));
    return content;
}

// "site_001234"
std::string site_of(std::uint64_t number) {
    const std::string digits = std::to_string(number);
    return "site_" + std::string(6 - digits.size(), '0') + digits;
}

}  // namespace

int main(int count, char** arguments) {
    if (count != 4) {
        std::fputs("usage: bench_unnest URL ROWS TIMES\n", stderr);
        return 2;
    }
    const auto rows = static_cast<std::uint64_t>(std::atoll(arguments[2]));
    const int times = std::atoi(arguments[3]);
    const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(arguments[1]),
                                                                  PQfinish);
    const Oid types[] = {text_array, int8_array};
    PQclear(PQprepare(connection.get(),
                      "upsert",
                      "insert into usage_set (site, bytes) select * from unnest($1, $2) "
                      "on conflict (site) do update set bytes = excluded.bytes",
                      2,
                      types));
    std::vector<std::string> bytes;
    std::vector<std::string> sites;
    for (std::uint64_t row = 0; row < rows; ++row) {
        sites.push_back(site_of(row));
    }
    const std::string site_array = array_of(text_element, sites);
    for (std::uint64_t set = 0; set < 20; ++set) {
        std::vector<std::string> values;
        for (std::uint64_t row = 0; row < rows; ++row) {
            values.push_back(binary((row + 1) * 7919 * (set + 1) % 1'000'000));
        }
        bytes.push_back(array_of(int8_element, values));
    }
    const auto begun = std::chrono::steady_clock::now();
    for (int time = 0; time < times; ++time) {
        const std::string& content = bytes[static_cast<std::size_t>(time) % bytes.size()];
        const char* values[] = {site_array.data(), content.data()};
        const int lengths[] = {static_cast<int>(site_array.size()),
                               static_cast<int>(content.size())};
        const int formats[] = {1, 1};
        PGresult* result =
            PQexecPrepared(connection.get(), "upsert", 2, values, lengths, formats, 1);
        if (PQresultStatus(result) != PGRES_COMMAND_OK) {
            std::fprintf(stderr, "%s\n", PQerrorMessage(connection.get()));
            return 1;
        }
        PQclear(result);
    }
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begun;
    std::printf("%.0f\n", static_cast<double>(rows) * times / seconds.count());
    return 0;
}
