#include "rows/row_file.h"

#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "support/scratch_directory.h"

namespace tidemark {
namespace {

class RowFiles : public testing::Test {
 protected:
    Result<RowFile> read(const std::string& content) {
        const std::string path = (directory_ / "rows").string();
        std::ofstream(path, std::ios::binary) << content;
        return read_row_file(path, reading, clock_, {});
    }

    // "a 2026-11-01T00:00Z 5 1", a line a row.
    static std::string rows_of(RowFile& file) {
        std::string text;
        while (const UsageRow* row = file.rows->next()) {
            text += fmt::format("{} {}", row->subject, row->slot.to_string());
            for (const std::int64_t value : row->values) {
                text += fmt::format(" {}", value);
            }
            text += "\n";
        }
        return text;
    }

    void expect_refused(const std::string& content, const std::string& part) {
        const Result<RowFile> file = read(content);
        ASSERT_FALSE(file.has_value()) << content;
        EXPECT_EQ(file.error().kind, ErrorKind::invalid_input);
        EXPECT_NE(file.error().message.find(part), std::string::npos) << file.error().message;
    }

    RowReading reading{.dataset = built_in_datasets()[0]};

 private:
    test::ScratchDirectory directory_;
    ManualClock clock_{Timestamp(std::chrono::seconds(1793536205))};  // 2026-11-01T12:30:05Z
};

constexpr const char* header = "site_id,date,bytes_streamed,requests\n";

TEST_F(RowFiles, csv_of_days_is_read_by_column_name_and_sorted) {
    Result<RowFile> file = read(
        "requests,date,bytes_streamed,subject\r\n"
        "1,2024-03-01,5,b\r\n"
        "\r\n"
        "2,2024-02-29,7,\"a, \"\"b\"\"\"\r\n"
        "3,2024-03-01,1,a");
    ASSERT_TRUE(file.has_value()) << file.error().message;
    EXPECT_EQ(rows_of(*file),
              "a, \"b\" 2024-02-29T00:00Z 7 2\n"
              "a 2024-03-01T00:00Z 1 3\n"
              "b 2024-03-01T00:00Z 5 1\n");
    EXPECT_TRUE(file->day_grained);
    EXPECT_EQ(file->counts,
              (LineCounts{.lines = 5, .comments = 2, .accepted = 3, .rejected = 0, .ignored = 0}));
}

TEST_F(RowFiles, json_of_slots_is_read_by_name) {
    Result<RowFile> file = read(
        R"({"site_id": "a", "slot": "2026-11-01T10:30Z", "bytes_streamed": 5, "requests": 1}
{"requests": "2", "subject": "b", "slot": 1793534400, "bytes_streamed": 7, "more": [1]}
{"site_id": "a", "slot": "2026-11-01T12:00:00+02:00", "bytes_streamed": 1, "requests": 0}
)");
    ASSERT_TRUE(file.has_value()) << file.error().message;
    EXPECT_EQ(rows_of(*file),
              "a 2026-11-01T10:00Z 1 0\n"
              "a 2026-11-01T10:30Z 5 1\n"
              "b 2026-11-01T12:00Z 7 2\n");
    EXPECT_FALSE(file->day_grained);
    EXPECT_EQ(file->counts.accepted, 3);
}

TEST_F(RowFiles, equal_keys_are_added_up) {
    Result<RowFile> file = read(std::string(header) + "a,2024-03-01,5,1\na,2024-03-01,6,2\n");
    ASSERT_TRUE(file.has_value());
    EXPECT_EQ(rows_of(*file), "a 2024-03-01T00:00Z 11 3\n");
    EXPECT_EQ(file->counts.accepted, 2);
}

struct WrongRow {
    const char* name;
    std::string row;
    const char* reason;
};

const WrongRow wrong_rows[] = {
    {"too_few_fields", "a,2024-03-01,5", "malformed"},
    {"too_many_fields", "a,2024-03-01,5,1,9", "malformed"},
    {"open_quote", "\"a,2024-03-01,5,1", "malformed"},
    {"no_subject", ",2024-03-01,5,1", "no_subject"},
    {"long_subject", std::string(513, 's') + ",2024-03-01,5,1", "bad_subject"},
    {"day_that_does_not_exist", "a,2023-02-29,5,1", "bad_time"},
    {"no_day", "a,,5,1", "bad_time"},
    {"instant_for_a_day", "a,2024-03-01T00:00:00Z,5,1", "bad_time"},
    {"tomorrow", "a,2026-11-02,5,1", "future"},
    {"negative", "a,2024-03-01,-5,1", "bad_value"},
    {"fraction", "a,2024-03-01,5.0,1", "bad_value"},
    {"exponent", "a,2024-03-01,5e3,1", "bad_value"},
    {"not_a_number", "a,2024-03-01,NaN,1", "bad_value"},
    {"two_to_63", "a,2024-03-01,9223372036854775808,1", "bad_value"},
    {"empty_value", "a,2024-03-01,,1", "bad_value"},
    {"null", "a,2024-03-01,null,1", "bad_value"},
    {"text", "a,2024-03-01,five,1", "bad_value"},
    {"blank_before", "a,2024-03-01, 5,1", "bad_value"},
    {"nul_byte", std::string("a\0,2024-03-01,5,1", 17), "nul_byte"},
    {"not_utf_8", "\xff,2024-03-01,5,1", "invalid_utf8"},
    {"too_long", std::string(70000, 'x'), "too_long"},
};

class WrongRows : public RowFiles, public testing::WithParamInterface<WrongRow> {};
INSTANTIATE_TEST_SUITE_P(Cases, WrongRows, testing::ValuesIn(wrong_rows), [](const auto& test) {
    return std::string(test.param.name);
});

TEST_P(WrongRows, are_rejected_with_reason_and_line_and_change_nothing) {
    Result<RowFile> file =
        read(std::string(header) + "b,2024-03-01,1,1\n" + GetParam().row + "\nc,2024-03-01,2,1\n");
    ASSERT_TRUE(file.has_value()) << file.error().message;
    EXPECT_EQ(file->counts,
              (LineCounts{.lines = 4, .comments = 1, .accepted = 2, .rejected = 1, .ignored = 0}));
    ASSERT_EQ(file->rejected_samples.size(), 1U);
    EXPECT_EQ(file->rejected_samples[0].reason, GetParam().reason);
    EXPECT_EQ(file->rejected_samples[0].line, 3);
    EXPECT_EQ(rows_of(*file), "b 2024-03-01T00:00Z 1 1\nc 2024-03-01T00:00Z 2 1\n");
}

TEST_F(RowFiles, wrong_json_is_rejected_with_its_reason) {
    const std::string good =
        R"({"site_id":"a","slot":"2026-11-01T10:30Z","bytes_streamed":5,"requests":1})";
    const std::pair<std::string, std::string> cases[] = {
        {"not json", "malformed"},
        {good + " {}", "malformed"},
        {R"({"slot":"2026-11-01T10:30Z","bytes_streamed":5,"requests":1})", "no_subject"},
        {R"({"site_id":"a","slot":"2026-11-01T10:31Z","bytes_streamed":5,"requests":1})",
         "bad_time"},
        {R"({"site_id":"a","date":"2026-11-01","bytes_streamed":5,"requests":1})", "bad_time"},
        {R"({"site_id":"a","date":"2026-11-01","slot":"2026-11-01T10:30Z",)"
         R"("bytes_streamed":5,"requests":1})",
         "bad_time"},
        {R"({"site_id":"a","bytes_streamed":5,"requests":1})", "bad_time"},
        {R"({"site_id":"a","slot":"2026-11-01T13:00Z","bytes_streamed":5,"requests":1})", "future"},
        {R"({"site_id":"a","slot":"2026-11-01T10:30Z","bytes_streamed":5})", "bad_value"},
        {R"({"site_id":"a","slot":"2026-11-01T10:30Z","bytes_streamed":null,"requests":1})",
         "bad_value"},
        {R"({"site_id":"a","slot":"2026-11-01T10:30Z","bytes_streamed":1.5,"requests":1})",
         "bad_value"},
        {R"({"site_id":"a","slot":"2026-11-01T10:30Z","bytes_streamed":true,"requests":1})",
         "bad_value"},
        {R"({"site_id":"a","slot":"2026-11-01T10:30Z","bytes_streamed":-1,"requests":1})",
         "bad_value"},
    };
    for (const auto& [line, reason] : cases) {
        const Result<RowFile> file = read(good + "\n" + line + "\n");
        ASSERT_TRUE(file.has_value()) << file.error().message;
        ASSERT_EQ(file->rejected_samples.size(), 1U) << line;
        EXPECT_EQ(file->rejected_samples[0].reason, reason) << line;
        EXPECT_EQ(file->rejected_samples[0].line, 2) << line;
    }
}

TEST_F(RowFiles, the_content_is_the_accepted_rows_however_they_are_written) {
    const ContentHash hash =
        read(std::string(header) + "a,2024-03-01,5,1\nb,2024-02-29,7,2\n")->content_hash;
    const std::string same[] = {
        std::string(header) + "b,2024-02-29,7,2\na,2024-03-01,5,1\n",
        "date,site_id,requests,bytes_streamed\n2024-02-29,\"b\",2,007\n\n2024-03-01,a,1,5",
        R"({"site_id":"b","date":"2024-02-29","bytes_streamed":7,"requests":2}
{"site_id":"a","date":"2024-03-01","bytes_streamed":5,"requests":1})",
        std::string(header) + "a,2024-03-01,2,1\na,2024-03-01,3,0\nb,2024-02-29,7,2\nspoilt\n",
    };
    for (const std::string& content : same) {
        EXPECT_EQ(read(content)->content_hash, hash) << content;
    }
    const std::string others[] = {
        std::string(header) + "a,2024-03-01,5,1\nb,2024-02-29,7,3\n",
        std::string(header) + "a,2024-03-01,5,1\nb,2024-02-28,7,2\n",
        std::string(header) + "a,2024-03-01,5,1\nc,2024-02-29,7,2\n",
        std::string(header) + "a,2024-03-01,5,1\n",
        "site_id,slot,bytes_streamed,requests\n"
        "a,2024-03-01T00:00Z,5,1\nb,2024-02-29T00:00Z,7,2\n",
    };
    for (const std::string& content : others) {
        EXPECT_NE(read(content)->content_hash, hash) << content;
    }
}

TEST_F(RowFiles, headers_that_cannot_be_are_named) {
    expect_refused("", "nothing in it");
    expect_refused("\n\n", "nothing in it");
    expect_refused("site_id,date,bytes_streamed,requets\n", "did you mean 'requests'");
    expect_refused("site_id,date,bytes_streamed\n", "no column 'requests'");
    expect_refused("date,bytes_streamed,requests\n", "no column 'site_id'");
    expect_refused("site_id,bytes_streamed,requests\n", "'date' and 'slot'");
    expect_refused("site_id,date,slot,bytes_streamed,requests\n", "'date' and 'slot'");
    expect_refused("site_id,date,date,bytes_streamed,requests\n", "'date' stands there twice");
    expect_refused("site_id,subject,date,bytes_streamed,requests\n", "twice");
    expect_refused("\"site_id,date\n", "quotes");
}

TEST_F(RowFiles, a_header_alone_is_a_file_without_rows) {
    Result<RowFile> file = read(header);
    ASSERT_TRUE(file.has_value());
    EXPECT_EQ(rows_of(*file), "");
    EXPECT_EQ(file->counts.comments, 1);
}

TEST_F(RowFiles, samples_are_bounded_and_counts_are_not) {
    reading.rejected_samples_max = 2;
    std::string content = header;
    for (int count = 0; count < 5; ++count) {
        content += "spoilt\n";
    }
    const Result<RowFile> file = read(content);
    ASSERT_TRUE(file.has_value());
    EXPECT_EQ(file->rejected_samples.size(), 2U);
    EXPECT_EQ(file->rejected_by_reason,
              (std::vector<std::pair<std::string, std::int64_t>>{{"malformed", 5}}));
}

TEST_F(RowFiles, a_missing_file_is_not_found) {
    const SystemClock clock;
    EXPECT_EQ(read_row_file("/gone/rows.csv", reading, clock, {}).error().kind,
              ErrorKind::not_found);
}

}  // namespace
}  // namespace tidemark
