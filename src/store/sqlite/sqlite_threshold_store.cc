#include "store/sqlite/sqlite_threshold_store.h"

#include <utility>

#include "store/sqlite/connection.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/thresholds.h"

namespace tidemark {

namespace {

class SqliteThresholdStore final : public ThresholdStore {
 public:
    SqliteThresholdStore(std::unique_ptr<sqlite::Connection> connection, const Clock& clock)
        : connection_(std::move(connection)), clock_(clock) {}

    Result<std::optional<std::chrono::sys_seconds>> judged_through(
        std::string_view threshold) override {
        return sqlite::judged_through(*connection_, threshold);
    }

    Result<std::int64_t> record_judgement(std::string_view threshold,
                                          std::chrono::sys_seconds through,
                                          std::span<const ThresholdEvent> events) override {
        return sqlite::record_judgement(*connection_, clock_.now(), threshold, through, events);
    }

    Result<std::vector<ThresholdEvent>> claim_deliveries(std::string_view threshold,
                                                         std::chrono::milliseconds lease,
                                                         std::int64_t limit) override {
        return sqlite::claim_deliveries(*connection_, clock_.now(), threshold, lease, limit);
    }

    Result<void> record_attempt(std::string_view event_id,
                                std::int64_t status,
                                std::string_view outcome,
                                std::optional<std::chrono::milliseconds> again_in) override {
        return sqlite::record_attempt(
            *connection_, clock_.now(), event_id, status, outcome, again_in);
    }

    Result<std::vector<ThresholdEvent>> threshold_events(std::int64_t limit) override {
        return sqlite::threshold_events(*connection_, limit);
    }

    Result<std::vector<DeliveryAttempt>> delivery_attempts(std::string_view event_id) override {
        return sqlite::delivery_attempts(*connection_, event_id);
    }

 private:
    std::unique_ptr<sqlite::Connection> connection_;
    const Clock& clock_;
};

}  // namespace

Result<std::unique_ptr<ThresholdStore>> open_sqlite_threshold_store(const std::string& path,
                                                                    const Clock& clock,
                                                                    const SqliteOptions& options) {
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<sqlite::Connection> connection,
                              sqlite::Connection::open(path, options));
    TIDEMARK_RETURN_IF_ERROR(sqlite::migrate(*connection));
    return std::unique_ptr<ThresholdStore>(
        std::make_unique<SqliteThresholdStore>(std::move(connection), clock));
}

}  // namespace tidemark
