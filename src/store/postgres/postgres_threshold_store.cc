#include "store/postgres/postgres_threshold_store.h"

#include <utility>

#include "store/postgres/session.h"
#include "store/postgres/thresholds.h"

namespace tidemark {

namespace {

class PostgresThresholdStore final : public ThresholdStore {
 public:
    explicit PostgresThresholdStore(std::unique_ptr<postgres::Session> session)
        : session_(std::move(session)) {}

    Result<std::optional<std::chrono::sys_seconds>> judged_through(
        std::string_view threshold) override {
        TIDEMARK_ASSIGN_OR_RETURN(postgres::Connection* const connection, session_->ready());
        return postgres::judged_through(*connection, threshold);
    }

    Result<std::int64_t> record_judgement(std::string_view threshold,
                                          std::chrono::sys_seconds through,
                                          std::span<const ThresholdEvent> events) override {
        TIDEMARK_ASSIGN_OR_RETURN(postgres::Connection* const connection, session_->ready());
        return postgres::record_judgement(*connection, threshold, through, events);
    }

    Result<std::vector<ThresholdEvent>> claim_deliveries(std::string_view threshold,
                                                         std::chrono::milliseconds lease,
                                                         std::int64_t limit) override {
        TIDEMARK_ASSIGN_OR_RETURN(postgres::Connection* const connection, session_->ready());
        return postgres::claim_deliveries(*connection, threshold, lease, limit);
    }

    Result<void> record_attempt(std::string_view event_id,
                                std::int64_t status,
                                std::string_view outcome,
                                std::optional<std::chrono::milliseconds> again_in) override {
        TIDEMARK_ASSIGN_OR_RETURN(postgres::Connection* const connection, session_->ready());
        return postgres::record_attempt(*connection, event_id, status, outcome, again_in);
    }

    Result<std::vector<ThresholdEvent>> threshold_events(std::int64_t limit) override {
        TIDEMARK_ASSIGN_OR_RETURN(postgres::Connection* const connection, session_->ready());
        return postgres::threshold_events(*connection, limit);
    }

    Result<std::vector<DeliveryAttempt>> delivery_attempts(std::string_view event_id) override {
        TIDEMARK_ASSIGN_OR_RETURN(postgres::Connection* const connection, session_->ready());
        return postgres::delivery_attempts(*connection, event_id);
    }

 private:
    std::unique_ptr<postgres::Session> session_;
};

}  // namespace

Result<std::unique_ptr<ThresholdStore>> open_postgres_threshold_store(const std::string& url) {
    TIDEMARK_ASSIGN_OR_RETURN(std::unique_ptr<postgres::Session> session,
                              postgres::Session::open(url, {}));
    return std::unique_ptr<ThresholdStore>(
        std::make_unique<PostgresThresholdStore>(std::move(session)));
}

}  // namespace tidemark
