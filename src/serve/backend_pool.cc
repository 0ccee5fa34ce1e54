#include "serve/backend_pool.h"

#include <optional>
#include <utility>

namespace tidemark {

BackendPool::BackendPool(BackendOpener open, Size size)
    : open_(std::move(open)), tasks_(size.waiting_max) {
    for (std::size_t count = 0; count < size.threads; ++count) {
        threads_.emplace_back([this] { work(); });
    }
}

BackendPool::~BackendPool() {
    tasks_.close();
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

bool BackendPool::submit(Task task) {
    return tasks_.try_push(std::move(task));
}

void BackendPool::work() {
    std::unique_ptr<Backend> backend;
    while (std::optional<Task> task = tasks_.pop()) {
        busy_.fetch_add(1);
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
        busy_.fetch_sub(1);
    }
}

}  // namespace tidemark
