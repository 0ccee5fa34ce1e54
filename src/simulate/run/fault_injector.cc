#include "simulate/run/fault_injector.h"

#include <algorithm>
#include <csignal>

#include "simulate/run/monotonic.h"
#include "simulate/run/session.h"

namespace tidemark::simulate {

bool needs_proxy(const Plan& plan) {
    return plan.target.rtt.count() > 0 || std::ranges::any_of(plan.faults, [](const Fault& fault) {
               return fault.kind == FaultKind::black_hole || fault.kind == FaultKind::delay;
           });
}

FaultInjector::FaultInjector(const Plan& plan, double speed, FaultTargets targets)
    : plan_(plan), speed_(speed), targets_(std::move(targets)) {}

FaultInjector::~FaultInjector() {
    release_locks_ = true;
    for (std::thread& lock : locks_) {
        lock.join();
    }
}

Result<void> FaultInjector::end_until(std::int64_t now_us) {
    for (std::size_t place = 0; place < ends_.size();) {
        if (ends_[place].at_us > now_us) {
            ++place;
            continue;
        }
        const End end = std::move(ends_[place]);
        ends_.erase(ends_.begin() + static_cast<std::ptrdiff_t>(place));
        TIDEMARK_RETURN_IF_ERROR(end.act());
    }
    return {};
}

Result<void> FaultInjector::end_all() {
    release_locks_ = true;
    return end_until(INT64_MAX);
}

Result<std::vector<RunEvent>> FaultInjector::look(std::int64_t start_us, std::int64_t now_us) {
    // A fault that begins where another one ends is not ended by it.
    TIDEMARK_RETURN_IF_ERROR(end_until(now_us));
    std::vector<RunEvent> events;
    while (begun_ < plan_.faults.size() && machine_us(plan_.faults[begun_].at) <= now_us) {
        const Fault& fault = plan_.faults[begun_++];
        RunEvent event{.at_us = now_us,
                       .until_us = now_us + machine_us(fault.lasts),
                       .kind = std::string(to_string(fault.kind)),
                       .subject = fault.writer + fault.table};
        TIDEMARK_RETURN_IF_ERROR(begin(fault, start_us, event));
        events.push_back(std::move(event));
    }
    return events;
}

Result<void> FaultInjector::begin(const Fault& fault, std::int64_t start_us, RunEvent& event) {
    switch (fault.kind) {
        case FaultKind::kill:
            send_signal(fault.writer, SIGKILL);
            return {};
        case FaultKind::terminate:
            event.words = terminate(fault);
            return {};
        case FaultKind::pause:
            pause(fault, event.until_us);
            return {};
        case FaultKind::lock:
            hold_lock(fault, start_us + event.until_us);
            return {};
        case FaultKind::restart:
            return restart(start_us, event);
        case FaultKind::black_hole:
            event.words = fault.swallows == Swallows::answers ? "of answers" : "";
            open_hole(fault, event.until_us);
            return {};
        case FaultKind::delay:
            slow_down(fault, event.until_us);
            return {};
        case FaultKind::disk_full:
            return fill_disk(event.until_us);
    }
    return {};
}

void FaultInjector::send_signal(const std::string& writer, int signal) const {
    for (const WriterChild& child : *targets_.children) {
        if (child.orders().writer == writer) {
            child.send_signal(signal);
        }
    }
}

void FaultInjector::pause(const Fault& fault, std::int64_t until_us) {
    send_signal(fault.writer, SIGSTOP);
    ends_.push_back({until_us, [this, writer = fault.writer]() -> Result<void> {
                         send_signal(writer, SIGCONT);
                         return {};
                     }});
}

std::string FaultInjector::terminate(const Fault& fault) const {
    const SqlResult<std::unique_ptr<Session>> session =
        Session::open(targets_.url, "tidemark/fault terminate");
    if (!session.has_value()) {
        return session.error().message;
    }
    const SqlResult<TextRows> ended = (*session)->query(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name "
        "like $1",
        {"tidemark/" + fault.writer + "/%"});
    return ended.has_value() ? ended->at(0).at(0).value_or("0") + " connections"
                             : ended.error().message;
}

void FaultInjector::hold_lock(const Fault& fault, std::int64_t until_us) {
    locks_.emplace_back([this, fault, until_us] {
        const SqlResult<std::unique_ptr<Session>> session =
            Session::open(targets_.url, "tidemark/fault lock " + fault.table);
        if (session.has_value() &&
            (*session)->script("begin; lock table " + fault.table + " in access exclusive mode")) {
            sleep_until_us(until_us, release_locks_);
        }
    });
}

void FaultInjector::open_hole(const Fault& fault, std::int64_t until_us) {
    targets_.proxy->begin_hole(fault.writer, fault.swallows);
    ends_.push_back({until_us, [this, fault]() -> Result<void> {
                         targets_.proxy->end_hole(fault.writer, fault.hole_end);
                         return {};
                     }});
}

void FaultInjector::slow_down(const Fault& fault, std::int64_t until_us) {
    targets_.proxy->set_delay(fault.writer, fault.by);
    ends_.push_back({until_us, [this, fault]() -> Result<void> {
                         targets_.proxy->set_delay(fault.writer, Micros{0});
                         return {};
                     }});
}

Result<void> FaultInjector::restart(std::int64_t start_us, RunEvent& event) {
    if (disk_fills_ > 0) {
        event.words = "not done: no server starts on a full disk";
        return {};
    }
    TIDEMARK_RETURN_IF_ERROR(targets_.server->restart());
    event.until_us = monotonic_us() - start_us;
    return {};
}

Result<void> FaultInjector::fill_disk(std::int64_t until_us) {
    if (++disk_fills_ == 1) {
        TIDEMARK_RETURN_IF_ERROR(targets_.server->fill_disk());
    }
    ends_.push_back({until_us, [this]() -> Result<void> {
                         return --disk_fills_ == 0 ? targets_.server->free_disk() : Result<void>();
                     }});
    return {};
}

}  // namespace tidemark::simulate
