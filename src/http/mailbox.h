#pragma once
// Mailbox: what several threads put in, and one takes out, as much as there is at a time.

#include <mutex>
#include <utility>
#include <vector>

namespace tidemark::http {

// As large as what is put in and not taken: those who put bound it.
template <typename Item>
class Mailbox {
 public:
    // True when it was empty: whoever takes is to be told.
    [[nodiscard]] bool put(Item item) {
        const std::scoped_lock lock(mutex_);
        items_.push_back(std::move(item));
        return items_.size() == 1;
    }

    // In the order in which they were put in.
    std::vector<Item> take_all() {
        const std::scoped_lock lock(mutex_);
        return std::exchange(items_, {});
    }

 private:
    std::mutex mutex_;
    std::vector<Item> items_;
};

}  // namespace tidemark::http
