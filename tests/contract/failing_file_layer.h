#pragma once
// A file layer for SQLite (a VFS) that passes every call on to the default one and fails the n-th
// call that changes a file: as a disk does that is full or broken.

#include <cstdint>
#include <string>

namespace tidemark::test {

enum class DiskFailure { input_output, full };

// Registered under name() while it lives; one at a time. Stores opened through it must be gone
// before it. One thread at a time.
class FailingFileLayer {
 public:
    FailingFileLayer();
    FailingFileLayer(const FailingFileLayer&) = delete;
    FailingFileLayer& operator=(const FailingFileLayer&) = delete;
    ~FailingFileLayer();

    [[nodiscard]] const std::string& name() const;

    // The n-th changing call from now (from 1: write, sync, truncate) fails, and so do all after it
    // until heal().
    void fail_from(std::int64_t call, DiskFailure failure);
    void heal();

    // Whether a call has failed since fail_from().
    [[nodiscard]] bool failed() const;
};

}  // namespace tidemark::test
