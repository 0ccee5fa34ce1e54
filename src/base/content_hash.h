#pragma once
// The digest of a content: what makes a file handed over twice count once.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace tidemark {

// 128 bits of XXH3 (xxHash 0.8). Not a defence against someone who forges collisions: feeds are
// trusted to be what they are, only not to come once.
struct ContentHash {
    std::uint64_t high = 0;
    std::uint64_t low = 0;

    // 32 lower-case hexadecimal digits.
    [[nodiscard]] std::string to_string() const;

    // What to_string() wrote; nothing for any other text.
    [[nodiscard]] static std::optional<ContentHash> parse(std::string_view text);

    bool operator==(const ContentHash&) const = default;
};

// Of bytes at hand. A seed that others do not know (unpredictable_seed()) does defend.
ContentHash hash_of(std::string_view bytes, std::uint64_t seed);

// Hashes a content given piece by piece; how it is cut does not matter. One thread at a time.
class ContentHasher {
 public:
    ContentHasher();
    ContentHasher(ContentHasher&&) noexcept;
    ContentHasher& operator=(ContentHasher&&) noexcept;
    ~ContentHasher();

    void update(std::string_view piece);
    [[nodiscard]] ContentHash finish() const;

 private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace tidemark
