#pragma once
// A queue between threads that never holds more than its capacity.

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "base/check.h"

namespace tidemark {

// Safe from any number of threads. push() waits for room, pop() for an item; close() ends both.
template <typename T>
class BoundedQueue {
 public:
    explicit BoundedQueue(std::size_t capacity) : capacity_(capacity) {
        TIDEMARK_CHECK(capacity > 0);
    }

    // False when the queue was closed: the item was not taken.
    bool push(T item) {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [this] { return closed_ || items_.size() < capacity_; });
        if (closed_) {
            return false;
        }
        items_.push_back(std::move(item));
        filled_.notify_one();
        return true;
    }

    // Empty when the queue is closed and everything in it was taken.
    std::optional<T> pop() {
        std::unique_lock lock(mutex_);
        filled_.wait(lock, [this] { return closed_ || !items_.empty(); });
        if (items_.empty()) {
            return std::nullopt;
        }
        std::optional<T> item(std::move(items_.front()));
        items_.pop_front();
        room_.notify_one();
        return item;
    }

    void close() {
        const std::lock_guard lock(mutex_);
        closed_ = true;
        room_.notify_all();
        filled_.notify_all();
    }

 private:
    const std::size_t capacity_;
    std::mutex mutex_;
    std::condition_variable room_;
    std::condition_variable filled_;
    std::deque<T> items_;
    bool closed_ = false;
};

}  // namespace tidemark
