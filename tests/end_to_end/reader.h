#pragma once
// Reader: asks for usage over and over while others write, and holds every answer to the promise.

#include <atomic>
#include <thread>

#include "end_to_end/file_ledger.h"
#include "end_to_end/test_store.h"

namespace tidemark::test {

// Every answer must be the total of a set of whole files that includes each one acknowledged before
// the question was asked and each one seen in an earlier answer. A breach is a failure of the test,
// and sets `failed`. Ends with its scope. The ledger must have a file, and the store a batch.
class Reader {
 public:
    Reader(const TestStore& store, const FileLedger& ledger, std::atomic<bool>& failed)
        : store_(store), ledger_(ledger), failed_(failed), thread_([this] { read_on(); }) {}
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;
    ~Reader() {
        stop_ = true;
        thread_.join();
    }

    [[nodiscard]] int read_count() const { return read_count_; }

 private:
    void read_on();
    // What is wrong with the next answer; empty: nothing.
    std::string read_once();

    const TestStore& store_;
    const FileLedger& ledger_;
    std::atomic<bool>& failed_;
    std::atomic<bool> stop_ = false;
    std::atomic<int> read_count_ = 0;
    FileSet seen_;
    std::thread thread_;  // last: it uses the others
};

}  // namespace tidemark::test
