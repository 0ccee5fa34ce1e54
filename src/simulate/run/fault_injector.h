#pragma once
// FaultInjector: does to a run what its plan says should befall it.

#include <atomic>
#include <deque>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "simulate/plan/plan.h"
#include "simulate/run/network_proxy.h"
#include "simulate/run/private_postgres.h"
#include "simulate/run/run_folder.h"
#include "simulate/run/writer_children.h"

namespace tidemark::simulate {

// What faults are done to; all of it outlives the injector. A plan with faults of the network comes
// with a proxy, one with faults of the server with a private server.
struct FaultTargets {
    std::string url{};  // of the server itself
    std::deque<WriterChild>* children = nullptr;
    PrivatePostgres* server = nullptr;
    NetworkProxy* proxy = nullptr;
};

// One thread at a time.
class FaultInjector {
 public:
    FaultInjector(const Plan& plan, double speed, FaultTargets targets);
    FaultInjector(const FaultInjector&) = delete;
    FaultInjector& operator=(const FaultInjector&) = delete;
    // Releases locks.
    ~FaultInjector();

    // Begins the faults that are due `now_us` after the start of the run, which is at `start_us`,
    // and ends those that are over. Returns those that began, with what can be said of them. Fails
    // with unavailable when a server that was restarted does not come back.
    Result<std::vector<RunEvent>> look(std::int64_t start_us, std::int64_t now_us);

    // Ends all that still lasts.
    Result<void> end_all();

 private:
    struct End {
        std::int64_t at_us = 0;
        std::function<Result<void>()> act;
    };

    Result<void> end_until(std::int64_t now_us);
    Result<void> begin(const Fault& fault, std::int64_t start_us, RunEvent& event);
    void pause(const Fault& fault, std::int64_t until_us);
    void hold_lock(const Fault& fault, std::int64_t until_us);
    [[nodiscard]] std::string terminate(const Fault& fault) const;
    void open_hole(const Fault& fault, std::int64_t until_us);
    void slow_down(const Fault& fault, std::int64_t until_us);
    Result<void> restart(std::int64_t start_us, RunEvent& event);
    Result<void> fill_disk(std::int64_t until_us);
    void send_signal(const std::string& writer, int signal) const;
    [[nodiscard]] std::int64_t machine_us(Micros simulated) const {
        return static_cast<std::int64_t>(static_cast<double>(simulated.count()) / speed_);
    }

    const Plan& plan_;
    double speed_;
    FaultTargets targets_;
    std::size_t begun_ = 0;
    std::vector<End> ends_;
    int disk_fills_ = 0;  // faults that want it full now
    std::vector<std::thread> locks_;
    std::atomic<bool> release_locks_{false};
};

// Whether writers must go through a proxy.
bool needs_proxy(const Plan& plan);

}  // namespace tidemark::simulate
