#include "simulate/run/fibers.h"

#include <algorithm>
#include <utility>

#include <boost/context/fiber.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>
#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "simulate/run/monotonic.h"

namespace tidemark::simulate {

namespace {

// Looking up a server's name and greeting it in TLS take the most; only what is used takes memory.
constexpr std::size_t stack_bytes = 256U << 10U;
constexpr std::int64_t never = INT64_MAX;
constexpr std::int64_t look_for_stop_us = 50'000;

// A thread that was busy for less took an answer as early as a waiting one would have: waking takes
// longer.
constexpr std::int64_t counts_from_us = 20;

}  // namespace

struct Fibers::Fiber {
    boost::context::fiber stack{};  // of the activity while it waits
    boost::context::fiber loop{};   // of run() while the activity goes on
    bool came = false;              // what it waits for at a socket
    std::int64_t until_us = never;
    bool stops = false;  // its wait ends with `stop`
    bool waits_for_call = false;
    bool ready = true;
    bool ended = false;
    std::int64_t lateness_us = 0;
};

Fibers::Fibers(const std::atomic<bool>& stop) : stop_(stop), epoll_(epoll_create1(EPOLL_CLOEXEC)) {}

Fibers::~Fibers() {
    if (epoll_ >= 0) {
        close(epoll_);
    }
}

void Fibers::start(std::function<void()> activity) {
    auto fiber = std::make_unique<Fiber>();
    fiber->stack = boost::context::fiber(
        std::allocator_arg,
        boost::context::protected_fixedsize_stack(stack_bytes),
        [self = fiber.get(), activity = std::move(activity)](boost::context::fiber&& loop) {
            self->loop = std::move(loop);
            activity();
            self->ended = true;
            return std::move(self->loop);
        });
    fibers_.push_back(std::move(fiber));
}

void Fibers::run() {
    looked_us_ = monotonic_us();
    while (!fibers_.empty()) {
        bool went_on = false;
        for (const std::unique_ptr<Fiber>& fiber : fibers_) {
            if (fiber->ready) {
                resume(*fiber);
                went_on = true;
            }
        }
        quiet_us_ = went_on ? monotonic_us() : quiet_us_;
        std::erase_if(fibers_, [](const std::unique_ptr<Fiber>& fiber) { return fiber->ended; });
        if (!fibers_.empty()) {
            look();
        }
    }
}

void Fibers::resume(Fiber& fiber) {
    if (fiber.came) {
        const std::int64_t behind_others_us = monotonic_us() - looked_us_;
        fiber.lateness_us += behind_others_us >= counts_from_us ? behind_others_us : 0;
    }
    current_ = &fiber;
    fiber.stack = std::move(fiber.stack).resume();
    current_ = nullptr;
}

void Fibers::suspend() {
    Fiber& fiber = *current_;
    fiber.ready = false;
    fiber.loop = std::move(fiber.loop).resume();
    fiber.until_us = never;
    fiber.stops = false;
    fiber.waits_for_call = false;
}

// A socket stays registered from one wait to the next, which costs no call of the kernel.
bool Fibers::watch(int socket, std::uint32_t events) {
    const auto place = static_cast<std::size_t>(socket);
    if (place >= watched_.size()) {
        watched_.resize(place + 1);
    }
    Watched& watched = watched_[place];
    if (watched.events != events) {
        epoll_event event{.events = events, .data = {.fd = socket}};
        if (epoll_ctl(
                epoll_, watched.events == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, &event) != 0) {
            return false;
        }
        watched.events = events;
    }
    return true;
}

void Fibers::forget(int socket) {
    const auto place = static_cast<std::size_t>(socket);
    if (socket >= 0 && place < watched_.size() && watched_[place].events != 0) {
        // Gone already where the socket was closed.
        epoll_ctl(epoll_, EPOLL_CTL_DEL, socket, nullptr);
        watched_[place] = {};
    }
}

bool Fibers::for_socket(int socket, bool to_send, std::int64_t until_us) {
    if (socket < 0) {
        return true;  // closed
    }
    if (!watch(socket, to_send ? EPOLLIN | EPOLLOUT : EPOLLIN)) {
        return blocking_wait().for_socket(socket, to_send, until_us);  // the kernel has no room
    }
    const auto place = static_cast<std::size_t>(socket);
    Fiber& fiber = *current_;
    watched_[place].waits = &fiber;
    fiber.until_us = until_us;
    suspend();
    watched_[place].waits = nullptr;
    return std::exchange(fiber.came, false);
}

bool Fibers::sleep_until(std::int64_t instant_us) {
    if (monotonic_us() < instant_us && !stop_) {
        current_->until_us = instant_us;
        current_->stops = true;
        suspend();
    }
    return !stop_;
}

bool Fibers::wait_for_call() {
    if (!stop_) {
        current_->waits_for_call = true;
        current_->stops = true;
        suspend();
    }
    return !stop_;
}

void Fibers::call() {
    for (const std::unique_ptr<Fiber>& fiber : fibers_) {
        fiber->ready = fiber->ready || fiber->waits_for_call;
    }
}

std::int64_t Fibers::take_lateness_us() {
    return std::exchange(current_->lateness_us, 0);
}

// What is there as soon as the thread has time came while it was busy, nobody knows when; what the
// thread waits for comes when the wait ends.
void Fibers::look() {
    const std::int64_t more_after_us = spare_work_(monotonic_us() - quiet_us_);
    const std::int64_t began_us = monotonic_us();
    const std::int64_t busy_us = began_us - looked_us_;
    std::int64_t until_us = more_after_us == no_more ? never : began_us + more_after_us;
    for (const std::unique_ptr<Fiber>& fiber : fibers_) {
        until_us = std::min(until_us, fiber->ready ? began_us : fiber->until_us);
        until_us = fiber->stops ? std::min(until_us, began_us + look_for_stop_us) : until_us;
    }
    const bool late = busy_us >= counts_from_us;
    if (!late || !take_events(0, busy_us)) {
        take_events(until_us == never ? never : std::max<std::int64_t>(until_us - began_us, 0), 0);
    }
    mark_due();
}

// The kernel's own wait knows milliseconds alone, so that a shorter one is for its descriptor.
bool Fibers::take_events(std::int64_t timeout_us, std::int64_t late_us) {
    constexpr int events_max = 64;
    epoll_event events[events_max];
    if (timeout_us != 0 && timeout_us != never) {
        pollfd any{.fd = epoll_, .events = POLLIN, .revents = 0};
        const timespec timeout{.tv_sec = timeout_us / second_us,
                               .tv_nsec = timeout_us % second_us * 1000};
        ppoll(&any, 1, &timeout, nullptr);
    }
    // Where a signal ends the wait early, nothing is there.
    const int count = epoll_wait(epoll_, events, events_max, timeout_us == never ? -1 : 0);
    looked_us_ = monotonic_us();
    for (int place = 0; place < count; ++place) {
        const int socket = events[place].data.fd;
        Fiber* const fiber = watched_[static_cast<std::size_t>(socket)].waits;
        if (fiber == nullptr) {
            forget(socket);  // it is told again to whoever waits next
            continue;
        }
        fiber->came = true;
        fiber->ready = true;
        fiber->lateness_us += late_us;
    }
    return count > 0;
}

void Fibers::mark_due() {
    for (const std::unique_ptr<Fiber>& fiber : fibers_) {
        fiber->ready = fiber->ready || fiber->until_us <= looked_us_ || (fiber->stops && stop_);
    }
}

}  // namespace tidemark::simulate
