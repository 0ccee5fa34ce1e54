// Lines that are damaged at random: whatever comes, a parser answers, keeps to the line and to its
// contract. Under the sanitizers this also shows that nothing is read from outside.
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "support/line_cases.h"

namespace tidemark {
namespace {

using test::reading_of;

struct Seeds {
    const char* format;
    std::vector<std::string> lines;
};

const std::vector<Seeds>& all_seeds() {
    static const std::string json =
        R"({"bytes":5,"date_time":"2016-07-04T22:37:26.867635728Z","http":{"referer":null},)"
        R"("method":"GET","status":"200","url":"https://h\/a?b=\u00e4","version":"1","n":[1,{}]})";
    static const std::string text =
        R"~(192.0.2.1 - - [04/Jul/2016:22:37:26 +0000] "GET /v1/clienta/ping.gif?e=%69&aid=a%2Bb)~"
        R"~( HTTP/1.1" 200 5 "-" "agent \"x\" (y)")~";
    static const std::vector<Seeds> seeds = {
        {"json", {json}},
        {"fastly",
         {json,
          "<134>2016-07-04T22:37:26Z cache log[1]: " + json,
          "183 <134>1 2016-07-04T22:37:26Z h app 1 - [a@1 b=\"]\"] " + json,
          text}},
        {"edgecast",
         {"#Fields: timestamp c-ip sc-status sc-bytes cs-method cs-uri-stem c-user-agent",
          "1467671846 192.0.2.1 TCP_HIT/200 5 GET http://h/a \"agent (x)\""}},
        {"cloudfront",
         {"#Fields: date time x sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status",
          "2016-07-04\t22:37:26\tFRA2\t5\t192.0.2.1\tGET\th\t/a\t200"}},
        {"w3c",
         {"#Fields: date time cs-method cs-uri-stem sc-status sc-bytes cs(User-Agent)",
          "#Date: 2016-07-04 00:00:00",
          "2016-07-04 22:37:26 GET /a 200 5 \"an agent\"",
          "2016-07-04 22:37:26 GET /a 200 5 agent+x"}},
        {"delimited",
         {"time,url,bytes,host", "1467671846,\"/a,\"\"b\"\"\",5,h", "1467671846\t/a\t5\th"}},
        {"ping", {text}},
        {"pattern", {"2016-07-04T22:37:26Z 5 /a"}},
        {"combined", {text}},
    };
    return seeds;
}

std::string damaged(std::string line, std::mt19937_64& random) {
    static constexpr std::string_view alphabet = "\"\\{}[]:,# \t-%+/.<>0159eZ\x01\xC3\xA4";
    const auto below = [&random](std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
    };
    for (std::size_t changes = below(4); changes > 0 && !line.empty(); --changes) {
        const std::size_t at = below(line.size());
        switch (below(5)) {
            case 0:
                line[at] = alphabet[below(alphabet.size())];
                break;
            case 1:
                line.insert(at, 1, alphabet[below(alphabet.size())]);
                break;
            case 2:
                line.erase(at, 1 + below(8));
                break;
            case 3:
                line.resize(at);
                break;
            default:
                line.insert(at, line.substr(below(line.size()), below(40)));
                break;
        }
    }
    return line;
}

TEST(MutatedLines, are_answered_within_the_contract) {
    const std::uint64_t seed = std::random_device()();
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    for (const Seeds& seeds : all_seeds()) {
        Reading reading = reading_of(seeds.format);
        if (reading.format == "pattern") {
            reading.pattern = "(?P<time>\\S+) (?P<bytes>\\S+) (?P<url>\\S+)";
        }
        if (reading.format == "ping") {
            reading.metrics = default_metric_rules(built_in_datasets()[1]);
        }
        reading.subject = *SubjectRule::parse("query:aid");
        std::unique_ptr<LineParser> parser = test::make_parser(reading);
        const std::unique_ptr<SubjectFinder> finder = *SubjectFinder::make(reading.subject);
        for (int round = 0; round < 4000; ++round) {
            if (round % 64 == 0) {
                parser = round % 128 == 0 ? test::make_parser(reading) : parser->clone();
            }
            const auto chosen =
                std::uniform_int_distribution<std::size_t>(0, seeds.lines.size() - 1)(random);
            const std::string line = damaged(seeds.lines[chosen], random);
            // Exactly the room that the contract promises, so that one byte more is found.
            const std::size_t room_size = line.size() + 64;
            const std::unique_ptr<char[]> room = std::make_unique<char[]>(room_size);
            std::fill_n(room.get(), room_size, '"');
            line.copy(room.get(), line.size());
            LogRecord record;
            const std::string_view view(room.get(), line.size());
            parser->take_directive(view, round == 0);
            const LineVerdict verdict = parser->parse(view, record);
            if (verdict.kind != LineKind::record) {
                continue;
            }
            EXPECT_GE(record.bytes, 0) << line;
            EXPECT_TRUE(record.status == 0 || record.status >= 100 ||
                        reading.format == "combined" || reading.format == "fastly" ||
                        reading.format == "ping")
                << line;
            EXPECT_LE(record.url.size() + record.host.size(), 2 * line.size()) << line;
            bool malformed = false;
            EXPECT_LE(finder->find(record, malformed).size(), line.size()) << line;
        }
    }
}

}  // namespace
}  // namespace tidemark
