#pragma once
// BackendPool: a fixed number of threads, each with a store of its own, and a bounded number of
// tasks that wait for one. What does not fit is turned away at once: a queue that grows only makes
// everybody wait for answers that nobody waits for any more.

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "base/bounded_queue.h"
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

    [[nodiscard]] std::size_t size() const { return threads_.size(); }
    [[nodiscard]] std::size_t busy() const { return busy_.load(); }
    [[nodiscard]] std::size_t waiting() const { return tasks_.size(); }

 private:
    void work();

    BackendOpener open_;
    BoundedQueue<Task> tasks_;
    std::atomic<std::size_t> busy_{0};
    std::vector<std::thread> threads_;
};

}  // namespace tidemark
