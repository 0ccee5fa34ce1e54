// The media worker through the real program: files, streams that are killed, stores that go away
// and come back, and wrong input.

#include <csignal>
#include <fstream>
#include <map>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "end_to_end/media_steps.h"
#include "support/eventually.h"

namespace tidemark::test {
namespace {

using nlohmann::json;

class Media : public testing::TestWithParam<StoreKind> {
 protected:
    void SetUp() override {
        if (const std::string reason = reason_to_skip(GetParam()); !reason.empty()) {
            GTEST_SKIP() << reason;
        }
        store_ = std::make_unique<TestStore>(GetParam());
    }

    [[nodiscard]] Bytes values() const { return stored_bytes(*store_); }

    std::unique_ptr<TestStore> store_;
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         Media,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         [](const auto& test) { return std::string(to_string(test.param)); });

std::string name_of(std::int64_t site) {
    return fmt::format("s{:05}", site);
}

std::string event_line(std::int64_t site, std::int64_t value) {
    return fmt::format(R"({{"subject":"{}","metric":"bytes_stored","value":{},)"
                       R"("observed_at":"2026-11-01T10:00:00Z"}})"
                       "\n",
                       name_of(site),
                       value);
}

// The lines of --ack that are whole.
std::vector<json> acks_in(const std::string& output) {
    std::vector<json> acks;
    for (std::size_t begin = 0, end = output.find('\n'); end != std::string::npos;
         begin = end + 1, end = output.find('\n', begin)) {
        acks.push_back(json::parse(output.substr(begin, end - begin)));
    }
    return acks;
}

TEST_P(Media, a_file_is_stored_and_its_second_time_changes_nothing) {
    const std::string file = store_->folder().write(
        "events.ndjson", event_line(1, 10) + event_line(2, -5) + event_line(3, 30));
    for (int turn = 0; turn < 2; ++turn) {
        const ProcessEnd end = store_->run({"media", "--ack", file});
        ASSERT_EQ(end.exit_code, 0) << end.to_string();
        const json ack = json::parse(end.output);
        EXPECT_EQ(ack["sequence"], 1);
        EXPECT_EQ(ack["accepted"], 2);
        EXPECT_EQ(ack["rejected"], 1);
        EXPECT_EQ(ack["already_stored"], turn == 1);
        EXPECT_EQ(values(), (Bytes{{"s00001", 10}, {"s00003", 30}}));
    }
    const ProcessEnd rejected = store_->run({"rejected", "--dataset", "media_storage"});
    EXPECT_NE(rejected.output.find("negative"), std::string::npos) << rejected.to_string();
}

TEST_P(Media, bad_values_are_rejected_with_their_reasons_and_change_nothing) {
    const std::string file =
        store_->folder().write("events.csv",
                               "site_id,bytes_stored,media_count,observed_at\n"
                               "a,5,1,2026-11-01T10:00:00Z\n"
                               "a,-6,1.5,2026-11-01T10:00:01Z\n"
                               "a,NaN,9223372036854775808,2026-11-01T10:00:02Z\n"
                               "a,,null,2026-11-01T10:00:03Z\n"
                               "a,many,7,2026-13-01T10:00:04Z\n"
                               ",8,8,2026-11-01T10:00:05Z\n");
    const ProcessEnd end = store_->run({"media", "--ack", file});
    ASSERT_EQ(end.exit_code, 0) << end.to_string();
    EXPECT_NE(end.errors.find("10 events received, 2 accepted, 8 rejected (bad_time 1, empty 1, "
                              "fraction 1, negative 1, no_subject 1, not_a_number 1, null 1, "
                              "too_large 1)"),
              std::string::npos)
        << end.to_string();
    EXPECT_EQ(values(), (Bytes{{"a", 5}}));
}

TEST_P(Media, a_report_shows_the_mark_that_was_carried_in) {
    const std::string file = store_->folder().write("events.csv",
                                                    "site_id,bytes_stored,observed_at\n"
                                                    "a,100,2026-10-30T10:00:00Z\n"
                                                    "a,50,2026-11-01T12:00:00Z\n");
    ASSERT_EQ(store_->run({"media", file}).exit_code, 0);
    const auto rows = [&](const std::string& fill) {
        return store_
            ->run({"usage",
                   "--dataset",
                   "media_storage",
                   "--subject",
                   "a",
                   "--from",
                   "2026-10-30",
                   "--to",
                   "2026-11-02",
                   "--fill",
                   fill,
                   "--format",
                   "csv"})
            .output;
    };
    EXPECT_EQ(rows("none"),
              "site_id,day,bytes_stored,max_bytes_stored,observed_max_bytes_stored,"
              "media_count,max_media_count,observed_max_media_count\r\n"
              "a,2026-10-30,100,100,100,,,\r\n"
              "a,2026-10-31,,,,,,\r\n"
              "a,2026-11-01,50,100,50,,,\r\n");
    EXPECT_NE(rows("carry").find("a,2026-10-31,100,100,,,,\r\n"), std::string::npos);
}

TEST_P(Media, a_stream_that_is_killed_loses_nothing_it_has_acknowledged) {
    constexpr std::int64_t site_count = 5000;
    std::string text;
    Bytes truth;
    for (std::int64_t site = 0; site < site_count; ++site) {
        text += event_line(site, site);
        truth[name_of(site)] = site;
    }
    const std::string file = store_->folder().write("events.ndjson", text);
    for (const std::size_t acks_before_kill : {1U, 5U, 20U}) {
        Process process(store_->start({"media", "--follow", "--ack", "--rows", "50", file}));
        EXPECT_TRUE(eventually([&] {
            return acks_in(process.output_so_far()).size() >= acks_before_kill;
        })) << process.errors_so_far();
        process.send_signal(SIGKILL);
        const std::vector<json> acks = acks_in(process.finish().output);
        ASSERT_FALSE(acks.empty());
        const auto acknowledged = acks.back()["last_line"].get<std::int64_t>();
        EXPECT_GE(acknowledged, 50 * static_cast<std::int64_t>(acks_before_kill));
        const Bytes stored = values();
        for (std::int64_t site = 0; site < acknowledged; ++site) {
            ASSERT_TRUE(stored.contains(name_of(site))) << site;
        }
    }
    ASSERT_EQ(store_->run({"media", file}).exit_code, 0);
    EXPECT_EQ(values(), truth);
}

TEST_P(Media, a_stream_is_committed_when_it_has_waited_and_ends_with_a_signal) {
    const std::string file = store_->folder().write("events.ndjson", event_line(1, 10));
    Process process(store_->start({"media", "--follow", "--ack", "--every-ms", "50", file}));
    EXPECT_TRUE(eventually([&] { return acks_in(process.output_so_far()).size() == 1; }))
        << process.errors_so_far();
    std::ofstream(file, std::ios::app) << event_line(2, 20) << event_line(3, 30).substr(0, 20);
    EXPECT_TRUE(eventually([&] { return acks_in(process.output_so_far()).size() == 2; }))
        << process.errors_so_far();
    process.send_signal(SIGTERM);
    const ProcessEnd end = process.finish();
    EXPECT_EQ(end.exit_code, 0) << end.to_string();
    // Half a line is nobody's event yet.
    EXPECT_NE(end.errors.find("2 events received, 2 accepted"), std::string::npos)
        << end.to_string();
    EXPECT_EQ(values(), (Bytes{{"s00001", 10}, {"s00002", 20}}));
    const ProcessEnd runs = store_->run({"runs", "--job", "media"});
    EXPECT_NE(runs.output.find("succeeded"), std::string::npos) << runs.to_string();
}

TEST_P(Media, a_stream_on_standard_input_ends_with_it) {
    ProcessStart start = store_->start({"media", "--follow", "--ack", "--rows", "2", "-"});
    start.input = event_line(1, 10) + event_line(2, 20) + event_line(3, 30);
    const ProcessEnd end = run_process(start);
    ASSERT_EQ(end.exit_code, 0) << end.to_string();
    const std::vector<json> acks = acks_in(end.output);
    ASSERT_EQ(acks.size(), 2U);
    EXPECT_EQ(acks[0]["last_line"], 2);
    EXPECT_EQ(acks[1]["accepted"], 1);
    EXPECT_EQ(values().size(), 3U);
}

TEST_P(Media, a_void_takes_back_a_chunk_and_the_mark_that_it_made) {
    ASSERT_EQ(
        store_->run({"media", store_->folder().write("good.ndjson", event_line(1, 10))}).exit_code,
        0);
    ASSERT_EQ(store_->run({"media", store_->folder().write("wrong.ndjson", event_line(1, 900))})
                  .exit_code,
              0);
    EXPECT_EQ(values(), (Bytes{{"s00001", 900}}));
    const ProcessEnd voided =
        store_->run({"void", "media_storage:2", "--reason", "counted the backups too"});
    ASSERT_EQ(voided.exit_code, 0) << voided.to_string();
    EXPECT_EQ(values(), (Bytes{{"s00001", 10}}));
}

TEST_P(Media, events_past_retention_are_purged_and_cannot_be_taken_back) {
    const std::string file = store_->folder().write("events.ndjson", event_line(1, 10));
    const std::string more = store_->folder().write("more.ndjson", event_line(2, 20));
    (void)store_->folder().write("tidemark.toml", "[compact.media_storage]\nretention = '1ms'\n");
    ASSERT_EQ(store_->run({"media", file}).exit_code, 0);
    const ProcessEnd compacted = store_->run({"compact"});
    EXPECT_NE(compacted.output.find("media_storage: 2026-11-01 purged of its events"),
              std::string::npos)
        << compacted.to_string();
    EXPECT_EQ(values(), (Bytes{{"s00001", 10}}));
    const ProcessEnd voided = store_->run({"void", "media_storage:1", "--reason", "wrong"});
    EXPECT_EQ(voided.exit_code, 3) << voided.to_string();
    EXPECT_NE(voided.errors.find("2026-11-01"), std::string::npos) << voided.to_string();
    EXPECT_NE(voided.errors.find("purged"), std::string::npos) << voided.to_string();
    const ProcessEnd late = store_->run({"media", more});
    EXPECT_EQ(late.exit_code, 0) << late.to_string();
    EXPECT_NE(late.errors.find("1 rejected (day_purged 1)"), std::string::npos) << late.to_string();
    EXPECT_EQ(values(), (Bytes{{"s00001", 10}}));
}

TEST_P(Media, an_erased_subject_is_gone_and_the_receipts_stay) {
    const std::string file =
        store_->folder().write("events.ndjson", event_line(1, 10) + event_line(2, 20));
    ASSERT_EQ(store_->run({"media", file}).exit_code, 0);
    const ProcessEnd erased = store_->run({"erase", "s00001", "--reason", "asked for"});
    ASSERT_EQ(erased.exit_code, 0) << erased.to_string();
    EXPECT_EQ(values(), (Bytes{{"s00002", 20}}));
    EXPECT_EQ(store_->run({"void", "media_storage:1", "--reason", "all of it"}).exit_code, 0);
    EXPECT_EQ(values(), Bytes{});
}

TEST_P(Media, wrong_input_is_refused_with_its_reason) {
    const std::pair<std::vector<std::string>, const char*> cases[] = {
        {{"media"}, "--poll"},
        {{"media", "--poll"}, "[media.source]"},
        {{"media", "--dataset", "cdn", "-"}, "is a counter"},
        {{"media", "--dataset", "media_storag", "-"}, "media_storage"},
        {{"media", "--input-format", "xml", "-"}, "ndjson or csv"},
        {{"media", "--follow", "--covers", "2026-11-01", "-"}, "--covers"},
        {{"media", "--covers", "2026-13-01", "-"}, "--covers"},
        {{"media", store_->folder().write("bytes.csv", "site_id,bytes,observed_at\na,1,0\n")},
         "bytes_stored"},
    };
    for (const auto& [arguments, words] : cases) {
        const ProcessEnd end = store_->run(arguments);
        EXPECT_EQ(end.exit_code, 2) << end.to_string();
        EXPECT_NE(end.errors.find(words), std::string::npos) << end.to_string();
    }
    EXPECT_EQ(store_->run({"media", "nowhere.ndjson"}).exit_code, 1);
}

TEST(MediaOutage, a_store_that_goes_away_is_waited_for_and_nothing_is_lost) {
    if (const std::string reason = reason_to_skip(StoreKind::postgres); !reason.empty()) {
        GTEST_SKIP() << reason;
    }
    const TestStore store(StoreKind::postgres);
    const std::string file = store.folder().write("events.ndjson", event_line(1, 10));
    Process process(store.start({"media", "--follow", "--ack", "--every-ms", "20", file}));
    ASSERT_TRUE(eventually([&] { return acks_in(process.output_so_far()).size() == 1; }))
        << process.errors_so_far();
    store.database().shut();
    std::ofstream(file, std::ios::app) << event_line(2, 20);
    EXPECT_TRUE(eventually([&] {
        return process.errors_so_far().find("media.unavailable") != std::string::npos;
    })) << process.errors_so_far();
    EXPECT_EQ(acks_in(process.output_so_far()).size(), 1U);
    store.database().open();
    EXPECT_TRUE(eventually([&] { return acks_in(process.output_so_far()).size() == 2; }))
        << process.errors_so_far();
    process.send_signal(SIGTERM);
    EXPECT_EQ(process.finish().exit_code, 0);
    EXPECT_EQ(stored_bytes(store), (Bytes{{"s00001", 10}, {"s00002", 20}}));
}

}  // namespace
}  // namespace tidemark::test
