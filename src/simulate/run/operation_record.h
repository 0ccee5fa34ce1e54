#pragma once
// The ledger of a run: what each writer meant to do and what became of it, in files that survive
// it.
//
// Every attempt of a transaction leaves an *intent* before its COMMIT is sent, with the
// transaction's id, and an *outcome* after the answer. An intent without an outcome is what a
// writer leaves that died in between; the transaction's id then tells whether it was committed
// (outcomes.h). Records are of one size. They are written through a mapping of the file, which
// outlives a killed process as a write() does and costs no call of the kernel; the kind of a record
// comes last, and a record without one ends the file.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace tidemark::simulate {

enum class RecordKind : std::uint32_t {
    intent = 1,
    committed = 2,
    failed = 3,          // given up, certainly not committed
    skipped = 4,         // never begun, by the overlap rule
    ambiguous = 5,       // the connection was lost at the COMMIT; resolved or retried after this
    attempt_failed = 6,  // will be tried again
};

// Whether nothing comes after it of the same operation.
[[nodiscard]] bool is_final(RecordKind kind);

// Times are microseconds of the machine after the run's start; 0 where it did not come to that.
struct OperationRecord {
    RecordKind kind = RecordKind::intent;
    std::uint32_t operation = 0;  // its place in the instance's schedule
    std::uint32_t attempt = 1;
    std::uint32_t rows = 0;
    std::uint64_t transaction_id = 0;  // 0: it wrote nothing
    std::uint64_t incarnation = 0;     // of the server that gave it (Session::incarnation)
    std::int64_t planned_us = 0;
    std::int64_t dequeued_us = 0;
    std::int64_t connected_us = 0;
    std::int64_t first_reply_us = 0;
    std::int64_t committed_us = 0;  // the end, however it ended
    std::int64_t own_us = 0;        // of the response: the generator's own delay and work
    char state[8] = {};             // SQLSTATE of a failure
};
static_assert(sizeof(OperationRecord) == 88);

// Appends records. One thread at a time.
class LedgerFile {
 public:
    // `durable`: each intent reaches the disk before append() returns.
    static Result<std::unique_ptr<LedgerFile>> open(const std::string& path, bool durable);
    LedgerFile(const LedgerFile&) = delete;
    LedgerFile& operator=(const LedgerFile&) = delete;
    ~LedgerFile();

    Result<void> append(const OperationRecord& record);

    // Has memory and disk ready for the next records, so that appending those waits for neither:
    // for a moment at which nobody waits. A disk that has no room is told by append().
    void make_room();
    // Whether it would do anything.
    [[nodiscard]] bool wants_room() const;

 private:
    LedgerFile(std::string path, int descriptor, bool durable)
        : path_(std::move(path)), descriptor_(descriptor), durable_(durable) {}
    // Makes room from the record `first` on, which is where a page of memory begins.
    Result<void> map_from(std::size_t first);
    [[nodiscard]] std::atomic_ref<std::uint32_t> kind_of(std::size_t record) const;

    std::string path_;
    int descriptor_;
    bool durable_;
    std::byte* mapped_ = nullptr;
    std::size_t first_ = 0;  // the record that the mapping begins with
    std::size_t next_ = 0;   // the record that is written next
    std::size_t ready_ = 0;  // up to where the mapping's pages are writable without a fault
};

// Reads what was appended since the last read. One thread at a time.
class LedgerTail {
 public:
    explicit LedgerTail(std::string path) : path_(std::move(path)) {}
    // Whole records only; nothing while the file is not there.
    std::vector<OperationRecord> read_new();

 private:
    std::string path_;
    std::uint64_t offset_ = 0;
};

// All records of a file; a torn last one is left out. Empty when there is no file.
std::vector<OperationRecord> read_ledger(const std::string& path);

}  // namespace tidemark::simulate
