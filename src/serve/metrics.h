#pragma once
// ServiceMetrics: what the service counts of itself, in the words of Prometheus.

#include <chrono>
#include <cstdint>
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
    std::optional<std::chrono::seconds> synced_through_age{};  // nothing: unknown
};

// Safe from several threads.
class ServiceMetrics {
 public:
    ServiceMetrics();
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

    // Turned away because every connection to the store was busy.
    void note_turned_away();

    // All of it in the text format 0.0.4.
    std::string text(const std::vector<DatasetFigures>& datasets);

 private:
    struct Families;
    std::unique_ptr<Families> families_;
};

}  // namespace tidemark
