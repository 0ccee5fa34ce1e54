// Real files, sent by an HTTP client to the real service on both stores: what it answers equals
// totals that were computed independently.

#include <cctype>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "domain/slot.h"
#include "end_to_end/service_process.h"
#include "end_to_end/test_store.h"
#include "support/eventually.h"
#include "support/http_client.h"
#include "support/media_history.h"
#include "support/scratch_redis.h"
#include "support/source_tree.h"

namespace tidemark::test {
namespace {

using nlohmann::json;

// Bytes and lines of each (first segment of the path, slot).
using Rows = std::map<std::pair<std::string, std::string>, std::pair<std::int64_t, std::int64_t>>;

std::string unpacked(const std::filesystem::path& file) {
    const ProcessEnd end = run_process({.command = {"/usr/bin/gzip", "-dc", file.string()}});
    EXPECT_EQ(end.exit_code, 0) << end.errors;
    return end.output;
}

std::string first_segment(const std::string& target) {
    const std::string path = target.substr(1, target.find_first_of("?#") - 1);
    const std::string segment = path.substr(0, path.find('/'));
    return segment.empty() ? "/" : segment;
}

void add(Rows& rows,
         const std::string& subject,
         std::chrono::sys_seconds time,
         std::int64_t bytes) {
    auto& row = rows[{subject, Slot::containing(time).to_string()}];
    row.first += bytes;
    ++row.second;
}

std::vector<std::string> fields_of(const std::string& line) {
    std::vector<std::string> fields;
    std::istringstream stream(line);
    for (std::string field; std::getline(stream, field, '\t');) {
        fields.push_back(field);
    }
    return fields;
}

void add_nasa_line(Rows& rows, const std::string& line) {
    const std::vector<std::string> fields = fields_of(line);
    if (fields[0] != "host") {
        add(rows,
            first_segment(fields[4]),
            std::chrono::sys_seconds(std::chrono::seconds(std::stoll(fields[2]))),
            std::stoll(fields[6]));
    }
}

void add_cloudfront_line(Rows& rows, const std::string& line) {
    if (line.front() == '#') {
        return;
    }
    const std::vector<std::string> fields = fields_of(line);
    const int hour = std::stoi(fields[1]);
    const int minute = std::stoi(fields[1].substr(3));
    add(rows,
        first_segment(fields[7]),
        UtcDay::parse(fields[0]).value().begin() + std::chrono::hours(hour) +
            std::chrono::minutes(minute),
        std::stoll(fields[3]));
}

void add_wiki_line(Rows& rows, const std::string& line) {
    const json event = json::parse(line);
    const auto time = event["time"].get<std::string>();
    add(rows,
        event["channel"],
        UtcDay::parse(time.substr(0, 10)).value().begin() +
            std::chrono::hours(std::stoi(time.substr(11))) +
            std::chrono::minutes(std::stoi(time.substr(14))),
        event["added"]);
}

json row_json(const Rows::value_type& row) {
    return {{"site_id", row.first.first},
            {"slot", row.first.second},
            {"bytes_streamed", row.second.first},
            {"requests", row.second.second}};
}

std::string as_csv(const Rows& rows) {
    std::string text = "site_id,slot,bytes_streamed,requests\n";
    for (const auto& [key, values] : rows) {
        text += fmt::format("{},{},{},{}\n", key.first, key.second, values.first, values.second);
    }
    return text;
}

std::string as_ndjson(const Rows& rows) {
    std::string text;
    for (const Rows::value_type& row : rows) {
        text += row_json(row).dump() + "\n";
    }
    return text;
}

std::string as_json(const Rows& rows) {
    json list = json::array();
    for (const Rows::value_type& row : rows) {
        list.push_back(row_json(row));
    }
    return json({{"rows", std::move(list)}}).dump(1);
}

// As the value of a query's parameter.
std::string escaped(const std::string& text) {
    std::string result;
    for (const unsigned char character : text) {
        result += std::isalnum(character) != 0 ? std::string(1, static_cast<char>(character))
                                               : fmt::format("%{:02X}", character);
    }
    return result;
}

struct RealFile {
    const char* name;
    void (*add_line)(Rows&, const std::string&);
    const char* media_type;
    std::string (*body_of)(const Rows&);
    bool packed;
};

constexpr RealFile real_files[] = {
    {"nasa_http_19950701_10k.tsv.gz", add_nasa_line, "text/csv", as_csv, false},
    {"cloudfront_2011_example-174k.log.gz",
     add_cloudfront_line,
     "application/x-ndjson",
     as_ndjson,
     true},
    {"wikiticker_2015-09-12_part1.ndjson.gz", add_wiki_line, "application/json", as_json, false},
};

class HttpRealData : public testing::TestWithParam<StoreKind> {
 protected:
    void SetUp() override {
        if (const std::string reason = reason_to_skip(GetParam()); !reason.empty()) {
            GTEST_SKIP() << reason;
        }
        if (!shared_data().has_value()) {
            GTEST_SKIP() << "no real files beside this checkout (../shared/data)";
        }
        std::ifstream file(*shared_data() / "truth.json");
        truth = json::parse(file);
        store = std::make_unique<TestStore>(GetParam());
        std::string configuration =
            "[compact]\nevery_ms = 50\n[pings]\njournal = \"pings\"\nevery = \"200ms\"\n"
            "[sync]\nevery = \"1s\"\n";
        if (GetParam() == StoreKind::postgres) {
            if (!redis_is_installed()) {
                GTEST_SKIP() << "no redis-server is installed";
            }
            redis = std::make_unique<ScratchRedis>();
            configuration += fmt::format("redis = \"{}\"\n", redis->url());
        }
        (void)store->folder().write("tidemark.toml", configuration);
        service = std::make_unique<ServiceProcess>(*store);
    }

    [[nodiscard]] json get(const std::string& target) const {
        const HttpAnswer answer = ask_once(service->port(), "GET", target);
        EXPECT_EQ(answer.status, 200) << target << answer.body;
        return json::parse(answer.body);
    }

    [[nodiscard]] std::vector<json> usage_rows(const std::string& target) const {
        return get(target)["rows"].get<std::vector<json>>();
    }

    HttpAnswer post(const std::string& target,
                    const std::string& media_type,
                    std::string body,
                    bool packed = false) const {
        HttpFields fields = {{"Content-Type", media_type}};
        if (packed) {
            fields.emplace_back("Content-Encoding", "gzip");
            body = run_process({.command = {"/usr/bin/gzip", "-c"}, .input = body}).output;
        }
        return ask_once(service->port(), "POST", target, fields, body);
    }

    // A ping's query, `count` threads at once, each over a connection of its own.
    void send_pings(const std::vector<std::string>& queries, std::size_t count) const {
        std::vector<std::thread> threads;
        for (std::size_t thread = 0; thread < count; ++thread) {
            threads.emplace_back([&, thread] {
                HttpConnection connection(service->port());
                for (std::size_t at = thread; at < queries.size(); at += count) {
                    const auto answer = connection.ask("GET", "/v1/ping.gif?" + queries[at]);
                    ASSERT_TRUE(answer.has_value());
                    EXPECT_EQ(answer->status, 200) << answer->body;
                    EXPECT_EQ(answer->body.substr(0, 6), "GIF89a");
                }
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
    }

    // Of the dataset `ping`, until now; without a subject of all.
    [[nodiscard]] std::int64_t pings(const char* metric, const std::string& subject = "") const {
        std::string target = "/v1/usage?dataset=ping&by=total";
        target += subject.empty() ? "" : "&subject=" + escaped(subject);
        const json rows = get(target)["rows"];
        return rows.empty() || rows[0].contains("no_data") ? 0 : rows[0][metric].get<int>();
    }

    // It folds and synchronises meanwhile, and readers go by what Redis has.
    void expect_published() const {
        const auto origin = [this] {
            return get("/v1/sources")["metadata"]["origin"].get<std::string>();
        };
        const std::string expected = redis == nullptr ? "store" : "redis ";
        EXPECT_TRUE(eventually([&] { return origin().starts_with(expected); })) << origin();
    }

    json truth;
    std::unique_ptr<TestStore> store;
    std::unique_ptr<ScratchRedis> redis;
    std::unique_ptr<ServiceProcess> service;
};
INSTANTIATE_TEST_SUITE_P(Stores,
                         HttpRealData,
                         testing::Values(StoreKind::sqlite, StoreKind::postgres),
                         [](const auto& test) { return std::string(to_string(test.param)); });

// "from=...&to=..." of the days of a file.
std::string range_of(const json& days) {
    return fmt::format("from={}&to={}",
                       days.begin().key(),
                       UtcDay::parse((--days.end()).key())->next().to_string());
}

TEST_P(HttpRealData, sent_as_batches_gives_the_truth) {
    const auto check = [this](const RealFile& file) {
        const json& expected = truth[file.name];
        const std::string range = range_of(expected["bytes_by_utc_day"]);
        std::map<std::string, std::int64_t> days;
        for (const json& row : usage_rows("/v1/usage?dataset=cdn&" + range)) {
            if (!row.contains("no_data")) {
                days[row["period"]] = row["bytes_streamed"];
            }
        }
        EXPECT_EQ(json(days), expected["bytes_by_utc_day"]) << file.name;
        std::map<std::string, std::pair<std::int64_t, std::int64_t>> slots;
        for (const json& row : usage_rows("/v1/usage?dataset=cdn&by=slot&" + range)) {
            if (!row.contains("no_data")) {
                slots[row["period"]] = {row["requests"], row["bytes_streamed"]};
            }
        }
        EXPECT_EQ(json(slots), expected["windows_30min"]) << file.name;
        json top = json::array();
        for (const json& row : usage_rows("/v1/usage?dataset=cdn&by=total&top=5&" + range)) {
            top.push_back({row["subject"], row["bytes_streamed"]});
        }
        EXPECT_EQ(top, expected["top5_first_segment_by_bytes"]) << file.name;
    };
    for (const RealFile& file : real_files) {
        std::istringstream lines(unpacked(*shared_data() / file.name));
        Rows rows;
        for (std::string line; std::getline(lines, line);) {
            file.add_line(rows, line);
        }
        const std::string target =
            fmt::format("/v1/datasets/cdn/batches?feed=files&batch_key={}", file.name);
        const HttpAnswer stored = post(target, file.media_type, file.body_of(rows), file.packed);
        ASSERT_EQ(stored.status, 201) << stored.body;
        check(file);
        // Nobody heard: the same rows in another form.
        const HttpAnswer again = post(target, "text/csv", as_csv(rows), !file.packed);
        ASSERT_EQ(again.status, 200) << again.body;
        check(file);
    }
    expect_published();
    for (const RealFile& file : real_files) {
        check(file);
    }
}

TEST_P(HttpRealData, sent_as_events_gives_the_truth) {
    const char* const name = "media_history_elastic_examples.tsv.gz";
    const json& days = truth[name]["end_of_day_state_on_days_with_events"]["days"];
    std::vector<SiteState> states = states_of(unpacked(*shared_data() / name));
    std::map<std::string, bool> sites;
    std::string csv = "site_id,bytes_stored,media_count,observed_at\n";
    std::string ndjson;
    for (std::size_t index = states.size(); index-- > 0;) {
        const SiteState& state = states[index];
        sites[state.site] = true;
        csv += fmt::format("{},{},{},{}\n", state.site, state.bytes, state.media, state.epoch_s);
        // Every third one comes in both forms.
        if (index % 3 == 0) {
            for (const auto& [metric, value] :
                 {std::pair("bytes_stored", state.bytes), std::pair("media_count", state.media)}) {
                ndjson += json({{"subject", state.site},
                                {"metric", metric},
                                {"value", value},
                                {"observed_at", state.epoch_s}})
                              .dump() +
                          "\n";
            }
        }
    }
    const std::string target = "/v1/datasets/media_storage/events?feed=library";
    for (int time = 0; time < 2; ++time) {
        const int status = time == 0 ? 201 : 200;
        const HttpAnswer some = post(target, "application/x-ndjson", ndjson);
        ASSERT_EQ(some.status, status) << some.body;
        const HttpAnswer all = post(target, "text/csv", csv, true);
        ASSERT_EQ(all.status, status) << all.body;
        EXPECT_EQ(json::parse(all.body)["accepted"], 2 * states.size());
    }
    for (const auto& [site, known] : sites) {
        const json answer =
            get(fmt::format("/v1/usage?dataset=media_storage&fill=carry&subject={}&{}",
                            escaped(site),
                            range_of(days)));
        std::map<std::string, json> by_day;
        for (const json& row : answer["rows"]) {
            by_day[row["period"]] = row;
        }
        for (const auto& [day, of_sites] : days.items()) {
            const json& row = by_day[day];
            const json said = row.contains("no_data")
                                  ? json({0, 0})
                                  : json({row["bytes_stored"], row["media_count"]});
            EXPECT_EQ(said, of_sites.value(site, json({0, 0}))) << site << " on " << day;
        }
    }
    expect_published();
}

// Each line is a play of whoever it is about, counted when it is sent: the truth is in the lines of
// each, not in their times.
TEST_P(HttpRealData, sent_as_pings_gives_the_truth) {
    const char* const wiki = "wikiticker_2015-09-12_part1.ndjson.gz";
    const char* const dash = "nginx_json_thedash_part1.ndjson.gz";
    std::istringstream edits(unpacked(*shared_data() / wiki));
    std::vector<std::string> bodies(1);
    for (std::string line; std::getline(edits, line);) {
        const json edit = json::parse(line);
        const std::string aid = escaped(edit["channel"]);
        bodies.back() += fmt::format("aid={}&e=s\n", aid);
        if (edit["isNew"].get<bool>()) {
            bodies.back() += fmt::format("e=i&aid={}\r\n", aid);
        }
        if (bodies.back().size() > 10'000) {
            bodies.emplace_back();
        }
    }
    HttpConnection connection(service->port());
    for (const std::string& body : bodies) {
        const auto answer =
            connection.ask("POST", "/v1/ping", {{"Content-Type", "text/plain"}}, body);
        ASSERT_TRUE(answer.has_value());
        EXPECT_EQ(answer->status, 200) << answer->body;
    }
    std::istringstream requests(unpacked(*shared_data() / dash));
    std::vector<std::string> queries;
    for (std::string line; std::getline(requests, line);) {
        const std::string request = json::parse(line)["request"];
        const std::size_t blank = request.find(' ');
        const std::string target =
            request.substr(blank + 1, request.find(' ', blank + 1) - blank - 1);
        queries.push_back(
            fmt::format("aid={}&e=s&t={}", escaped(first_segment(target)), escaped(request)));
    }
    send_pings(queries, 16);
    const std::int64_t plays =
        truth[wiki]["parseable"].get<int>() + truth[dash]["parseable"].get<int>();
    EXPECT_TRUE(eventually([&] { return pings("plays") >= plays; }))
        << service->process().errors_so_far();
    EXPECT_EQ(service->stop().exit_code, 0);
    service = std::make_unique<ServiceProcess>(*store);
    EXPECT_EQ(pings("plays"), plays);
    EXPECT_EQ(pings("ad_impressions"), truth[wiki]["status"]["1"].get<int>());
    EXPECT_EQ(pings("ad_completes"), 0);
    for (const char* file : {wiki, dash}) {
        for (const json& top : truth[file]["top5_first_segment_by_lines"]) {
            EXPECT_EQ(pings("plays", top[0]), top[1].get<int>()) << top;
        }
    }
    expect_published();
}

}  // namespace
}  // namespace tidemark::test
