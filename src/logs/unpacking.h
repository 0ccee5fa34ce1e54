#pragma once
// What the unpackers share: the buffer of packed bytes, the bound on expansion, and what becomes of
// a content that ends too early.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "logs/byte_source.h"

namespace tidemark {

// A subclass unpacks from packed() into what read() was given. One thread at a time.
class UnpackingSource : public ByteSource {
 public:
    UnpackingSource(std::unique_ptr<ByteSource> packed,
                    std::string name,
                    const UnpackingLimits& limits)
        : source_(std::move(packed)),
          name_(std::move(name)),
          limits_(limits),
          buffer_(input_size) {}

    Result<std::size_t> read(std::span<char> into) final;
    [[nodiscard]] std::uint64_t bytes_read() const final { return source_->bytes_read(); }
    [[nodiscard]] bool truncated() const final { return truncated_; }
    [[nodiscard]] bool unpacks() const final { return true; }

 protected:
    // Unpacks as much as there is room or input for, and takes the input used off with take().
    // Fails when the content is damaged.
    virtual Result<std::size_t> unpack(std::span<char> into) = 0;

    // True where a content may end: between two members or frames.
    [[nodiscard]] virtual bool at_boundary() const = 0;

    // The packed bytes read and not yet taken.
    [[nodiscard]] std::string_view packed() const {
        return {buffer_.data() + begin_, end_ - begin_};
    }
    void take(std::size_t count) { begin_ += count; }
    [[nodiscard]] Error damaged(std::string_view what) const;

 private:
    static constexpr std::size_t input_size = std::size_t{256} << 10U;

    Result<std::size_t> end_early(Error error);

    std::unique_ptr<ByteSource> source_;
    std::string name_;
    UnpackingLimits limits_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::uint64_t expanded_ = 0;
    bool ended_ = false;
    bool truncated_ = false;
};

}  // namespace tidemark
