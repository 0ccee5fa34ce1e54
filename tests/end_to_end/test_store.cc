#include "end_to_end/test_store.h"

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

}  // namespace tidemark::test
