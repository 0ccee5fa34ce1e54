// Moving an embedded store into PostgreSQL, through the program.

#include <string>
#include <tuple>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "end_to_end/test_store.h"

namespace tidemark::test {
namespace {

using nlohmann::json;

class Copy : public testing::Test {
 protected:
    void SetUp() override {
        if (const std::string reason = reason_to_skip(StoreKind::postgres); !reason.empty()) {
            GTEST_SKIP() << reason;
        }
        source = std::make_unique<TestStore>(StoreKind::sqlite);
        target = std::make_unique<TestStore>(StoreKind::postgres);
        fill_source();
    }

    void run(const TestStore& store, const std::vector<std::string>& arguments) const {
        const ProcessEnd end = store.run(arguments);
        ASSERT_EQ(end.exit_code, 0) << end.to_string();
    }

    // Folded and unfolded batches, of slots and of days, voided and replaced ones, rejected lines,
    // an erased subject, runs that covered something and one that failed.
    void fill_source() {
        std::string lines;
        for (int minute = 0; minute < 60; ++minute) {
            lines += fmt::format(
                "1.1.1.1 - - [29/Feb/2024:{:02}:10:00 +0000] \"GET /s{}/x HTTP/1.1\" 200 {}\n",
                minute % 24,
                minute % 7,
                minute);
        }
        lines += "spoilt \\ \t line\n";
        std::ignore = source->folder().write("odd \\ name.log", lines);
        std::ignore = source->folder().write("rows.csv",
                                             "site_id,date,bytes_streamed,requests\n"
                                             "s1,2022-01-01,5,1\ns2,2023-05-05,7,2\n"
                                             "\"tab\tand \\ \"\"quote\"\"\",2023-05-05,1,1\n");
        std::ignore = source->folder().write(
            "right.csv", "site_id,date,bytes_streamed,requests\ns1,2022-01-01,6,1\n");
        run(*source,
            {"aggregate",
             "--format",
             "combined",
             "--subject",
             "path:1",
             "--covers",
             "2024-02-29",
             "odd \\ name.log"});
        run(*source, {"batch", "--dataset", "cdn", "--feed", "old", "--key", "k", "rows.csv"});
        run(*source, {"compact"});
        run(*source, {"void", "cdn:1", "--reason", "for a\tmoment\nonly"});
        run(*source, {"void", "cdn:3", "--reason", "it was right"});
        run(*source, {"replace", "cdn:2", "right.csv", "--reason", "KiB"});
        store_events();
        store_late_rows();
        run(*source, {"erase", "s3", "--reason", "asked for"});
        EXPECT_EQ(source->run({"batch", "--dataset", "cdn", "--feed", "x", "--key", "y", "gone"})
                      .exit_code,
                  1);
    }

    // Rows of a frozen day, booked on the day of arrival, one of a subject to be erased.
    void store_late_rows() {
        std::ignore = source->folder().write(
            "tidemark.toml", "[compact]\nfreeze_after = \"1d\"\nfreeze_policy = \"adjust\"\n");
        run(*source, {"compact"});
        std::ignore =
            source->folder().write("late.csv",
                                   "site_id,slot,bytes_streamed,requests\n"
                                   "s1,2024-02-29T10:00Z,9,1\ns3,2024-02-29T10:30Z,4,1\n"
                                   "\"tab\tand \\ \"\"quote\"\"\",2024-02-29T10:30Z,2,1\n");
        run(*source, {"batch", "--dataset", "cdn", "--feed", "old", "--key", "late", "late.csv"});
    }

    // Events, some of them before 1970, known ones, ids, rejected ones, a chunk taken back.
    void store_events() {
        const std::string header = "site_id,bytes_stored,media_count,observed_at,event_id\n";
        const std::string known = "s1,100,,2024-02-29T10:00:00.5Z,\"an id with \\\"\n";
        std::ignore = source->folder().write("first.csv",
                                             header + known + "s3,7,1,1969-12-31T23:59:59.75Z,\n");
        std::ignore =
            source->folder().write("second.csv", header + known + "s1,,3,2024-02-29T11:00:00Z,\n");
        std::ignore =
            source->folder().write("wrong.csv", header + "s1,900,1,2024-02-29T12:00:00Z,\n");
        for (const char* file : {"first.csv", "second.csv", "wrong.csv"}) {
            run(*source, {"media", file});
        }
        run(*source, {"void", "media_storage:3", "--reason", "of another library"});
    }

    [[nodiscard]] ProcessEnd copy() const {
        return target->run({"copy", "--from", source->url(), "--to", target->url(), "--json"});
    }

    // What the two must say alike.
    static std::string told(const TestStore& store) {
        std::string text;
        for (const std::vector<std::string>& arguments :
             {std::vector<std::string>{
                  "usage", "--from", "2022-01-01", "--to", "2024-03-01", "--top", "99"},
              std::vector<std::string>{"usage",
                                       "--from",
                                       "2024-02-28",
                                       "--to",
                                       "2024-03-01",
                                       "--by",
                                       "slot",
                                       "--format",
                                       "json"},
              std::vector<std::string>{"usage",
                                       "--dataset",
                                       "media_storage",
                                       "--from",
                                       "1969-12-01",
                                       "--to",
                                       "2024-03-01",
                                       "--by",
                                       "month",
                                       "--top",
                                       "99"},
              std::vector<std::string>{"batches", "--json"},
              std::vector<std::string>{"adjustments", "--json"},
              std::vector<std::string>{"rejected", "--json"},
              std::vector<std::string>{"runs", "--json"}}) {
            const ProcessEnd end = store.run(arguments);
            EXPECT_EQ(end.exit_code, 0) << end.to_string();
            text += end.output;
        }
        return text;
    }

    std::unique_ptr<TestStore> source;
    std::unique_ptr<TestStore> target;
};

TEST_F(Copy, has_everything_and_can_be_gone_on_with) {
    const std::string before = told(*source);
    const ProcessEnd end = copy();
    ASSERT_EQ(end.exit_code, 0) << end.to_string();
    const json outcome = json::parse(end.output);
    EXPECT_GT(outcome["rows"], 30);
    EXPECT_EQ(outcome["rows_found"], 0);
    EXPECT_EQ(outcome["receipts_compared"], 11);
    EXPECT_EQ(told(*target), before);
    // A file that the source knew is known; folds, voids and new runs go on from there.
    run(*target,
        {"aggregate",
         "--format",
         "combined",
         "--subject",
         "path:1",
         (source->folder().path() / "odd \\ name.log").string()});
    EXPECT_EQ(json::parse(target->run({"batches", "--json"}).output)["batches"].size(), 7U);
    run(*target, {"compact"});
    run(*target, {"void", "cdn:6", "--reason", "x"});
    // So does the mark: the events came along, those that were packed too.
    run(*target, {"void", "media_storage:1", "--reason", "the second has it as well"});
    EXPECT_NE(told(*target).find("100"), std::string::npos);
    run(*target, {"compact"});
    const json runs = json::parse(target->run({"runs", "--limit", "100", "--json"}).output)["runs"];
    EXPECT_GT(runs[0]["run"], runs[1]["run"]);
}

TEST_F(Copy, that_was_cut_off_is_taken_up_and_shows_nothing_before) {
    run(*target, {"migrate"});
    std::ignore = target->database().run(
        "CREATE FUNCTION intrude() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$;"
        "CREATE TRIGGER intrude BEFORE INSERT ON run FOR EACH ROW EXECUTE FUNCTION intrude()");
    EXPECT_EQ(copy().exit_code, 1);
    EXPECT_EQ(target->run({"usage", "--from", "2022-01-01", "--to", "2024-03-01"}).exit_code, 1);
    EXPECT_NE(target->run({"compact"}).exit_code, 0);
    std::ignore = target->database().run("DROP TRIGGER intrude ON run");
    const ProcessEnd again = copy();
    ASSERT_EQ(again.exit_code, 0) << again.to_string();
    EXPECT_GT(json::parse(again.output)["rows_found"], 20);
    EXPECT_EQ(told(*target), told(*source));
    const ProcessEnd finished = copy();
    ASSERT_EQ(finished.exit_code, 0) << finished.to_string();
    EXPECT_EQ(json::parse(finished.output)["was_finished"], true);
    EXPECT_EQ(json::parse(finished.output)["rows"], 0);
}

TEST_F(Copy, of_another_state_or_into_another_store_is_refused) {
    run(*target, {"migrate"});
    std::ignore =
        target->database().run("INSERT INTO copy_state (fingerprint) VALUES ('of another state')");
    const ProcessEnd changed = copy();
    EXPECT_EQ(changed.exit_code, 3) << changed.to_string();
    EXPECT_NE(changed.errors.find("unfinished copy of another state"), std::string::npos);
    std::ignore = target->database().run("DELETE FROM copy_state");
    run(*target,
        {"batch",
         "--dataset",
         "cdn",
         "--feed",
         "f",
         "--key",
         "k",
         (source->folder().path() / "rows.csv").string()});
    const ProcessEnd other = copy();
    EXPECT_EQ(other.exit_code, 3) << other.to_string();
    EXPECT_NE(other.errors.find("not empty"), std::string::npos);
}

TEST_F(Copy, that_differs_says_where) {
    ASSERT_EQ(copy().exit_code, 0);
    std::ignore = target->database().run("UPDATE adjustment SET slot = slot + 1");
    const ProcessEnd links = copy();
    EXPECT_EQ(links.exit_code, 3) << links.to_string();
    EXPECT_NE(links.errors.find("adjusted of batch cdn:7"), std::string::npos) << links.errors;
    std::ignore = target->database().run("UPDATE adjustment SET slot = slot - 1");
    std::ignore =
        target->database().run("UPDATE cdn_daily SET requests = requests + 1 WHERE site_id = 's2'");
    const ProcessEnd usage = copy();
    EXPECT_EQ(usage.exit_code, 3) << usage.to_string();
    EXPECT_NE(usage.errors.find("subject 's2'"), std::string::npos) << usage.errors;
    std::ignore = target->database().run(
        "UPDATE batch_registry SET row_count = 99 WHERE "
        "batch_seq = 4");
    const ProcessEnd receipt = copy();
    EXPECT_EQ(receipt.exit_code, 3) << receipt.to_string();
    EXPECT_NE(receipt.errors.find("cdn:4"), std::string::npos) << receipt.errors;
}

}  // namespace
}  // namespace tidemark::test
