#include "journal/journal.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <thread>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "base/random.h"
#include "support/environment.h"
#include "support/temporary_directory.h"

namespace tidemark {
namespace {

using test::TemporaryDirectory;

class JournalTest : public testing::Test {
 protected:
    std::unique_ptr<Journal> open(std::uint64_t segment_bytes_max = std::uint64_t{64} << 20U) {
        Result<std::unique_ptr<Journal>> journal =
            Journal::open({.directory = (folder.path() / "journal").string(),
                           .waiting_bytes_max = 1 << 20U,
                           .segment_bytes_max = segment_bytes_max});
        EXPECT_TRUE(journal.has_value()) << journal.error().message;
        return std::move(journal).value();
    }

    // What became of a record, once it is known.
    static Result<void> append(Journal& journal, const std::string& record) {
        std::promise<Result<void>> done;
        if (!journal.append(record, [&](Result<void> written) { done.set_value(written); })) {
            return Error{ErrorKind::refused, "not taken"};
        }
        return done.get_future().get();
    }

    static std::vector<std::string> records_of(const std::string& segment) {
        const auto reader = SegmentReader::open(segment).value();
        std::vector<std::string> records;
        while (const auto record = reader->next().value()) {
            records.emplace_back(*record);
        }
        EXPECT_EQ(reader->torn_bytes() + reader->damaged_bytes(), 0U);
        return records;
    }

    TemporaryDirectory folder;
};

using Records = std::vector<std::string>;

TEST_F(JournalTest, keeps_what_was_acknowledged_in_the_order_of_each_writer) {
    std::unique_ptr<Journal> journal = open(4096);
    constexpr int writers = 8;
    constexpr int records = 200;
    std::vector<std::thread> threads;
    for (int writer = 0; writer < writers; ++writer) {
        threads.emplace_back([&, writer] {
            for (int record = 0; record < records; ++record) {
                const std::string text = std::to_string(writer) + " " + std::to_string(record);
                EXPECT_TRUE(append(*journal, text).has_value());
            }
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    std::map<std::string, int> next;
    const std::vector<std::string> segments = journal->seal().value();
    EXPECT_GT(segments.size(), 1U);
    for (const std::string& segment : segments) {
        for (const std::string& record : records_of(segment)) {
            const std::size_t blank = record.find(' ');
            EXPECT_EQ(std::to_string(next[record.substr(0, blank)]++), record.substr(blank + 1));
        }
    }
    ASSERT_EQ(next.size(), static_cast<std::size_t>(writers));
    for (const auto& [writer, count] : next) {
        EXPECT_EQ(count, records) << writer;
    }
}

TEST_F(JournalTest, a_sealed_segment_is_never_written_again_and_an_empty_one_is_none) {
    std::unique_ptr<Journal> journal = open();
    EXPECT_TRUE(journal->seal().value().empty());
    ASSERT_TRUE(append(*journal, "first").has_value());
    const std::vector<std::string> first = journal->seal().value();
    ASSERT_EQ(first.size(), 1U);
    ASSERT_TRUE(append(*journal, "second").has_value());
    ASSERT_TRUE(append(*journal, "").has_value());
    EXPECT_EQ(records_of(first[0]), Records{"first"});
    const std::vector<std::string> both = journal->seal().value();
    ASSERT_EQ(both.size(), 2U);
    EXPECT_EQ(both[0], first[0]);
    EXPECT_EQ(records_of(both[1]), (Records{"second", ""}));
    std::filesystem::remove(both[0]);
    EXPECT_EQ(journal->seal().value(), Records{both[1]});
}

TEST_F(JournalTest, what_an_earlier_process_left_is_sealed) {
    ASSERT_TRUE(append(*open(), "before").has_value());
    std::unique_ptr<Journal> journal = open();
    ASSERT_TRUE(append(*journal, "after").has_value());
    const std::vector<std::string> segments = journal->seal().value();
    ASSERT_EQ(segments.size(), 2U);
    EXPECT_EQ(records_of(segments[0]), Records{"before"});
    EXPECT_EQ(records_of(segments[1]), Records{"after"});
}

TEST_F(JournalTest, is_written_by_one_process_at_a_time) {
    const std::unique_ptr<Journal> journal = open();
    const auto second = Journal::open({.directory = (folder.path() / "journal").string()});
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().kind, ErrorKind::refused);
    EXPECT_EQ(Journal::open({.directory = "/proc/nowhere"}).error().kind, ErrorKind::unavailable);
}

TEST_F(JournalTest, takes_no_more_than_may_wait) {
    std::unique_ptr<Journal> journal = open();
    EXPECT_FALSE(journal->append(std::string((1 << 20U) + 1, 'x'),
                                 [](const Result<void>&) { ADD_FAILURE() << "it was not taken"; }));
    EXPECT_TRUE(append(*journal, std::string(1 << 20U, 'x')).has_value());
}

// The limit on a file's size stands for a full disk: the write ends half way.
TEST_F(JournalTest, what_was_refused_is_not_there_and_what_was_acknowledged_stays) {
    std::unique_ptr<Journal> journal = open();
    ASSERT_TRUE(append(*journal, "before").has_value());
    rlimit limit{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &limit), 0);
    const rlimit small{.rlim_cur = 1000, .rlim_max = limit.rlim_max};
    const auto previous = std::signal(SIGXFSZ, SIG_IGN);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    const Result<void> refused = append(*journal, std::string(2000, 'x'));
    const Result<void> small_enough = append(*journal, "small");
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    std::signal(SIGXFSZ, previous);
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
    EXPECT_TRUE(small_enough.has_value());
    ASSERT_TRUE(append(*journal, "after").has_value());
    Records all;
    const Records segments = journal->seal().value();
    for (const std::string& segment : segments) {
        for (const std::string& record : records_of(segment)) {
            all.push_back(record);
        }
    }
    EXPECT_EQ(all, (Records{"before", "small", "after"}));
}

class SegmentTest : public JournalTest {
 protected:
    // A segment of random records; its bytes, and where each record ends.
    void make(std::uint64_t seed) {
        RandomStream random(seed, "journal");
        std::unique_ptr<Journal> journal = open();
        for (int count = 0; count < 12; ++count) {
            std::string record;
            for (std::uint64_t left = random.below(90); left > 0; --left) {
                // Heads of records within records are no records.
                record += "0123456789abcdef \n"[random.below(18)];
            }
            records.push_back(record);
            ends.push_back((ends.empty() ? 0 : ends.back()) + record_head_bytes + record.size());
            EXPECT_TRUE(append(*journal, record).has_value());
        }
        path = journal->seal().value().at(0);
        bytes = test::read_file(path);
        ASSERT_EQ(bytes.size(), ends.back());
    }

    void write(const std::string& content) const {
        std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
    }

    Records records;
    std::vector<std::size_t> ends;
    std::string path;
    std::string bytes;
};

TEST_F(SegmentTest, torn_anywhere_gives_the_whole_records_before) {
    make(test::announced_seed());
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        write(bytes.substr(0, length));
        const auto reader = SegmentReader::open(path).value();
        std::size_t whole = 0;
        while (const auto record = reader->next().value()) {
            ASSERT_LT(whole, records.size());
            ASSERT_EQ(*record, records[whole++]);
        }
        const std::size_t expected = static_cast<std::size_t>(
            std::ranges::count_if(ends, [&](std::size_t end) { return end <= length; }));
        ASSERT_EQ(whole, expected) << length;
        ASSERT_EQ(reader->torn_bytes(), length - (whole == 0 ? 0 : ends[whole - 1]));
        ASSERT_EQ(reader->damaged_bytes(), 0U);
    }
}

TEST_F(SegmentTest, a_changed_byte_costs_one_record_and_is_told) {
    make(test::announced_seed());
    for (std::size_t place = 0; place < bytes.size(); ++place) {
        std::string changed = bytes;
        changed[place] = static_cast<char>(changed[place] ^ 1);
        write(changed);
        const std::size_t hit = static_cast<std::size_t>(
            std::ranges::count_if(ends, [&](std::size_t end) { return end <= place; }));
        Records expected = records;
        expected.erase(expected.begin() + static_cast<std::ptrdiff_t>(hit));
        const auto reader = SegmentReader::open(path).value();
        Records found;
        while (const auto record = reader->next().value()) {
            found.emplace_back(*record);
        }
        ASSERT_EQ(found, expected) << place;
        const std::size_t size = record_head_bytes + records[hit].size();
        ASSERT_EQ(reader->damaged_bytes(), hit + 1 == records.size() ? 0 : size);
        ASSERT_EQ(reader->torn_bytes(), hit + 1 == records.size() ? size : 0);
    }
}

TEST_F(SegmentTest, the_records_of_another_segment_are_none) {
    make(test::announced_seed());
    const SegmentName other{.number = 7, .identity = std::string(32, 'a')};
    const std::string moved =
        (std::filesystem::path(path).parent_path() / other.to_string()).string();
    std::filesystem::rename(path, moved);
    const auto reader = SegmentReader::open(moved).value();
    EXPECT_FALSE(reader->next().value().has_value());
    EXPECT_EQ(reader->torn_bytes(), bytes.size());
}

TEST(SegmentName, is_told_from_other_files) {
    const SegmentName name{.number = 812, .identity = "00112233445566778899aabbccddeeff"};
    const auto parsed = SegmentName::parse(name.to_string());
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->number, 812U);
    EXPECT_EQ(parsed->identity, name.identity);
    for (const std::string& text : {std::string("lock"),
                                    name.to_string() + ".damaged",
                                    name.to_string().substr(1),
                                    std::string(10, 'x') + name.to_string().substr(10)}) {
        EXPECT_FALSE(SegmentName::parse(text).has_value()) << text;
    }
}

}  // namespace
}  // namespace tidemark
