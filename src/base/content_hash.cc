#include "base/content_hash.h"

#include <charconv>

#include <fmt/format.h>
#include <xxhash.h>
#if defined(__x86_64__)
// Replaces the streaming update by one that uses the widest vectors of the machine: the library
// itself is compiled for the smallest x86-64, and hashes at half the speed.
#include <xxh_x86dispatch.h>
#endif

#include "base/check.h"

namespace tidemark {

ContentHash hash_of(std::string_view bytes, std::uint64_t seed) {
    const XXH128_hash_t digest = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
    return {.high = digest.high64, .low = digest.low64};
}

struct ContentHasher::State {
    XXH3_state_t* xxh = XXH3_createState();
    State() { TIDEMARK_CHECK(xxh != nullptr && XXH3_128bits_reset(xxh) == XXH_OK); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    ~State() { XXH3_freeState(xxh); }
};

ContentHasher::ContentHasher() : state_(std::make_unique<State>()) {}
ContentHasher::ContentHasher(ContentHasher&&) noexcept = default;
ContentHasher& ContentHasher::operator=(ContentHasher&&) noexcept = default;
ContentHasher::~ContentHasher() = default;

void ContentHasher::update(std::string_view piece) {
    TIDEMARK_CHECK(XXH3_128bits_update(state_->xxh, piece.data(), piece.size()) == XXH_OK);
}

ContentHash ContentHasher::finish() const {
    const XXH128_hash_t digest = XXH3_128bits_digest(state_->xxh);
    return {.high = digest.high64, .low = digest.low64};
}

std::string ContentHash::to_string() const {
    return fmt::format("{:016x}{:016x}", high, low);
}

std::optional<ContentHash> ContentHash::parse(std::string_view text) {
    ContentHash hash;
    // from_chars reads upper case too; to_string() is the one form there is.
    if (text.size() != 32 || text.find_first_not_of("0123456789abcdef") != std::string_view::npos) {
        return std::nullopt;
    }
    std::from_chars(text.data(), text.data() + 16, hash.high, 16);
    std::from_chars(text.data() + 16, text.data() + 32, hash.low, 16);
    return hash;
}

}  // namespace tidemark
