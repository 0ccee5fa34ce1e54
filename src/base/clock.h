#pragma once
// Where "now" comes from. Passed in, so that a test decides the time.

#include <atomic>
#include <chrono>

namespace tidemark {

using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

// Safe to call from several threads. Never steps back within one process.
class Clock {
 public:
    Clock() = default;
    Clock(const Clock&) = delete;
    Clock& operator=(const Clock&) = delete;
    virtual ~Clock() = default;
    [[nodiscard]] virtual Timestamp now() const = 0;
};

// The machine's clock. When it is set back, now() stands still until it has caught up.
class SystemClock final : public Clock {
 public:
    [[nodiscard]] Timestamp now() const override;

 private:
    mutable std::atomic<std::chrono::microseconds::rep> latest_us_{0};
};

// Stands still until told otherwise.
class ManualClock final : public Clock {
 public:
    explicit ManualClock(Timestamp start) : now_us_(start.time_since_epoch().count()) {}
    [[nodiscard]] Timestamp now() const override;
    void advance(std::chrono::microseconds by);

 private:
    std::atomic<std::chrono::microseconds::rep> now_us_;
};

}  // namespace tidemark
