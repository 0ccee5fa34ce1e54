#pragma once
// EventStream: an answer without an end. Texts are put in from any thread, and the server sends
// each as soon as the connection takes it.

#include <functional>
#include <mutex>
#include <string>

namespace tidemark::http {

// Safe from several threads.
class EventStream {
 public:
    using Wake = std::function<void()>;

    // Takes the place of a text that was not sent yet: who reads slowly gets the newest alone, and
    // nothing piles up.
    void put(std::string text);

    // Nothing more will come: what was put is sent, and then the answer ends.
    void end();

    struct Taken {
        std::string text;  // empty: nothing was put since
        bool ended = false;
    };

    // What was put since the last time.
    Taken take();

    // `wake` is called after each put() and end(), on their thread, until another takes its place;
    // once this returns, the one before is not called any more.
    void on_put(Wake wake);

 private:
    std::mutex mutex_;
    std::string text_;
    bool ended_ = false;
    Wake wake_;
};

}  // namespace tidemark::http
