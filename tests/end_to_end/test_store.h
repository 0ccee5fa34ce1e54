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

// Why the clock of a store cannot be set here; empty: it can.
std::string reason_not_to_set_clock();

// A store, a folder for the files that go into it, and the program to put them in with. The
// program may be run from several threads at once.
class TestStore {
 public:
    explicit TestStore(StoreKind kind);

    [[nodiscard]] const TemporaryDirectory& folder() const { return folder_; }
    [[nodiscard]] const std::string& url() const { return url_; }
    // Only of a PostgreSQL store.
    [[nodiscard]] const ScratchDatabase& database() const { return *database_; }

    // From now on it is this instant, "2026-03-10T12:10:00Z", and stays so until it is set again:
    // for every program started since the first call, while it runs, and for the store itself. May
    // step back.
    void set_clock(std::string_view instant);

    // Keeps what the store has now; restore() puts that in the place of what it has then, by the
    // means of docs/operations.md. No program may have it open.
    void dump() const;
    void restore() const;

    // Takes the store away, from a server's clients as well (a file stays with those who have it
    // open), and gives it back.
    void take_away() const;
    void give_back() const;

    // The start of `tidemark ARGUMENTS` on this store, in its folder.
    [[nodiscard]] ProcessStart start(std::vector<std::string> arguments) const;
    [[nodiscard]] ProcessEnd run(std::vector<std::string> arguments) const;

 private:
    void expect_done(std::vector<std::string> command) const;

    TemporaryDirectory folder_;
    std::unique_ptr<ScratchDatabase> database_;
    std::string url_;
    bool clock_is_set_ = false;
};

}  // namespace tidemark::test
