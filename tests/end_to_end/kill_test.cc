// A kill at any moment loses and doubles nothing.
//
// The program is started on new files, and killed after a random part of the time that it takes;
// then the same command is run again to its end. After each such pair usage must be exactly the
// total of the files handed over until then, while a reader holds every answer in between to the
// promise of end_to_end/reader.h.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <signal.h>

#include "base/random.h"
#include "end_to_end/file_ledger.h"
#include "end_to_end/reader.h"
#include "end_to_end/test_store.h"
#include "support/environment.h"

namespace tidemark::test {
namespace {

using std::chrono::microseconds;

constexpr int filling = 4000;

// How long a command takes when it is let be, so that kills spread over all of it.
class UsualDuration {
 public:
    void add(microseconds duration) {
        usual_ = usual_ == microseconds(0) ? duration : (usual_ * 3 + duration) / 4;
    }
    [[nodiscard]] microseconds part(double share) const {
        return microseconds(static_cast<std::int64_t>(share * static_cast<double>(usual_.count())));
    }

 private:
    microseconds usual_{0};
};

struct Tally {
    int aggregate_kills = 0;
    int compact_kills = 0;
    int stored_before_kill = 0;  // files that a killed aggregate had acknowledged
    int too_late = 0;            // it had ended by itself
};

class Kills : public testing::TestWithParam<StoreKind> {};

class KillRun {
 public:
    explicit KillRun(StoreKind kind, std::uint64_t seed)
        : store_(kind), ledger_(store_.folder().path(), filling), random_(seed, "kills") {}

    void run(int kill_count) {
        complete_aggregate({ledger_.write_file()});
        complete({"compact"}, compact_duration_);
        const Reader reader(store_, ledger_, failed_);
        while (tally_.aggregate_kills + tally_.compact_kills < kill_count && !failed_ &&
               !testing::Test::HasFailure()) {
            if (random_.chance(0.3)) {
                kill_compact();
            } else {
                kill_aggregate();
            }
            expect_truth();
        }
        complete({"compact"}, compact_duration_);
        expect_truth();
        expect_total();
        std::printf(
            "%d kills of aggregate (%d files acknowledged before), %d of compact, %d too "
            "late; %d files; %d reads\n",
            tally_.aggregate_kills,
            tally_.stored_before_kill,
            tally_.compact_kills,
            tally_.too_late,
            ledger_.handed_over(),
            reader.read_count());
    }

 private:
    void complete(const std::vector<std::string>& arguments, UsualDuration& duration) {
        const auto start = std::chrono::steady_clock::now();
        const ProcessEnd end = store_.run(arguments);
        duration.add(
            std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - start));
        ASSERT_EQ(end.exit_code, 0) << end.to_string();
    }

    void complete_aggregate(const std::vector<int>& files) {
        complete(ledger_.aggregate_arguments(files), aggregate_duration_);
        ledger_.acknowledge(FileSet(files.begin(), files.end()));
    }

    // True when it was killed before it ended; then what it had said is in `errors`.
    bool killed(const std::vector<std::string>& arguments,
                const UsualDuration& duration,
                std::string& errors) {
        Process process(store_.start(arguments));
        if (process.wait(duration.part(random_.unit() * 1.1))) {
            ++tally_.too_late;
            return false;
        }
        process.send_signal(SIGKILL);
        const ProcessEnd end = process.finish();
        errors = end.errors;
        // It may have ended between the two.
        return end.exit_code == 128 + SIGKILL;
    }

    void kill_aggregate() {
        std::vector<int> files;
        for (std::uint64_t count = 1 + random_.below(3); count > 0; --count) {
            files.push_back(ledger_.write_file());
        }
        if (random_.chance(0.3)) {  // one that is stored already goes along
            files.push_back(
                static_cast<int>(random_.below(static_cast<std::uint64_t>(ledger_.handed_over()))));
        }
        std::string errors;
        if (killed(ledger_.aggregate_arguments(files), aggregate_duration_, errors)) {
            ++tally_.aggregate_kills;
            const FileSet said = ledger_.acknowledged_by(errors);
            tally_.stored_before_kill += static_cast<int>(said.size());
            ledger_.acknowledge(said);
        }
        complete_aggregate(files);
    }

    void kill_compact() {
        std::string errors;
        if (killed({"compact"}, compact_duration_, errors)) {
            ++tally_.compact_kills;
            expect_truth();
        }
        complete({"compact"}, compact_duration_);
    }

    void expect_truth() {
        const ProcessEnd end = store_.run(ledger_.usage_arguments());
        ASSERT_EQ(end.exit_code, 0) << end.to_string();
        const Result<FileSet> read = FileLedger::files_of(end.output);
        ASSERT_TRUE(read.has_value()) << read.error().message;
        FileSet all;
        for (int file = 0; file < ledger_.handed_over(); ++file) {
            all.insert(file);
        }
        ASSERT_EQ(to_string(*read), to_string(all));
    }

    // The shared subjects as well, by every period.
    void expect_total() {
        for (const char* period : {"total", "month", "day", "slot"}) {
            std::vector<std::string> arguments = {"usage", "--dataset", "cdn", "--by", period};
            arguments.insert(arguments.end(), FileLedger::days().begin(), FileLedger::days().end());
            const ProcessEnd end = store_.run(arguments);
            ASSERT_EQ(end.exit_code, 0) << end.to_string();
            std::pair<std::int64_t, std::int64_t> sum{0, 0};
            const nlohmann::json answer = nlohmann::json::parse(end.output);
            for (const nlohmann::json& row : answer["rows"]) {
                if (!row.value("no_data", false)) {
                    sum.first += row["bytes_streamed"].get<std::int64_t>();
                    sum.second += row["requests"].get<std::int64_t>();
                }
            }
            EXPECT_EQ(sum, ledger_.total_of_all()) << "by " << period;
        }
    }

    TestStore store_;
    FileLedger ledger_;
    RandomStream random_;
    UsualDuration aggregate_duration_;
    UsualDuration compact_duration_;
    Tally tally_;
    std::atomic<bool> failed_ = false;
};

TEST_P(Kills, at_any_moment_lose_and_double_nothing) {
    if (const std::string reason = reason_to_skip(GetParam()); !reason.empty()) {
        GTEST_SKIP() << reason;
    }
    // Half of them on each of the two stores.
    const int kill_count = static_cast<int>(number_from_environment("TIDEMARK_KILLS", 30) + 1) / 2;
    KillRun(GetParam(), announced_seed()).run(kill_count);
}

INSTANTIATE_TEST_SUITE_P(Stores,
                         Kills,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         [](const auto& test) { return std::string(to_string(test.param)); });

}  // namespace
}  // namespace tidemark::test
