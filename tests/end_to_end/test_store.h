#pragma once
// The stores that the real program is tested on, each empty and a test's own.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "support/process.h"
#include "support/scratch_database.h"
#include "support/temporary_directory.h"

namespace tidemark::test {

enum class StoreKind { sqlite, postgres };

std::string_view to_string(StoreKind kind);

// Why a store of this kind cannot be tested here; empty: it can.
std::string reason_to_skip(StoreKind kind);

// A store, a folder for the files that go into it, and the program to put them in with. The
// program may be run from several threads at once.
class TestStore {
 public:
    explicit TestStore(StoreKind kind);

    [[nodiscard]] const TemporaryDirectory& folder() const { return folder_; }
    [[nodiscard]] const std::string& url() const { return url_; }
    // Only of a PostgreSQL store.
    [[nodiscard]] const ScratchDatabase& database() const { return *database_; }

    // The start of `tidemark ARGUMENTS` on this store, in its folder.
    [[nodiscard]] ProcessStart start(std::vector<std::string> arguments) const;
    [[nodiscard]] ProcessEnd run(std::vector<std::string> arguments) const;

 private:
    TemporaryDirectory folder_;
    std::unique_ptr<ScratchDatabase> database_;
    std::string url_;
};

}  // namespace tidemark::test
