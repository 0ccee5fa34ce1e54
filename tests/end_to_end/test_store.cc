#include "end_to_end/test_store.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>

#include "base/check.h"

namespace tidemark::test {

std::string_view to_string(StoreKind kind) {
    return kind == StoreKind::sqlite ? "sqlite" : "postgres";
}

std::string reason_to_skip(StoreKind kind) {
    if (kind == StoreKind::postgres && !postgres_server().has_value()) {
        return "TIDEMARK_TEST_POSTGRES names no server; ./test and tools/with_services start one";
    }
    return "";
}

TestStore::TestStore(StoreKind kind) {
    if (kind == StoreKind::postgres) {
        database_ = std::make_unique<ScratchDatabase>();
        url_ = database_->url();
    } else {
        url_ = "sqlite:" + (folder_.path() / "usage.db").string();
    }
}

ProcessStart TestStore::start(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), TIDEMARK_BINARY);
    return {.command = std::move(arguments),
            .environment = {{"TIDEMARK_STORE", url_}},
            .working_directory = folder_.path().string()};
}

ProcessEnd TestStore::run(std::vector<std::string> arguments) const {
    return run_process(start(std::move(arguments)));
}

std::uint64_t number_from_environment(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);  // NOLINT(concurrency-mt-unsafe): nobody sets any
    if (text == nullptr || *text == '\0') {
        return otherwise;
    }
    std::uint64_t number = 0;
    const char* end = text + std::strlen(text);
    const auto parsed = std::from_chars(text, end, number);
    TIDEMARK_CHECK(parsed.ec == std::errc() && parsed.ptr == end);
    return number;
}

std::uint64_t announced_seed() {
    const std::uint64_t seed = number_from_environment("TIDEMARK_SEED", std::random_device()());
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    std::fflush(stdout);
    return seed;
}

}  // namespace tidemark::test
