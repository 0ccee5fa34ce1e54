#include "simulate/plan/identifier_pool.h"

#include <algorithm>
#include <numeric>
#include <unordered_set>

#include <fmt/format.h>

#include "base/check.h"
#include "generate/distributions.h"

namespace tidemark::simulate {

namespace {

constexpr std::int64_t day_us = 86'400'000'000;
// Beyond this many draws a row, the rest of a distinct set is filled by rank instead.
constexpr std::size_t draws_a_row_max = 8;

std::uint64_t scatter_of(const Pool& pool, std::uint64_t seed) {
    const auto count = static_cast<std::uint64_t>(pool.count);
    RandomStream random(seed, "pool " + pool.name);
    std::uint64_t factor = random.below(count) | 1U;
    while (std::gcd(factor, count) != 1) {
        factor += 2;
    }
    return factor;
}

}  // namespace

IdentifierPool::IdentifierPool(const Pool& pool, std::uint64_t seed)
    : pool_(pool), scatter_(scatter_of(pool, seed)) {
    if (pool.skew == Skew::zipf) {
        ranked_ = std::make_unique<WeightedChoice>(
            WeightedChoice::zipf(static_cast<std::size_t>(pool.count), pool.exponent));
    }
}

IdentifierPool::IdentifierPool(IdentifierPool&&) noexcept = default;
IdentifierPool& IdentifierPool::operator=(IdentifierPool&&) noexcept = default;
IdentifierPool::~IdentifierPool() = default;

std::int64_t IdentifierPool::size_at(Micros at) const {
    return pool_size_at(pool_, at);
}

// Ranks are spread over the numbers, so that frequent identifiers are no neighbours in an index.
std::uint32_t IdentifierPool::number_of_rank(std::uint64_t rank) const {
    return static_cast<std::uint32_t>(rank * scatter_ % static_cast<std::uint64_t>(pool_.count));
}

std::uint32_t IdentifierPool::draw_one(RandomStream& random, std::int64_t size) const {
    const auto any = static_cast<std::uint32_t>(random.below(static_cast<std::uint64_t>(size)));
    // Those that joined are drawn as often as if all were alike: nobody knows their rank yet.
    if (ranked_ == nullptr || any >= pool_.count) {
        return any;
    }
    return number_of_rank(ranked_->draw(random.next()));
}

void IdentifierPool::draw(RandomStream& random,
                          Micros at,
                          std::size_t count,
                          Drawing drawing,
                          std::vector<std::uint32_t>& numbers) const {
    const std::int64_t size = size_at(at);
    numbers.clear();
    numbers.reserve(count);
    if (drawing == Drawing::repeated) {
        while (numbers.size() < count) {
            numbers.push_back(draw_one(random, size));
        }
        return;
    }
    TIDEMARK_CHECK(static_cast<std::int64_t>(count) <= size);
    if (ranked_ == nullptr && static_cast<std::int64_t>(count) * 4 >= size) {
        // A shuffle that stops early: most are taken anyway.
        numbers.resize(static_cast<std::size_t>(size));
        std::iota(numbers.begin(), numbers.end(), 0U);
        for (std::size_t place = 0; place < count; ++place) {
            std::swap(numbers[place], numbers[place + random.below(numbers.size() - place)]);
        }
        numbers.resize(count);
        return;
    }
    std::unordered_set<std::uint32_t> taken;
    taken.reserve(count);
    for (std::size_t draws = 0; numbers.size() < count && draws < count * draws_a_row_max;
         ++draws) {
        const std::uint32_t number = draw_one(random, size);
        if (taken.insert(number).second) {
            numbers.push_back(number);
        }
    }
    for (std::int64_t rank = 0; numbers.size() < count && rank < size; ++rank) {
        const auto number = rank < pool_.count ? number_of_rank(static_cast<std::uint64_t>(rank))
                                               : static_cast<std::uint32_t>(rank);
        if (taken.insert(number).second) {
            numbers.push_back(number);
        }
    }
}

void IdentifierPool::append_text(std::uint32_t number, std::string& to) const {
    to += pool_.prefix;
    const fmt::format_int digits(number);
    const auto width = static_cast<std::size_t>(pool_.width);
    to.append(width - std::min(width, digits.size()), '0');
    to.append(digits.data(), digits.size());
}

std::string IdentifierPool::text(std::uint32_t number) const {
    std::string result;
    append_text(number, result);
    return result;
}

std::int64_t names_of(const Pool& pool) {
    std::int64_t names = 1;
    for (std::int64_t digit = 0; digit < pool.width && names < (std::int64_t{1} << 31U); ++digit) {
        names *= 10;
    }
    return std::min(names, std::int64_t{1} << 31U);
}

std::int64_t pool_size_at(const Pool& pool, Micros at) {
    const double days =
        static_cast<double>(std::max<std::int64_t>(at.count(), 0)) / static_cast<double>(day_us);
    return pool.count + static_cast<std::int64_t>(static_cast<double>(pool.new_per_day) * days);
}

}  // namespace tidemark::simulate
