#pragma once
// Steps of forced races on a SQLite file: a second connection of the test's own, and a hook that
// runs something between two statements of a store.

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "contract/store_steps.h"
#include "store/sqlite/sqlite_store.h"
#include "support/scratch_directory.h"

struct sqlite3;

namespace tidemark::test {

// A connection that runs any SQL, as another program would.
class RawConnection {
 public:
    explicit RawConnection(const std::string& path);
    RawConnection(const RawConnection&) = delete;
    RawConnection& operator=(const RawConnection&) = delete;
    ~RawConnection();  // as a killed process: what is not committed is gone

    // The extended result code; 0 is success.
    int run(std::string_view sql);

    // The first column of the last row; the error's message where there is one.
    std::string value(std::string_view sql);

    // The same; an error ends the test program.
    std::string required(std::string_view sql);

 private:
    sqlite3* database_ = nullptr;
};

// A store whose statements can be interrupted.
class HookedStore {
 public:
    HookedStore(const std::string& path, const Clock& clock);
    HookedStore(const HookedStore&) = delete;
    HookedStore& operator=(const HookedStore&) = delete;
    ~HookedStore();

    Store& operator*() { return *store_; }
    Store* operator->() { return store_.get(); }

    // Runs `action` once, just before the next statement of the store whose text has `part` in it.
    // It must not use this store.
    void before(std::string_view part, std::function<void()> action);

    // Whether that has happened.
    [[nodiscard]] bool happened() const { return happened_; }

 private:
    static int trace(unsigned reason, void* self, void* statement, void* text);

    std::unique_ptr<Store> store_;
    std::string part_;
    std::function<void()> action_;
    bool happened_ = false;
};

// A file with `cdn` prepared. Stores opened by impatient_store() give up on a lock at once.
class SqliteTest : public testing::Test {
 protected:
    SqliteTest();
    std::unique_ptr<Store> open_store(std::chrono::milliseconds busy_timeout);
    std::unique_ptr<Store> impatient_store() { return open_store(std::chrono::milliseconds(0)); }

    ScratchDirectory directory;
    const std::string path = (directory / "tidemark.db").string();
    SystemClock clock;
    std::unique_ptr<Store> store = open_store(std::chrono::seconds(60));
};

}  // namespace tidemark::test
