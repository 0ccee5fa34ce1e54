#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include "base/bounded_queue.h"
#include "logs/byte_source.h"

namespace tidemark {

namespace {

// Buffers go round between two queues: empty ones to the thread, filled ones to the caller.
class ReadAhead final : public ByteSource {
 public:
    explicit ReadAhead(std::unique_ptr<ByteSource> inner) : inner_(std::move(inner)) {
        for (std::size_t count = 0; count < buffer_count; ++count) {
            empty_.push({.bytes = std::make_unique_for_overwrite<char[]>(buffer_size)});
        }
        thread_ = std::thread([this] { fill_buffers(); });
    }
    ReadAhead(const ReadAhead&) = delete;
    ReadAhead& operator=(const ReadAhead&) = delete;
    ~ReadAhead() override {
        empty_.close();
        filled_.close();
        thread_.join();
    }

    Result<std::size_t> read(std::span<char> into) override {
        if (!current_.has_value() && !take_next()) {
            return 0;
        }
        if (current_->failure.has_value()) {
            return *current_->failure;
        }
        const std::size_t count = std::min(into.size(), current_->size - given_);
        std::memcpy(into.data(), current_->bytes.get() + given_, count);
        given_ += count;
        if (given_ == current_->size) {
            empty_.push(std::move(*current_));
            current_.reset();
        }
        return count;
    }

    [[nodiscard]] std::uint64_t bytes_read() const override { return bytes_read_.load(); }
    [[nodiscard]] bool truncated() const override { return truncated_.load(); }

 private:
    static constexpr std::size_t buffer_size = std::size_t{512} << 10U;
    static constexpr std::size_t buffer_count = 6;

    struct Buffer {
        std::unique_ptr<char[]> bytes;
        std::size_t size = 0;
        std::optional<Error> failure{};
    };

    bool take_next() {
        current_ = filled_.pop();
        given_ = 0;
        return current_.has_value();
    }

    // The thread's whole life. No exception may leave it: std::bad_alloc becomes an error.
    void fill_buffers() {
        while (std::optional<Buffer> buffer = empty_.pop()) {
            try {
                fill(*buffer);
            } catch (const std::exception& failure) {
                buffer->failure = Error{ErrorKind::unavailable, failure.what()};
            }
            bytes_read_.store(inner_->bytes_read());
            truncated_.store(inner_->truncated());
            const bool last = buffer->failure.has_value() || buffer->size == 0;
            if (buffer->failure.has_value() || buffer->size > 0) {
                filled_.push(std::move(*buffer));
            }
            if (last) {
                break;
            }
        }
        filled_.close();
    }

    void fill(Buffer& buffer) {
        Result<std::size_t> got = inner_->read({buffer.bytes.get(), buffer_size});
        if (!got.has_value()) {
            buffer.failure = std::move(got).error();
            return;
        }
        buffer.size = *got;
    }

    std::unique_ptr<ByteSource> inner_;
    BoundedQueue<Buffer> empty_{buffer_count};
    BoundedQueue<Buffer> filled_{buffer_count};
    std::optional<Buffer> current_;
    std::size_t given_ = 0;
    std::atomic<std::uint64_t> bytes_read_{0};
    std::atomic<bool> truncated_{false};
    std::thread thread_;
};

}  // namespace

std::unique_ptr<ByteSource> make_read_ahead(std::unique_ptr<ByteSource> inner) {
    return std::make_unique<ReadAhead>(std::move(inner));
}

}  // namespace tidemark
