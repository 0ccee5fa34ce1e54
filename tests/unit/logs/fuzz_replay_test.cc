// The claims of tests/fuzz with seeded inputs: damaged lines and damaged packed files.
#include <gtest/gtest.h>

#include "base/random.h"
#include "fuzz/combined_claims.h"
#include "fuzz/log_file_claims.h"
#include "unit/logs/log_text.h"

namespace tidemark {
namespace {

constexpr std::uint64_t seed = 4711;

// Changes, takes out or repeats some bytes.
void damage(std::string& text, RandomStream& random) {
    constexpr std::string_view telling = "\"\\ -[]:/+0519aMZ#\t\r\xc3";
    for (std::uint64_t change = random.below(4); change > 0 && !text.empty(); --change) {
        const std::size_t at = random.below(text.size());
        switch (random.below(3)) {
            case 0:
                text[at] = telling[random.below(telling.size())];
                break;
            case 1:
                text.erase(at, random.below(5));
                break;
            default:
                text.insert(at, 1, telling[random.below(telling.size())]);
                break;
        }
    }
}

TEST(FuzzReplay, damaged_combined_lines_keep_the_claims) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    RandomStream random(seed, "combined");
    const std::string whole =
        R"(1.2.3.4 - - [17/May/2015:10:05:03 +0000] "GET /a\"b HTTP/1.1" 200 1234 "-" "x")";
    const std::string quoted =
        R"("::1 - u [17/May/2015:10:05:03 -0130] "GET /a/b HTTP/1.1" 304 - "http://a" "y z"")";
    for (int round = 0; round < 100000; ++round) {
        std::string line = random.chance(0.5) ? whole : quoted;
        damage(line, random);
        test::check_combined_line(line);
    }
}

TEST(FuzzReplay, damaged_files_keep_the_claims) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    RandomStream random(seed, "files");
    for (int round = 0; round < 3000; ++round) {
        std::string text;
        for (std::uint64_t line = random.below(40); line > 0; --line) {
            text.append(random.below(80), 'x').append("\n");
        }
        for (const char packing : {'\0', '\1', '\2', '\5', '\6'}) {
            std::string stored = packing % 3 == 0   ? text
                                 : packing % 3 == 1 ? test::gzip(text) + test::gzip(text)
                                                    : test::zstd(text) + test::zstd(text);
            damage(stored, random);
            test::check_log_file(std::string(1, packing) + stored);
        }
    }
}

}  // namespace
}  // namespace tidemark
