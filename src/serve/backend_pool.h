#pragma once
// BackendPool: a fixed number of threads, each with a store of its own, and a bounded number of
// tasks that wait for one. What does not fit is turned away at once: a queue that grows only makes
// everybody wait for answers that nobody waits for any more.
//
// Of the threads that are idle, the one that worked last takes the next task: under little load few
// threads do all of it, whose connections and whose processes at the store have at hand what they
// need.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "serve/backend.h"

namespace tidemark {

// Safe from several threads.
class BackendPool {
 public:
    // Gets the thread's backend, or why there is none: it could not be opened; the next task tries
    // again.
    using Task = std::function<void(Result<Backend*>)>;

    struct Size {
        std::size_t threads = 4;
        std::size_t waiting_max = 64;
    };

    // Backends are opened when they are first needed.
    BackendPool(BackendOpener open, Size size);
    BackendPool(const BackendPool&) = delete;
    BackendPool& operator=(const BackendPool&) = delete;
    // Tasks that were taken are run before it goes.
    ~BackendPool();

    // False when all threads are busy and as many tasks wait as may: the task was not taken.
    [[nodiscard]] bool submit(Task task);

    [[nodiscard]] std::size_t size() const { return workers_.size(); }
    [[nodiscard]] std::size_t busy() const;  // threads that are not idle
    [[nodiscard]] std::size_t waiting() const;

 private:
    struct Worker {
        std::condition_variable called;
        bool is_idle = false;
        std::thread thread;
    };

    void work(Worker& self);
    // Nothing once the pool ends and every task was taken.
    std::optional<Task> next_task(Worker& self);

    const BackendOpener open_;
    const std::size_t waiting_max_;
    mutable std::mutex mutex_;
    std::deque<Task> tasks_;
    std::vector<Worker*> idle_;  // the one that worked last at the end
    bool ended_ = false;
    std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace tidemark
