#include "serve/metrics.h"

#include <gtest/gtest.h>

#include "unit/serve/memory_service.h"

namespace tidemark {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

TEST(ServiceMetrics, are_written_as_prometheus_reads_them) {
    ServiceMetrics metrics({"cdn", "ping"});
    metrics.note_request("/v1/usage", 200, microseconds(2000));
    metrics.note_request("/v1/usage", 200, microseconds(2'000'000));
    metrics.note_request("none", 404, microseconds(10));
    metrics.note_batch("cdn", BatchAnswer::stored, 1000, 64000);
    metrics.note_batch("cdn", BatchAnswer::already_stored, 1000, 64000);
    metrics.note_rejected("cdn", "bad_value", 3);
    metrics.note_turned_away();
    metrics.note_key_refused("unknown");
    metrics.note_verification("cdn", 2);
    metrics.expect_threshold("big");
    metrics.expect_threshold("small");
    metrics.note_threshold_fired("big", 3);
    metrics.note_threshold_told("big", false);
    metrics.note_threshold_told("big", true);
    metrics.note_threshold_told("big", true);
    const std::string text = metrics.text({{.dataset = "cdn",
                                            .unfolded_batches = 4,
                                            .fold_lag = seconds(12),
                                            .synced_through_age = seconds(90)},
                                           {.dataset = "ping"}},
                                          {.pool_size = 4,
                                           .pool_busy = 3,
                                           .pool_waiting = 5,
                                           .http_connections = 7,
                                           .http_connections_total = 9,
                                           .http_connections_refused = 2});
    for (const char* line :
         {"tidemark_http_requests_total{route=\"/v1/usage\",status=\"200\"} 2",
          "tidemark_http_requests_total{route=\"none\",status=\"404\"} 1",
          "tidemark_http_request_seconds_bucket{route=\"/v1/usage\",le=\"0.0025\"} 1",
          "tidemark_http_request_seconds_count{route=\"/v1/usage\"} 2",
          "tidemark_ingest_rows_total{dataset=\"cdn\"} 1000",
          "tidemark_ingest_bytes_total{dataset=\"cdn\"} 64000",
          "tidemark_ingest_batches_total{answer=\"already_stored\",dataset=\"cdn\"} 1",
          "tidemark_rejected_rows_total{dataset=\"cdn\",reason=\"bad_value\"} 3",
          "tidemark_http_turned_away_total 1",
          "tidemark_key_refused_total{reason=\"unknown\"} 1",
          "tidemark_unfolded_batches{dataset=\"cdn\"} 4",
          "tidemark_fold_lag_seconds{dataset=\"cdn\"} 12",
          "tidemark_verify_differences{dataset=\"cdn\"} 2",
          "tidemark_verify_differences{dataset=\"ping\"} -1",
          "tidemark_threshold_fired_total{threshold=\"big\"} 3",
          "tidemark_threshold_fired_total{threshold=\"small\"} 0",
          "tidemark_threshold_told_total{outcome=\"heard\",threshold=\"big\"} 2",
          "tidemark_threshold_told_total{outcome=\"failed\",threshold=\"big\"} 1",
          "tidemark_threshold_told_total{outcome=\"failed\",threshold=\"small\"} 0",
          "tidemark_ingest_rows_total{dataset=\"ping\"} 0",
          "tidemark_pool_connections{state=\"busy\"} 3",
          "tidemark_pool_connections{state=\"idle\"} 1",
          "tidemark_pool_waiting 5",
          "tidemark_http_connections 7",
          "tidemark_http_connections_total{outcome=\"accepted\"} 9",
          "tidemark_http_connections_total{outcome=\"refused\"} 2",
          "tidemark_synced_through_age_seconds{dataset=\"cdn\"} 90",
          "tidemark_synced_through_age_seconds{dataset=\"ping\"} -1"}) {
        EXPECT_NE(text.find(std::string(line) + "\n"), std::string::npos) << line << "\n" << text;
    }
}

TEST(ServiceMetrics, count_connections_on_from_what_the_server_has_counted) {
    ServiceMetrics metrics;
    (void)metrics.text({}, {.http_connections_total = 9});
    const std::string text = metrics.text({}, {.http_connections_total = 11});
    EXPECT_NE(text.find("tidemark_http_connections_total{outcome=\"accepted\"} 11\n"),
              std::string::npos)
        << text;
}

TEST(ServiceMetrics, say_how_long_the_oldest_batch_waits_to_be_folded) {
    test::MemoryService service;
    const auto lag = [&service] {
        const std::string text = service.ask("GET", "/metrics").body;
        const std::string name = "tidemark_fold_lag_seconds{dataset=\"cdn\"} ";
        const std::size_t found = text.find(name);
        return text.substr(found + name.size(), text.find('\n', found) - found - name.size());
    };
    EXPECT_EQ(lag(), "0");
    service.add("a", "2026-11-01", 3, 5);
    service.clock().advance(seconds(40));
    service.add("a", "2026-11-01", 4, 5);
    service.clock().advance(seconds(2));
    EXPECT_EQ(lag(), "42");
    ASSERT_TRUE(service.store().fold("cdn", {}).has_value());
    EXPECT_EQ(lag(), "0");
}

TEST(ServiceMetrics, count_what_the_service_takes) {
    test::MemoryService service;
    http::Fields fields;
    fields.set("Content-Type", "text/csv");
    const std::string rows = "site_id,date,bytes_streamed,requests\na,2026-11-01,1,1\n";
    const char* target = "/v1/datasets/cdn/batches?feed=f&batch_key=k";
    EXPECT_EQ(service.ask("POST", target, fields, rows).status, 201);
    EXPECT_EQ(service.ask("POST", target, fields, rows + "b,2026-11-01,x,1\n").status, 422);
    const std::string text = service.ask("GET", "/metrics").body;
    for (const char* line : {"tidemark_ingest_batches_total{answer=\"stored\",dataset=\"cdn\"} 1",
                             "tidemark_ingest_batches_total{answer=\"refused\",dataset=\"cdn\"} 1",
                             "tidemark_ingest_rows_total{dataset=\"cdn\"} 1",
                             "tidemark_unfolded_batches{dataset=\"cdn\"} 1"}) {
        EXPECT_NE(text.find(line), std::string::npos) << line << "\n" << text;
    }
}

}  // namespace
}  // namespace tidemark
