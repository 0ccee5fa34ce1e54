#pragma once
// IdentifierPool: the identifiers that writers share, without any of them talking to another.
//
// What the pool holds at an instant of the simulation follows from the plan, so that a site that
// one writer brings is there for every writer at the same instant, in whichever process.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "simulate/plan/plan.h"

namespace tidemark {
class WeightedChoice;
}

namespace tidemark::simulate {

// Safe from several threads: drawing changes only the stream and the target.
class IdentifierPool {
 public:
    // The pool's skew decides by `seed` which identifiers are the frequent ones.
    IdentifierPool(const Pool& pool, std::uint64_t seed);
    IdentifierPool(IdentifierPool&&) noexcept;
    IdentifierPool& operator=(IdentifierPool&&) noexcept;
    ~IdentifierPool();

    // How many there are at a simulated instant after the start.
    [[nodiscard]] std::int64_t size_at(Micros at) const;

    // Numbers in [0, size_at(at)), `count` of them. Distinct ones need count <= size_at(at); with a
    // skew the frequent ones come first into such a set.
    void draw(RandomStream& random,
              Micros at,
              std::size_t count,
              Drawing drawing,
              std::vector<std::uint32_t>& numbers) const;

    // "mlw_017" for 17. Numbers sort as their texts do.
    void append_text(std::uint32_t number, std::string& to) const;
    [[nodiscard]] std::string text(std::uint32_t number) const;

 private:
    [[nodiscard]] std::uint32_t draw_one(RandomStream& random, std::int64_t size) const;
    [[nodiscard]] std::uint32_t number_of_rank(std::uint64_t rank) const;

    Pool pool_;
    std::uint64_t scatter_;                   // odd, prime to the pool's count
    std::unique_ptr<WeightedChoice> ranked_;  // of zipf
};

// How many identifiers a pool's names allow: 10^width, at most 2^31.
std::int64_t names_of(const Pool& pool);

// How many it has at a simulated instant after the start.
std::int64_t pool_size_at(const Pool& pool, Micros at);

}  // namespace tidemark::simulate
