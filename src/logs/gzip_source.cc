// gzip (RFC 1952) by ISA-L, which unpacks several times faster than zlib.

#include <algorithm>
#include <cstdint>
#include <limits>

#include <isa-l/igzip_lib.h>

#include "logs/unpacking.h"

namespace tidemark {

namespace {

class GzipSource final : public UnpackingSource {
 public:
    GzipSource(std::unique_ptr<ByteSource> packed, std::string name, const UnpackingLimits& limits)
        : UnpackingSource(std::move(packed), std::move(name), limits),
          state_(std::make_unique<inflate_state>()) {
        begin_member();
    }

 protected:
    Result<std::size_t> unpack(std::span<char> into) override {
        if (!in_member_ && !packed().empty()) {
            TIDEMARK_RETURN_IF_ERROR(find_next_member());
        }
        if (!in_member_) {
            return 0;
        }
        state_->next_in =
            const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(packed().data()));
        state_->avail_in = clipped(packed().size());
        state_->next_out = reinterpret_cast<std::uint8_t*>(into.data());
        const std::uint32_t room = clipped(into.size());
        state_->avail_out = room;
        const std::uint32_t input = state_->avail_in;
        const int outcome = isal_inflate(state_.get());
        take(input - state_->avail_in);
        if (outcome < 0) {
            return damaged(outcome == ISAL_INCORRECT_CHECKSUM
                               ? "the gzip checksum does not agree with the content"
                               : "the gzip content is damaged");
        }
        if (state_->block_state == ISAL_BLOCK_FINISH) {
            in_member_ = false;
        }
        return room - state_->avail_out;
    }

    [[nodiscard]] bool at_boundary() const override { return !in_member_; }

 private:
    static std::uint32_t clipped(std::size_t size) {
        return static_cast<std::uint32_t>(
            std::min<std::size_t>(size, std::numeric_limits<std::uint32_t>::max()));
    }

    void begin_member() {
        isal_inflate_init(state_.get());
        state_->crc_flag = ISAL_GZIP;
        in_member_ = true;
    }

    // After a member: another one, or zero bytes, which tapes and block devices pad with.
    Result<int> find_next_member() {
        const char first = packed().front();
        if (first == '\0') {
            take(std::min(packed().find_first_not_of('\0'), packed().size()));
            return 0;
        }
        if (first != '\x1f') {
            return damaged("something other than gzip follows the gzip content");
        }
        begin_member();
        return 0;
    }

    std::unique_ptr<inflate_state> state_;
    bool in_member_ = false;
};

}  // namespace

std::unique_ptr<ByteSource> make_gzip_source(std::unique_ptr<ByteSource> packed,
                                             std::string name,
                                             const UnpackingLimits& limits) {
    return std::make_unique<GzipSource>(std::move(packed), std::move(name), limits);
}

}  // namespace tidemark
