#include "serve/metrics.h"

#include <gtest/gtest.h>

#include "unit/serve/memory_service.h"

namespace tidemark {
namespace {

using std::chrono::microseconds;
using std::chrono::seconds;

TEST(ServiceMetrics, are_written_as_prometheus_reads_them) {
    ServiceMetrics metrics;
    metrics.note_request("/v1/usage", 200, microseconds(2000));
    metrics.note_request("/v1/usage", 200, microseconds(2'000'000));
    metrics.note_request("none", 404, microseconds(10));
    metrics.note_batch("cdn", BatchAnswer::stored, 1000, 64000);
    metrics.note_batch("cdn", BatchAnswer::already_stored, 1000, 64000);
    metrics.note_rejected("cdn", "bad_value", 3);
    metrics.note_turned_away();
    metrics.note_key_refused("unknown");
    const std::string text =
        metrics.text({{.dataset = "cdn", .unfolded_batches = 4, .synced_through_age = seconds(90)},
                      {.dataset = "ping"}});
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
          "tidemark_synced_through_age_seconds{dataset=\"cdn\"} 90",
          "tidemark_synced_through_age_seconds{dataset=\"ping\"} -1"}) {
        EXPECT_NE(text.find(std::string(line) + "\n"), std::string::npos) << line << "\n" << text;
    }
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
