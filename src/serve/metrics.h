#pragma once
// ServiceMetrics: what the service counts of itself, in the words of Prometheus.

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

enum class BatchAnswer { stored, already_stored, refused };

// How a dataset stands at the moment of asking.
struct DatasetFigures {
    std::string dataset;
    std::int64_t unfolded_batches = 0;
    std::chrono::seconds fold_lag{0};  // since the oldest unfolded batch was committed
    std::optional<std::chrono::seconds> synced_through_age{};  // nothing: unknown
};

// How busy the service is at the moment of asking.
struct ServiceLoad {
    std::size_t pool_size = 0;  // connections to the store
    std::size_t pool_busy = 0;
    std::size_t pool_waiting = 0;  // requests that wait for one
    std::size_t http_connections = 0;
    std::uint64_t http_connections_total = 0;
    std::uint64_t http_connections_refused = 0;
};

// Safe from several threads.
class ServiceMetrics {
 public:
    // What is counted by dataset begins with 0 for each of these, so that a rate over it exists
    // before the first count.
    explicit ServiceMetrics(const std::vector<std::string>& datasets = {});
    ServiceMetrics(const ServiceMetrics&) = delete;
    ServiceMetrics& operator=(const ServiceMetrics&) = delete;
    ~ServiceMetrics();

    // `route` is the path of the routing table, so that there are few of them; "none": no route.
    void note_request(std::string_view route, int status, std::chrono::microseconds took);

    // Rows and bytes of what was stored.
    void note_batch(const std::string& dataset,
                    BatchAnswer answer,
                    std::int64_t rows,
                    std::uint64_t bytes);

    // Rows that were rejected, stored with the others or not.
    void note_rejected(const std::string& dataset, const std::string& reason, std::int64_t rows);

    // A key, or that there was none, did not open what was asked; few reasons.
    void note_key_refused(std::string_view reason);

    // What became of collected pings, once they are on the disk.
    void note_pings(std::int64_t accepted, std::int64_t ignored, std::int64_t rejected);

    // Turned away because every connection to the store was busy.
    void note_turned_away();

    // What a verification of the dataset came to; until then it is unknown.
    void note_verification(const std::string& dataset, std::int64_t difference_count);

    // From here on its figures are there, beginning with 0.
    void expect_threshold(const std::string& threshold);
    void note_threshold_fired(const std::string& threshold, std::int64_t events);
    // A webhook was told of an event, and answered with 2xx or not.
    void note_threshold_told(const std::string& threshold, bool heard);

    // All of it in the text format 0.0.4.
    std::string text(const std::vector<DatasetFigures>& datasets, const ServiceLoad& load);

 private:
    struct Families;
    std::unique_ptr<Families> families_;
};

}  // namespace tidemark
