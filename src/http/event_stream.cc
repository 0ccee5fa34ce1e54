#include "http/event_stream.h"

#include <utility>

namespace tidemark::http {

void EventStream::put(std::string text) {
    const std::lock_guard lock(mutex_);
    text_ = std::move(text);
    if (wake_) {
        wake_();
    }
}

void EventStream::end() {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    if (wake_) {
        wake_();
    }
}

EventStream::Taken EventStream::take() {
    const std::lock_guard lock(mutex_);
    return {.text = std::exchange(text_, {}), .ended = ended_};
}

void EventStream::on_put(Wake wake) {
    const std::lock_guard lock(mutex_);
    wake_ = std::move(wake);
}

}  // namespace tidemark::http
