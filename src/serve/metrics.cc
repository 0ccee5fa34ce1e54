#include "serve/metrics.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <sstream>
#include <utility>

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

    void set(const ServiceLoad& load) {
        pool_connections.Add({{"state", "busy"}}).Set(static_cast<double>(load.pool_busy));
        pool_connections.Add({{"state", "idle"}})
            .Set(static_cast<double>(load.pool_size - std::min(load.pool_busy, load.pool_size)));
        pool_waiting.Add({}).Set(static_cast<double>(load.pool_waiting));
        connections.Add({}).Set(static_cast<double>(load.http_connections));
        raise(connections_total.Add({{"outcome", "accepted"}}), load.http_connections_total);
        raise(connections_total.Add({{"outcome", "refused"}}), load.http_connections_refused);
    }

    // Found once: the registry makes the labels' texts and hashes them for each look.
    struct OfRoute {
        prometheus::Histogram* durations = nullptr;
        std::map<int, prometheus::Counter*> requests;  // by status
    };

    void note(std::string_view route, int status, double seconds) {
        const std::scoped_lock lock(mutex);
        auto of_route = by_route.find(route);
        if (of_route == by_route.end()) {
            of_route = by_route.emplace(route, OfRoute()).first;
            of_route->second.durations =
                &durations.Add({{"route", of_route->first}}, duration_bounds);
        }
        prometheus::Counter*& count = of_route->second.requests[status];
        if (count == nullptr) {
            count = &requests.Add({{"route", of_route->first}, {"status", std::to_string(status)}});
        }
        count->Increment();
        of_route->second.durations->Observe(seconds);
    }

    // To what somebody else has counted.
    static void raise(prometheus::Counter& counter, std::uint64_t to) {
        counter.Increment(static_cast<double>(to) - counter.Value());
    }

    std::mutex mutex;
    std::map<std::string, OfRoute, std::less<>> by_route;
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
    prometheus::Family<prometheus::Counter>& pings =
        counter("tidemark_pings_total", "Pings that were collected, by what they are.");
    prometheus::Family<prometheus::Counter>& rejected =
        counter("tidemark_rejected_rows_total", "Rows that were rejected, by reason.");
    prometheus::Family<prometheus::Gauge>& unfolded =
        gauge("tidemark_unfolded_batches", "Batches that wait to be folded.");
    prometheus::Family<prometheus::Gauge>& fold_lag = gauge(
        "tidemark_fold_lag_seconds",
        "How long ago the oldest batch was committed that waits to be folded; 0: none waits.");
    prometheus::Family<prometheus::Gauge>& differences =
        gauge("tidemark_verify_differences",
              "What the last verification found to differ; -1: none was made yet.");
    prometheus::Family<prometheus::Counter>& threshold_fired =
        counter("tidemark_threshold_fired_total", "Events that thresholds fired.");
    prometheus::Family<prometheus::Counter>& threshold_told =
        counter("tidemark_threshold_told_total",
                "Attempts to tell webhooks of events, by whether they heard.");
    prometheus::Family<prometheus::Gauge>& pool_connections =
        gauge("tidemark_pool_connections", "Connections to the store, by whether one is in use.");
    prometheus::Family<prometheus::Gauge>& pool_waiting =
        gauge("tidemark_pool_waiting", "Requests that wait for a connection to the store.");
    prometheus::Family<prometheus::Gauge>& connections =
        gauge("tidemark_http_connections", "Connections of clients that are open.");
    prometheus::Family<prometheus::Counter>& connections_total = counter(
        "tidemark_http_connections_total", "Connections of clients, by what became of them.");
    prometheus::Family<prometheus::Gauge>& synced_age =
        gauge("tidemark_synced_through_age_seconds",
              "How long ago the instant is up to which the dataset is complete; -1: unknown.");
};

ServiceMetrics::ServiceMetrics(const std::vector<std::string>& datasets)
    : families_(std::make_unique<Families>()) {
    families_->turned_away.Add({});
    for (const std::string& dataset : datasets) {
        for (const BatchAnswer answer :
             {BatchAnswer::stored, BatchAnswer::already_stored, BatchAnswer::refused}) {
            families_->batches.Add({{"dataset", dataset}, {"answer", text_of(answer)}});
        }
        families_->rows.Add({{"dataset", dataset}});
        families_->bytes.Add({{"dataset", dataset}});
        families_->differences.Add({{"dataset", dataset}}).Set(-1.0);
    }
}

ServiceMetrics::~ServiceMetrics() = default;

void ServiceMetrics::note_request(std::string_view route,
                                  int status,
                                  std::chrono::microseconds took) {
    families_->note(route, status, std::chrono::duration<double>(took).count());
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

void ServiceMetrics::note_pings(std::int64_t accepted,
                                std::int64_t ignored,
                                std::int64_t rejected) {
    for (const auto& [kind, count] : {std::pair("accepted", accepted),
                                      std::pair("ignored", ignored),
                                      std::pair("rejected", rejected)}) {
        if (count > 0) {
            families_->pings.Add({{"kind", kind}}).Increment(static_cast<double>(count));
        }
    }
}

void ServiceMetrics::note_turned_away() {
    families_->turned_away.Add({}).Increment();
}

void ServiceMetrics::note_verification(const std::string& dataset, std::int64_t difference_count) {
    families_->differences.Add({{"dataset", dataset}}).Set(static_cast<double>(difference_count));
}

void ServiceMetrics::expect_threshold(const std::string& threshold) {
    families_->threshold_fired.Add({{"threshold", threshold}});
    for (const char* outcome : {"heard", "failed"}) {
        families_->threshold_told.Add({{"threshold", threshold}, {"outcome", outcome}});
    }
}

void ServiceMetrics::note_threshold_fired(const std::string& threshold, std::int64_t events) {
    families_->threshold_fired.Add({{"threshold", threshold}})
        .Increment(static_cast<double>(events));
}

void ServiceMetrics::note_threshold_told(const std::string& threshold, bool heard) {
    families_->threshold_told
        .Add({{"threshold", threshold}, {"outcome", heard ? "heard" : "failed"}})
        .Increment();
}

std::string ServiceMetrics::text(const std::vector<DatasetFigures>& datasets,
                                 const ServiceLoad& load) {
    families_->set(load);
    for (const DatasetFigures& figures : datasets) {
        families_->unfolded.Add({{"dataset", figures.dataset}})
            .Set(static_cast<double>(figures.unfolded_batches));
        families_->fold_lag.Add({{"dataset", figures.dataset}})
            .Set(static_cast<double>(figures.fold_lag.count()));
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
