#include "cli/configuration.h"

#include <gtest/gtest.h>

namespace tidemark {
namespace {

TEST(Configuration, without_a_file_has_the_built_in_datasets) {
    const Result<Configuration> configuration = parse_configuration("", "tidemark.toml");
    ASSERT_TRUE(configuration.has_value());
    EXPECT_EQ(configuration->datasets.size(), 3U);
    EXPECT_TRUE(configuration->feeds.empty());
    EXPECT_EQ(configuration->compact.batches_max, 6);
}

TEST(Configuration, reads_how_the_service_listens) {
    const Result<Configuration> configuration = parse_configuration(R"(
[serve]
listen = "[::1]:9000"
clients_max = 10
idle = "5s"
drain = "500ms"
)",
                                                                    "t.toml");
    ASSERT_TRUE(configuration.has_value()) << configuration.error().message;
    EXPECT_EQ(configuration->serve.listen, "[::1]:9000");
    EXPECT_EQ(configuration->serve.clients_max, 10);
    EXPECT_EQ(configuration->serve.idle_time, std::chrono::seconds(5));
    EXPECT_EQ(configuration->serve.drain_time, std::chrono::milliseconds(500));
    EXPECT_EQ(configuration->serve.header_time, std::chrono::seconds(10));
    for (const char* wrong :
         {"idle = \"0s\"", "body = \"soon\"", "clients_max = 0", "liste = \"\""}) {
        const Result<Configuration> refused =
            parse_configuration(std::string("[serve]\n") + wrong, "t.toml");
        ASSERT_FALSE(refused.has_value()) << wrong;
        EXPECT_NE(refused.error().message.find("t.toml:"), std::string::npos);
    }
}

constexpr const char* full = R"(
[store]
url = "sqlite:x.db"

[compact.media_storage]
retention = "93d"

[media.source]
url = "postgresql://reader@library.example.org/library"
query = "SELECT site AS subject, bytes AS bytes_stored, changed AS observed_at FROM media"
every = "*/2 6-20 * * 1-5"

[dataset.api]
subject = "account"
metrics = ["calls", "tokens"]

[feed.gateway]
dataset = "api"
format = "json"
subject = "field:account.id"
metrics = { calls = "count", tokens = "field:usage.tokens" }
fields = { time = "at" }
max_rejected = "5%"
covers_pattern = '(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)'
statuses = ["2xx"]

[[threshold]]
name = "chatty"
dataset = "api"
metric = "tokens"
subject = "me"
window = "day"
at_least = 1_000_000
url = "https://billing.example.org/hook?of=api"
secret_file = "/etc/tidemark/hook"

[[threshold]]
name = "any"
dataset = "media_storage"
metric = "bytes_stored"
at_least = 1
url = "http://localhost:8080/"
secret_file = "hook"
)";

TEST(Configuration, reads_a_declared_dataset_and_its_feed) {
    const Result<Configuration> configuration = parse_configuration(full, "t.toml");
    ASSERT_TRUE(configuration.has_value()) << configuration.error().message;
    const FeedConfiguration& feed = configuration->feeds.at("gateway");
    EXPECT_EQ(feed.dataset, "api");
    EXPECT_EQ(feed.reading.subject.kind, SubjectRule::Kind::field);
    ASSERT_EQ(feed.reading.metrics.size(), 2U);
    EXPECT_EQ(feed.reading.metrics[1].kind, MetricRule::Kind::field);
    EXPECT_EQ(feed.reading.metrics[1].text, "usage.tokens");
    EXPECT_EQ(feed.reading.fields.at("time"), "at");
    EXPECT_DOUBLE_EQ(feed.rejected_share_max, 0.05);
}

TEST(Configuration, reads_when_the_service_verifies) {
    EXPECT_EQ(parse_configuration("", "t.toml")->verify.every, std::chrono::hours(24));
    const auto given = parse_configuration("[verify]\nevery = \"90m\"\ndays = 3\n", "t.toml");
    ASSERT_TRUE(given.has_value()) << given.error().message;
    EXPECT_EQ(given->verify.every, std::chrono::minutes(90));
    EXPECT_EQ(given->verify.days, 3);
    EXPECT_EQ(parse_configuration("[verify]\nevery = \"never\"\n", "t.toml")->verify.every,
              std::nullopt);
    EXPECT_FALSE(parse_configuration("[verify]\nevery = \"0s\"\n", "t.toml").has_value());
}

TEST(Configuration, reads_when_days_are_closed_for_all_datasets_and_for_one) {
    const Result<Configuration> configuration = parse_configuration(R"(
[compact]
lateness = "3h"
retention = "never"

[compact.ping]
freeze_after = "35d"

[compact.media_storage]
retention = "93d"

[feed.fastly]
dataset = "cdn"
format = "fastly"
subject = "host"
)",
                                                                    "t.toml");
    ASSERT_TRUE(configuration.has_value()) << configuration.error().message;
    const auto rules = configuration->closing_rules();
    ASSERT_EQ(rules.size(), 3U) << "one a dataset";
    EXPECT_EQ(rules.at("media_storage").retention, std::chrono::days(93));
    const ClosingRules& cdn = rules.at("cdn");
    EXPECT_EQ(cdn.lateness, std::chrono::hours(3));
    EXPECT_EQ(cdn.retention, std::nullopt);
    EXPECT_EQ(cdn.freeze_after, std::nullopt);
    EXPECT_EQ(cdn.feeds, std::vector<std::string>{"fastly"});
    const ClosingRules& ping = rules.at("ping");
    EXPECT_EQ(ping.lateness, std::chrono::hours(3));
    EXPECT_EQ(ping.freeze_after, std::chrono::days(35));
    EXPECT_TRUE(ping.feeds.empty());
}

TEST(Configuration, reads_thresholds) {
    const Result<Configuration> configuration = parse_configuration(full, "t.toml");
    ASSERT_TRUE(configuration.has_value()) << configuration.error().message;
    ASSERT_EQ(configuration->thresholds.size(), 2U);
    const Threshold& chatty = configuration->thresholds[0].threshold;
    EXPECT_EQ(chatty.name, "chatty");
    EXPECT_EQ(chatty.dataset.name(), "api");
    EXPECT_EQ(chatty.metric, "tokens");
    EXPECT_EQ(chatty.subject, "me");
    EXPECT_EQ(chatty.window, ThresholdWindow::day);
    EXPECT_EQ(chatty.at_least, 1'000'000);
    EXPECT_EQ(chatty.webhook.url.host, "billing.example.org");
    EXPECT_EQ(configuration->thresholds[0].secret_file, "/etc/tidemark/hook");
    const Threshold& any = configuration->thresholds[1].threshold;
    EXPECT_EQ(any.subject, std::nullopt);
    EXPECT_EQ(any.window, ThresholdWindow::month) << "unless another is given";
}

TEST(Configuration, what_it_prints_reads_back_the_same) {
    const Result<Configuration> configuration = parse_configuration(full, "t.toml");
    ASSERT_TRUE(configuration.has_value());
    const std::string printed = to_toml(*configuration);
    const Result<Configuration> again = parse_configuration(printed, "printed.toml");
    ASSERT_TRUE(again.has_value()) << again.error().message << printed;
    EXPECT_EQ(to_toml(*again), printed);
}

struct WrongCase {
    const char* name;
    const char* text;
    const char* complaint;
};

class WrongConfiguration : public testing::TestWithParam<WrongCase> {};

TEST_P(WrongConfiguration, is_named_with_its_line) {
    const Result<Configuration> configuration = parse_configuration(GetParam().text, "t.toml");
    ASSERT_FALSE(configuration.has_value());
    EXPECT_EQ(configuration.error().kind, ErrorKind::invalid_input);
    EXPECT_NE(configuration.error().message.find(GetParam().complaint), std::string::npos)
        << configuration.error().message;
    EXPECT_EQ(configuration.error().message.find('\n'), std::string::npos);
}

constexpr WrongCase wrong_cases[] = {
    {"no_toml", "[store\n", "t.toml:1"},
    {"unknown_table",
     "[stor]\nurl = 'x'\n",
     "t.toml:1: unknown key 'stor' (did you mean 'store'?)"},
    {"unknown_key", "[store]\n\nurk = 'x'\n", "t.toml:3: unknown key 'store.urk'"},
    {"number_for_text", "[store]\nurl = 5\n", "t.toml:2: key 'store.url': expected text"},
    {"feed_key",
     "[feed.a]\ndataset='cdn'\nsubject='host'\nformt='w3c'\n",
     "t.toml:4: unknown key 'feed.a.formt' (did you mean 'format'?)"},
    {"unknown_dataset",
     "[feed.a]\ndataset='cnd'\nsubject='host'\n",
     "dataset 'cnd': not declared (did you mean 'cdn'?)"},
    {"bad_subject", "[feed.a]\ndataset='cdn'\nsubject='path:0'\n", "feed.a.subject"},
    {"no_subject", "[feed.a]\ndataset='cdn'\n", "feed.a.subject"},
    {"bad_share", "[feed.a]\ndataset='cdn'\nsubject='host'\nmax_rejected='500%'\n", "t.toml:4"},
    {"bad_covers", "[feed.a]\ndataset='cdn'\nsubject='host'\ncovers_pattern='('\n", "t.toml:4"},
    {"bad_metric",
     "[feed.a]\ndataset='cdn'\nsubject='host'\nmetrics={bytes_streamed='byte',requests='count'}\n",
     "bytes_streamed"},
    {"metric_too_many",
     "[feed.a]\ndataset='cdn'\nsubject='host'\nmetrics={bytes_streamed='bytes',requests='count',"
     "plays='count'}\n",
     "plays"},
    {"zero_limit", "[feed.a]\ndataset='cdn'\nsubject='host'\ndays_max=0\n", "days_max"},
    {"bad_span", "[compact]\nretention = '62'\n", "t.toml:2: key 'compact.retention'"},
    {"no_lateness", "[compact]\nlateness = 'never'\n", "compact.lateness"},
    {"bad_poll", "[media.source]\nevery = '61 * * * *'\n", "t.toml:2: key 'media.source.every'"},
    {"unknown_of_media", "[media]\nfeeds = 'x'\n", "feed"},
    {"pings_too_rare", "[pings]\nevery = '31m'\n", "t.toml:2: key 'pings.every'"},
    {"unknown_of_pings", "[pings]\nfolder = 'x'\n", "pings.folder"},
    {"event_of_no_dataset", "[cloudevents.'a.b']\ndataset='cnd'\n", "t.toml:2"},
    {"event_without_a_metric",
     "[cloudevents.'a.b']\ndataset='cdn'\nmetrics={requests='count'}\n",
     "bytes_streamed"},
    {"event_counting_a_gauge",
     "[cloudevents.a]\ndataset='media_storage'\nmetrics={media_count='count'}\n",
     "media_count"},
    {"threshold_without_a_name",
     "[[threshold]]\ndataset='cdn'\nmetric='requests'\nat_least=1\nurl='http://h/'\n"
     "secret_file='s'\n",
     "threshold.name"},
    {"threshold_of_no_dataset",
     "[[threshold]]\nname='t'\ndataset='cnd'\n",
     "t.toml:3: key 'threshold.dataset': dataset 'cnd': not declared (did you mean 'cdn'?)"},
    {"threshold_of_no_metric",
     "[[threshold]]\nname='t'\ndataset='cdn'\nmetric='request'\nat_least=1\nurl='http://h/'\n"
     "secret_file='s'\n",
     "t.toml:4: key 'threshold.metric': metric 'request': dataset 'cdn' has no such metric (did "
     "you "
     "mean 'requests'?)"},
    {"threshold_of_a_week",
     "[[threshold]]\nname='t'\ndataset='cdn'\nmetric='requests'\nat_least=1\nwindow='week'\n"
     "url='http://h/'\nsecret_file='s'\n",
     "t.toml:6: key 'threshold.window': window 'week': expected day or month"},
    {"threshold_without_a_limit",
     "[[threshold]]\nname='t'\ndataset='cdn'\nmetric='requests'\nurl='http://h/'\n"
     "secret_file='s'\n",
     "threshold.at_least"},
    {"threshold_below_one",
     "[[threshold]]\nname='t'\ndataset='cdn'\nmetric='requests'\nat_least=0\n",
     "t.toml:5: key 'threshold.at_least'"},
    {"threshold_telling_nobody",
     "[[threshold]]\nname='t'\ndataset='cdn'\nmetric='requests'\nat_least=1\nsecret_file='s'\n",
     "threshold.url"},
    {"threshold_unsigned",
     "[[threshold]]\nname='t'\ndataset='cdn'\nmetric='requests'\nat_least=1\nurl='http://h/'\n",
     "threshold.secret_file"},
    {"threshold_twice",
     "[[threshold]]\nname='t'\ndataset='cdn'\nmetric='requests'\nat_least=1\nurl='http://h/'\n"
     "secret_file='s'\n"
     "[[threshold]]\nname='t'\ndataset='cdn'\nmetric='requests'\nat_least=2\nurl='http://h/'\n"
     "secret_file='s'\n",
     "t.toml:9: key 'threshold.name': 't' is given twice"},
    {"unknown_of_threshold",
     "[[threshold]]\nname='t'\ndataset='cdn'\nmetric='requests'\nat_least=1\nurl='http://h/'\n"
     "secret_file='s'\nsecret='s'\n",
     "t.toml:8: unknown key 'threshold.secret'"},
    {"bad_watch",
     "[feed.a]\ndataset='cdn'\nsubject='host'\nwatch_settle='soon'\n",
     "t.toml:4: key 'feed.a.watch_settle'"},
    {"closing_of_a_gauge", "[compact.media_storage]\nlateness = '1h'\n", "media_storage"},
    {"dataset_again", "[dataset.cdn]\nsubject='s'\nmetrics=['m']\n", "built-in"},
    {"dataset_without_metrics", "[dataset.x]\nsubject='s'\n", "0 metrics"},
    {"dataset_kind", "[dataset.x]\nkind='gage'\nsubject='s'\nmetrics=['m']\n", "dataset.x.kind"},
    {"roles", "[feed.a]\ndataset='cdn'\nsubject='host'\nfields={tiem='x'}\n", "feed.a.fields"},
    {"compact",
     "[compact]\nevery_ms = 1\n",
     "t.toml:2: key 'compact.every_ms': expected a whole number from 10"},
};

INSTANTIATE_TEST_SUITE_P(Cases,
                         WrongConfiguration,
                         testing::ValuesIn(wrong_cases),
                         [](const auto& test) { return test.param.name; });

TEST(ParseShare, takes_per_cent_from_0_to_100) {
    EXPECT_DOUBLE_EQ(parse_share("5%").value(), 0.05);
    EXPECT_DOUBLE_EQ(parse_share("0.5").value(), 0.005);
    EXPECT_DOUBLE_EQ(parse_share("0%").value(), 0.0);
    for (const char* text : {"", "%", "-1%", "101%", "5%%", "five", "nan", "5 %"}) {
        EXPECT_FALSE(parse_share(text).has_value()) << text;
    }
}

}  // namespace
}  // namespace tidemark
