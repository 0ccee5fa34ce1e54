#include "serve/metrics.h"

#include <sstream>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace tidemark {

namespace {

// Seconds; a usage query of one subject is to lie in the first three.
const prometheus::Histogram::BucketBoundaries duration_bounds{
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

std::string text_of(BatchAnswer answer) {
    switch (answer) {
        case BatchAnswer::stored:
            return "stored";
        case BatchAnswer::already_stored:
            return "already_stored";
        case BatchAnswer::refused:
            break;
    }
    return "refused";
}

}  // namespace

struct ServiceMetrics::Families {
    prometheus::Family<prometheus::Counter>& counter(const char* name, const char* help) {
        return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
    }
    prometheus::Family<prometheus::Gauge>& gauge(const char* name, const char* help) {
        return prometheus::BuildGauge().Name(name).Help(help).Register(registry);
    }

    prometheus::Registry registry;
    prometheus::Family<prometheus::Counter>& requests =
        counter("tidemark_http_requests_total", "Requests answered, by route and status.");
    prometheus::Family<prometheus::Histogram>& durations =
        prometheus::BuildHistogram()
            .Name("tidemark_http_request_seconds")
            .Help("From a request's first byte to its answer's last, by route.")
            .Register(registry);
    prometheus::Family<prometheus::Counter>& turned_away =
        counter("tidemark_http_turned_away_total",
                "Requests answered 503 because every connection to the store was busy.");
    prometheus::Family<prometheus::Counter>& key_refused =
        counter("tidemark_key_refused_total", "Requests whose key did not open it, by reason.");
    prometheus::Family<prometheus::Counter>& batches =
        counter("tidemark_ingest_batches_total", "Batches received, by what became of them.");
    prometheus::Family<prometheus::Counter>& rows =
        counter("tidemark_ingest_rows_total", "Rows of the batches that were stored.");
    prometheus::Family<prometheus::Counter>& bytes =
        counter("tidemark_ingest_bytes_total", "Bytes, as sent, of the batches that were stored.");
    prometheus::Family<prometheus::Counter>& rejected =
        counter("tidemark_rejected_rows_total", "Rows that were rejected, by reason.");
    prometheus::Family<prometheus::Gauge>& unfolded =
        gauge("tidemark_unfolded_batches", "Batches that wait to be folded.");
    prometheus::Family<prometheus::Gauge>& synced_age =
        gauge("tidemark_synced_through_age_seconds",
              "How long ago the instant is up to which the dataset is complete; -1: unknown.");
};

ServiceMetrics::ServiceMetrics() : families_(std::make_unique<Families>()) {}

ServiceMetrics::~ServiceMetrics() = default;

void ServiceMetrics::note_request(std::string_view route,
                                  int status,
                                  std::chrono::microseconds took) {
    const std::string path(route);
    families_->requests.Add({{"route", path}, {"status", std::to_string(status)}}).Increment();
    families_->durations.Add({{"route", path}}, duration_bounds)
        .Observe(std::chrono::duration<double>(took).count());
}

void ServiceMetrics::note_batch(const std::string& dataset,
                                BatchAnswer answer,
                                std::int64_t rows,
                                std::uint64_t bytes) {
    families_->batches.Add({{"dataset", dataset}, {"answer", text_of(answer)}}).Increment();
    if (answer == BatchAnswer::stored) {
        families_->rows.Add({{"dataset", dataset}}).Increment(static_cast<double>(rows));
        families_->bytes.Add({{"dataset", dataset}}).Increment(static_cast<double>(bytes));
    }
}

void ServiceMetrics::note_rejected(const std::string& dataset,
                                   const std::string& reason,
                                   std::int64_t rows) {
    families_->rejected.Add({{"dataset", dataset}, {"reason", reason}})
        .Increment(static_cast<double>(rows));
}

void ServiceMetrics::note_key_refused(std::string_view reason) {
    families_->key_refused.Add({{"reason", std::string(reason)}}).Increment();
}

void ServiceMetrics::note_turned_away() {
    families_->turned_away.Add({}).Increment();
}

std::string ServiceMetrics::text(const std::vector<DatasetFigures>& datasets) {
    for (const DatasetFigures& figures : datasets) {
        families_->unfolded.Add({{"dataset", figures.dataset}})
            .Set(static_cast<double>(figures.unfolded_batches));
        families_->synced_age.Add({{"dataset", figures.dataset}})
            .Set(figures.synced_through_age.has_value()
                     ? static_cast<double>(figures.synced_through_age->count())
                     : -1.0);
    }
    std::ostringstream stream;
    prometheus::TextSerializer().Serialize(stream, families_->registry.Collect());
    return stream.str();
}

}  // namespace tidemark
