#include "serve/backend_pool.h"

#include <optional>
#include <utility>

namespace tidemark {

BackendPool::BackendPool(BackendOpener open, Size size)
    : open_(std::move(open)), waiting_max_(size.waiting_max) {
    for (std::size_t count = 0; count < size.threads; ++count) {
        Worker& worker = *workers_.emplace_back(std::make_unique<Worker>());
        worker.thread = std::thread([this, &worker] { work(worker); });
    }
}

BackendPool::~BackendPool() {
    {
        const std::scoped_lock lock(mutex_);
        ended_ = true;
    }
    for (const std::unique_ptr<Worker>& worker : workers_) {
        worker->called.notify_one();
    }
    for (const std::unique_ptr<Worker>& worker : workers_) {
        worker->thread.join();
    }
}

bool BackendPool::submit(Task task) {
    Worker* called = nullptr;
    {
        const std::scoped_lock lock(mutex_);
        if (tasks_.size() >= waiting_max_) {
            return false;
        }
        tasks_.push_back(std::move(task));
        if (!idle_.empty()) {
            called = idle_.back();
            idle_.pop_back();
            called->is_idle = false;
        }
    }
    // Without the lock, for which it would only wait again.
    if (called != nullptr) {
        called->called.notify_one();
    }
    return true;
}

std::size_t BackendPool::busy() const {
    const std::scoped_lock lock(mutex_);
    return workers_.size() - idle_.size();
}

std::size_t BackendPool::waiting() const {
    const std::scoped_lock lock(mutex_);
    return tasks_.size();
}

std::optional<BackendPool::Task> BackendPool::next_task(Worker& self) {
    std::unique_lock lock(mutex_);
    while (tasks_.empty()) {
        if (ended_) {
            return std::nullopt;
        }
        if (!self.is_idle) {
            self.is_idle = true;
            idle_.push_back(&self);
        }
        self.called.wait(lock, [&] { return ended_ || !self.is_idle; });
    }
    std::optional<Task> task(std::move(tasks_.front()));
    tasks_.pop_front();
    return task;
}

void BackendPool::work(Worker& self) {
    std::unique_ptr<Backend> backend;
    while (std::optional<Task> task = next_task(self)) {
        if (backend == nullptr) {
            Result<std::unique_ptr<Backend>> opened = open_();
            if (opened.has_value()) {
                backend = std::move(opened).value();
                (*task)(backend.get());
            } else {
                (*task)(std::move(opened).error());
            }
        } else {
            (*task)(backend.get());
        }
    }
}

}  // namespace tidemark
