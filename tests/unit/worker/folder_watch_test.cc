#include "worker/folder_watch.h"

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "logs/log_reader.h"
#include "store/memory/memory_store.h"
#include "support/temporary_directory.h"

namespace tidemark {
namespace {

namespace fs = std::filesystem;
using Paths = std::vector<std::string>;

constexpr const char* line = "a - - [14/Jan/2027:08:00:00 +0000] \"GET /{}/x HTTP/1.1\" 200 {}\n";

class FolderWatchTest : public testing::Test {
 protected:
    FolderWatchTest() {
        rules.folder = folder.path().string();
        rules.settle = std::chrono::seconds(10);
        watch.emplace(rules);
        EXPECT_TRUE(open()->prepare_dataset(built_in_datasets()[0]).has_value());
    }

    std::unique_ptr<Store> open() { return open_memory_store(database, clock); }

    // Looks now, and gives what arrived without the folder.
    Paths look() {
        Paths names;
        const Paths paths = watch->look(clock.now()).value();
        for (const std::string& path : paths) {
            names.push_back(fs::relative(path, folder.path()).string());
        }
        return names;
    }

    // The same so much later.
    Paths look_after(std::chrono::seconds wait) {
        clock.advance(wait);
        return look();
    }

    void append(const std::string& name, const std::string& text) const {
        std::ofstream(folder.path() / name, std::ios::app) << text;
    }

    // Watches until `looks` looks are over; what was counted, by name.
    Paths count(int looks) {
        Reading reading;
        reading.format = "combined";
        reading.subject.kind = SubjectRule::Kind::path;
        reading.metrics = default_metric_rules(built_in_datasets()[0]);
        const auto reader = LogReader::make(reading, clock).value();
        std::atomic<bool> stop{false};
        // The settled file is the last to come in each look.
        Paths names;
        WatchRules quick = rules;
        quick.settle = std::chrono::seconds(0);
        quick.every = std::chrono::milliseconds(1);
        const TickingClock ticking(clock, stop, looks);
        EXPECT_TRUE(watch_folder(
                        {.dataset = "cdn", .feed = "edge", .files = {}, .covers = {}},
                        quick,
                        *reader,
                        [this]() -> Result<std::unique_ptr<Store>> {
                            if (store_is_away_for > 0) {
                                --store_is_away_for;
                                return Error{ErrorKind::unavailable, "away"};
                            }
                            return open();
                        },
                        ticking,
                        stop,
                        [&](const FileOutcome& outcome) {
                            names.push_back(fs::path(outcome.file).filename().string() +
                                            (outcome.already_stored ? " again" : ""));
                        })
                        .has_value());
        return names;
    }

    // Is asked once a look, and ends the watch after so many.
    class TickingClock final : public Clock {
     public:
        TickingClock(const Clock& clock, std::atomic<bool>& stop, int looks)
            : clock_(clock), stop_(stop), looks_(looks) {}
        [[nodiscard]] Timestamp now() const override {
            if (--looks_ < 0) {
                stop_ = true;
            }
            return clock_.now();
        }

     private:
        const Clock& clock_;
        std::atomic<bool>& stop_;
        mutable int looks_;
    };

    std::vector<tidemark::Run> runs() { return open()->runs(100).value(); }

    test::TemporaryDirectory folder;
    WatchRules rules;
    std::optional<FolderWatch> watch;
    ManualClock clock{Timestamp(std::chrono::seconds(1'800'000'000))};
    std::shared_ptr<MemoryDatabase> database = make_memory_database();
    int store_is_away_for = 0;
};

TEST_F(FolderWatchTest, gives_a_file_once_when_it_no_longer_grows) {
    append("a.log", "x");
    EXPECT_EQ(look(), Paths{});
    EXPECT_EQ(look_after(std::chrono::seconds(9)), Paths{});
    append("a.log", "y");
    EXPECT_EQ(look_after(std::chrono::seconds(1)), Paths{});
    EXPECT_EQ(look_after(std::chrono::seconds(9)), Paths{});
    EXPECT_EQ(look_after(std::chrono::seconds(1)), Paths{"a.log"});
    EXPECT_EQ(look_after(std::chrono::seconds(99)), Paths{});
    watch->note_done((folder.path() / "a.log").string(), false);
    EXPECT_EQ(look_after(std::chrono::seconds(99)), Paths{});
    append("a.log", "z");
    EXPECT_EQ(look(), Paths{});
    EXPECT_EQ(look_after(std::chrono::seconds(10)), Paths{"a.log"});
    watch->note_postponed((folder.path() / "a.log").string());
    EXPECT_EQ(look(), Paths{"a.log"});
}

TEST_F(FolderWatchTest, leaves_out_what_is_being_delivered) {
    fs::create_directories(folder.path() / "2027/.staging");
    for (const char* name : {"b.tmp",
                             "c.gz.download",
                             "d.part",
                             ".hidden",
                             "2027/e.log",
                             "2027/.staging/f.log",
                             "g.uploading"}) {
        append(name, "x");
    }
    EXPECT_EQ(look(), Paths{});
    EXPECT_EQ(look_after(std::chrono::seconds(10)), (Paths{"2027/e.log", "g.uploading"}));
    rules.ignored_endings = {".uploading"};
    watch.emplace(rules);
    EXPECT_EQ(look(), Paths{});
    EXPECT_EQ(look_after(std::chrono::seconds(10)),
              (Paths{"2027/e.log", "b.tmp", "c.gz.download", "d.part"}));
    fs::rename(folder.path() / "g.uploading", folder.path() / "g.log");
    EXPECT_EQ(look(), Paths{});
    EXPECT_EQ(look_after(std::chrono::seconds(10)), Paths{"g.log"});
}

TEST_F(FolderWatchTest, says_when_the_folder_is_not_there) {
    rules.folder += "/nothing";
    watch.emplace(rules);
    const auto looked = watch->look(clock.now());
    ASSERT_FALSE(looked.has_value());
    EXPECT_EQ(looked.error().kind, ErrorKind::unavailable);
}

TEST_F(FolderWatchTest, a_content_counts_once_whatever_its_name) {
    append("a.log", fmt::format(fmt::runtime(line), "s", 7));
    append("b.log", fmt::format(fmt::runtime(line), "s", 7));
    append("c.log", fmt::format(fmt::runtime(line), "s", 8));
    EXPECT_EQ(count(3), (Paths{"a.log", "b.log again", "c.log"}));
    const std::vector<tidemark::Run> all = runs();
    ASSERT_EQ(all.size(), 3U);
    for (const tidemark::Run& run : all) {
        EXPECT_EQ(run.job, "aggregate");
        EXPECT_EQ(run.outcome, RunOutcome::succeeded);
    }
}

TEST_F(FolderWatchTest, a_failure_is_a_run_and_keeps_no_other_file_waiting) {
    append("a.log", "\x1f\x8b no gzip");
    append("b.log", fmt::format(fmt::runtime(line), "s", 7));
    EXPECT_EQ(count(3), Paths{"b.log"});
    const std::vector<tidemark::Run> all = runs();
    ASSERT_EQ(all.size(), 2U) << "the failed one is not tried again as it is";
    EXPECT_EQ(all[1].outcome, RunOutcome::failed);
    EXPECT_NE(all[1].error.find("a.log"), std::string::npos) << all[1].error;
}

TEST_F(FolderWatchTest, a_store_that_is_away_is_waited_for) {
    append("a.log", fmt::format(fmt::runtime(line), "s", 7));
    store_is_away_for = 3;
    EXPECT_EQ(count(9), Paths{"a.log"});
}

TEST_F(FolderWatchTest, a_file_that_grows_after_it_was_counted_is_refused_and_another_one_is_not) {
    const std::string path = (folder.path() / "a.log").string();
    append("a.log", "first\n");
    (void)look();
    EXPECT_EQ(look_after(std::chrono::seconds(10)), Paths{"a.log"});
    EXPECT_TRUE(watch->check_growth(path).has_value());
    watch->note_done(path, true);
    append("a.log", "second\n");
    (void)look();
    EXPECT_EQ(look_after(std::chrono::seconds(10)), Paths{"a.log"});
    const Result<void> grown = watch->check_growth(path);
    ASSERT_FALSE(grown.has_value());
    EXPECT_EQ(grown.error().kind, ErrorKind::refused);
    watch->note_done(path, false);
    fs::remove(path);
    append("a.log", "another content, and longer\n");
    (void)look();
    EXPECT_EQ(look_after(std::chrono::seconds(10)), Paths{"a.log"});
    EXPECT_TRUE(watch->check_growth(path).has_value());
}

}  // namespace
}  // namespace tidemark
