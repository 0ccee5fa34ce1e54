#pragma once
// CallGroups: calls that ask nearly the same at the same time are answered together. The store is
// then asked once for many of them, and the more come, the more each read answers.

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "serve/backend.h"

namespace tidemark {

// A call is answered by a read that begins after it came: with others that wait too, at once where
// its name is not being read for already, else as soon as that is done. Safe from several threads;
// outlives the tasks that it submits.
template <typename Call>
class CallGroups {
 public:
    // Answers every one of them, on the thread of a task.
    using Answer = std::function<void(const Result<Backend*>&, std::vector<Call>)>;
    using Task = std::function<void(Result<Backend*>)>;
    // False: the task was not taken.
    using Submit = std::function<bool(Task)>;

    struct Limits {
        std::size_t waiting_max = 64;  // of all names together
        // Answered by one read: of those that wait the half, or so many where there are fewer. What
        // the other half costs more is less than what is won by answering these earlier.
        std::size_t group_least = 4;
        std::size_t group_max = 32;
        // Of one name at the same time: while the one's answers are written, the other is read.
        std::size_t reads_max = 2;
    };

    CallGroups(Submit submit, Answer answer, Limits limits)
        : submit_(std::move(submit)), answer_(std::move(answer)), limits_(limits) {}
    CallGroups(const CallGroups&) = delete;
    CallGroups& operator=(const CallGroups&) = delete;
    ~CallGroups() = default;

    // Calls of one name are answered together. False: as many wait as may, or nobody would answer
    // it; the call was not taken.
    [[nodiscard]] bool add(const std::string& name, Call call) {
        const std::scoped_lock lock(mutex_);
        if (waiting_ >= limits_.waiting_max) {
            return false;
        }
        Group& group = groups_[name];
        if (group.reads < limits_.reads_max) {
            if (submit_task(name)) {
                ++group.reads;
            } else if (group.reads == 0) {
                groups_.erase(name);
                return false;
            }
        }
        group.waiting.push_back(std::move(call));
        ++waiting_;
        return true;
    }

    [[nodiscard]] std::size_t waiting() const {
        const std::scoped_lock lock(mutex_);
        return waiting_;
    }

 private:
    struct Group {
        std::vector<Call> waiting;
        std::size_t reads = 0;  // tasks of it that are submitted or at work
    };

    bool submit_task(const std::string& name) {
        return submit_(
            [this, name](const Result<Backend*>& backend) { answer_waiting(name, backend); });
    }

    void answer_waiting(const std::string& name, const Result<Backend*>& backend) {
        do {
            std::vector<Call> calls = take(name);
            if (!calls.empty()) {
                answer_(backend, std::move(calls));
            }
        } while (must_go_on(name));
    }

    std::vector<Call> take(const std::string& name) {
        const std::scoped_lock lock(mutex_);
        std::vector<Call>& waiting = groups_[name].waiting;
        const std::size_t wanted =
            std::clamp((waiting.size() + 1) / 2, limits_.group_least, limits_.group_max);
        const auto count = static_cast<std::ptrdiff_t>(std::min(waiting.size(), wanted));
        std::vector<Call> taken(std::make_move_iterator(waiting.begin()),
                                std::make_move_iterator(waiting.begin() + count));
        waiting.erase(waiting.begin(), waiting.begin() + count);
        waiting_ -= taken.size();
        return taken;
    }

    // Where more wait, another task goes on, behind the tasks of others; where there is no room for
    // it, this one must.
    bool must_go_on(const std::string& name) {
        const std::scoped_lock lock(mutex_);
        Group& group = groups_[name];
        if (!group.waiting.empty()) {
            return !submit_task(name);
        }
        if (--group.reads == 0) {
            groups_.erase(name);
        }
        return false;
    }

    const Submit submit_;
    const Answer answer_;
    const Limits limits_;
    mutable std::mutex mutex_;
    std::map<std::string, Group> groups_;
    std::size_t waiting_ = 0;
};

}  // namespace tidemark
