#pragma once
// RequestBody: what came with a request, however large: a small one in memory, a larger one in a
// temporary file that has no name and goes with it.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tidemark::http {

// Written by one thread, then read by another. Bytes are as sent: still compressed.
class RequestBody {
 public:
    static constexpr std::size_t memory_bytes_max = std::size_t{64} << 10U;

    // `directory` takes the temporary file.
    explicit RequestBody(std::string directory = "/tmp") : directory_(std::move(directory)) {}
    RequestBody(RequestBody&& other) noexcept;
    RequestBody& operator=(RequestBody&& other) noexcept;
    ~RequestBody();

    // Fails with unavailable when the temporary file cannot be written.
    Result<void> append(std::string_view bytes);

    [[nodiscard]] std::uint64_t size() const { return size_; }

    // Fills `into` from `offset` on; less than asked for only at the end. Fails with unavailable.
    Result<std::size_t> read_at(std::uint64_t offset, std::span<char> into) const;

 private:
    Result<void> move_to_file();
    Result<void> write(std::string_view bytes);

    std::string directory_;
    std::string memory_;
    std::uint64_t size_ = 0;
    int file_ = -1;
};

}  // namespace tidemark::http
