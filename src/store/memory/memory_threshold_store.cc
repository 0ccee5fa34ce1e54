#include "store/memory/memory_threshold_store.h"

#include <mutex>
#include <utility>

#include "store/memory/memory_database.h"
#include "store/memory/memory_thresholds.h"

namespace tidemark {

namespace {

class MemoryThresholdStore final : public ThresholdStore {
 public:
    MemoryThresholdStore(std::shared_ptr<MemoryDatabase> database, const Clock& clock)
        : database_(std::move(database)), clock_(clock) {}

    Result<std::optional<std::chrono::sys_seconds>> judged_through(
        std::string_view threshold) override {
        const Lock lock(database_->mutex);
        const auto found = database_->judged_through.find(threshold);
        return found == database_->judged_through.end() ? std::optional<std::chrono::sys_seconds>()
                                                        : std::optional(found->second);
    }

    Result<std::int64_t> record_judgement(std::string_view threshold,
                                          std::chrono::sys_seconds through,
                                          std::span<const ThresholdEvent> events) override {
        const Lock lock(database_->mutex);
        return memory::record_judgement(*database_, clock_.now(), threshold, through, events);
    }

    Result<std::vector<ThresholdEvent>> claim_deliveries(std::string_view threshold,
                                                         std::chrono::milliseconds lease,
                                                         std::int64_t limit) override {
        const Lock lock(database_->mutex);
        return memory::claim_deliveries(*database_, clock_.now(), threshold, lease, limit);
    }

    Result<void> record_attempt(std::string_view event_id,
                                std::int64_t status,
                                std::string_view outcome,
                                std::optional<std::chrono::milliseconds> again_in) override {
        const Lock lock(database_->mutex);
        return memory::record_attempt(
            *database_, clock_.now(), event_id, status, outcome, again_in);
    }

    Result<std::vector<ThresholdEvent>> threshold_events(std::int64_t limit) override {
        const Lock lock(database_->mutex);
        return memory::threshold_events(*database_, limit);
    }

    Result<std::vector<DeliveryAttempt>> delivery_attempts(std::string_view event_id) override {
        const Lock lock(database_->mutex);
        return memory::delivery_attempts(*database_, event_id);
    }

 private:
    using Lock = std::lock_guard<std::mutex>;

    std::shared_ptr<MemoryDatabase> database_;
    const Clock& clock_;
};

}  // namespace

std::unique_ptr<ThresholdStore> open_memory_threshold_store(
    std::shared_ptr<MemoryDatabase> database, const Clock& clock) {
    return std::make_unique<MemoryThresholdStore>(std::move(database), clock);
}

}  // namespace tidemark
