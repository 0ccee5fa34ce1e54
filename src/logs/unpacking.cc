#include "logs/unpacking.h"

#include <fmt/format.h>

namespace tidemark {

Error UnpackingSource::damaged(std::string_view what) const {
    return {ErrorKind::invalid_input, fmt::format("{}: {}", name_, what)};
}

// With accept_truncated, what was unpacked stands and the content ends here.
Result<std::size_t> UnpackingSource::end_early(Error error) {
    if (!limits_.accept_truncated) {
        return error;
    }
    truncated_ = true;
    ended_ = true;
    return 0;
}

Result<std::size_t> UnpackingSource::read(std::span<char> into) {
    while (!ended_) {
        if (begin_ == end_) {
            TIDEMARK_ASSIGN_OR_RETURN(const std::size_t got, source_->read(buffer_));
            begin_ = 0;
            end_ = got;
        }
        // Called even without input: what an earlier call had no room for may still be inside.
        const bool input_ended = begin_ == end_;
        Result<std::size_t> unpacked = unpack(into);
        if (!unpacked.has_value()) {
            // Damage is never accepted: how much comes out before it is noticed depends on the
            // buffers' sizes, so the content, and the key of its batch, would not be one thing.
            return unpacked;
        }
        if (*unpacked > 0) {
            expanded_ += *unpacked;
            if (expanded_ > limits_.expanded_bytes_max) {
                return damaged(
                    fmt::format("expands to more than {} bytes; raise the limit on "
                                "expanded bytes if it is genuine",
                                limits_.expanded_bytes_max));
            }
            return unpacked;
        }
        if (input_ended && at_boundary()) {
            ended_ = true;
        } else if (input_ended) {
            return end_early(
                damaged("the compressed content ends too early; deliver it whole, or accept "
                        "truncated files"));
        }
    }
    return 0;
}

}  // namespace tidemark
