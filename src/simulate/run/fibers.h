#pragma once
// Fibers: several activities on one thread, each written as if it were alone. Where one waits, the
// others go on.
//
// A thread for each connection would be woken once for each answer; one thread takes all answers
// that have come at one wake. What the thread is busy with meanwhile delays the others, and an
// activity is told by how much.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "simulate/run/socket_wait.h"

namespace tidemark::simulate {

// One thread. Its waits may be called by activities alone.
class Fibers final : public SocketWait {
 public:
    // `stop` outlives this; a signal handler may set it.
    explicit Fibers(const std::atomic<bool>& stop);
    ~Fibers() override;

    // Before run(); an exception that leaves `activity` ends the program.
    void start(std::function<void()> activity);
    // What can be done while all wait. It is told for how long nothing has come, and says after how
    // much more of that it is to be called again; `no_more`: not before something came. What comes
    // while it works is taken late. Microseconds.
    using SpareWork = std::function<std::int64_t(std::int64_t quiet_us)>;
    static constexpr std::int64_t no_more = INT64_MAX;
    void set_spare_work(SpareWork work) { spare_work_ = std::move(work); }
    // Returns when all have ended.
    void run();

    bool for_socket(int socket, bool to_send, std::int64_t until_us) override;
    void forget(int socket) override;
    // Both return false, early, when `stop` is set.
    bool sleep_until(std::int64_t instant_us);
    bool wait_for_call();
    // Lets those go on that wait for a call.
    void call();

    // For how long, at most, what the calling activity waited for at sockets had come before the
    // thread got to it, since it asked last. Microseconds; what is nothing to a round trip counts
    // as 0.
    std::int64_t take_lateness_us();

 private:
    struct Fiber;
    void resume(Fiber& fiber);
    // Lets the others go on until the calling activity is ready.
    void suspend();
    // Waits until an activity is ready, at least one of which exists.
    void look();
    // Registers the socket for these events and no others; false where it cannot.
    bool watch(int socket, std::uint32_t events);
    // Makes those ready whose sockets have something. Returns whether any socket had.
    bool take_events(std::int64_t timeout_us, std::int64_t late_us);
    // Makes those ready whose instant has come, or that stop.
    void mark_due();

    struct Watched {
        std::uint32_t events = 0;  // registered for; 0: not registered
        Fiber* waits = nullptr;
    };

    const std::atomic<bool>& stop_;
    std::vector<std::unique_ptr<Fiber>> fibers_;
    const int epoll_;
    std::vector<Watched> watched_;  // by the socket's number
    SpareWork spare_work_ = [](std::int64_t) { return no_more; };
    Fiber* current_ = nullptr;
    std::int64_t looked_us_ = 0;  // when the last look ended
    std::int64_t quiet_us_ = 0;   // since when no activity went on
};

}  // namespace tidemark::simulate
