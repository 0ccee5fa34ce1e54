#pragma once
// UnchangedAnswers: who asks again whether an answer has changed is told that it has not, without a
// store's connection of the pool, as long as nothing at all was committed since he was told so.
//
// Each request is answered by a look at what is committed that begins after it came; those that
// came during one look share the next.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "http/server.h"
#include "store/commit_watch.h"

namespace tidemark {

// On the server's thread, but for what answers otherwise.
class UnchangedAnswers {
 public:
    using Answered = http::Exchange::Answered;
    // Answers the request as if there were none of this; on any thread, and before this goes.
    using Otherwise = std::function<void(Answered)>;
    // Calls it soon, once those who came together were asked.
    using CallSoon = std::function<void(std::function<void()>)>;

    // What depends on the time, and how far the data is complete, may change without a commit: what
    // was told holds for the second of the clock in which it was asked for.
    UnchangedAnswers(const Clock& clock, CallSoon call_soon)
        : clock_(clock), call_soon_(std::move(call_soon)) {}
    UnchangedAnswers(const UnchangedAnswers&) = delete;
    UnchangedAnswers& operator=(const UnchangedAnswers&) = delete;
    ~UnchangedAnswers() = default;

    // False: all is answered otherwise, until use() is called.
    [[nodiscard]] bool is_watching() const { return watch_ != nullptr; }
    void use(std::shared_ptr<CommitWatch> watch);

    // To be called when the watch is readable. False: it was lost, and never need be called again.
    [[nodiscard]] bool take(const CommitWatch& watch);

    // `request` is all of it that its answer depends on. Only a 304 is told again.
    void answer(std::string request, Answered answered, Otherwise otherwise);

 private:
    struct Waiting {
        std::string request;
        Answered answered;
        Otherwise otherwise;
    };
    struct Told {
        std::string commits;
        std::chrono::sys_seconds second;
        http::Response response;
    };

    // What was told, where it still holds.
    [[nodiscard]] const Told* find_told(std::string_view request) const;
    [[nodiscard]] bool was_told(std::string_view request) const;
    [[nodiscard]] std::optional<http::Response> tell_again(std::string_view request) const;
    void remember(std::string request, Told told);
    void answer_otherwise(Waiting waiting);
    void look_soon();
    void look();
    void note(std::string commits);
    void give_up();

    const Clock& clock_;
    const CallSoon call_soon_;
    std::shared_ptr<CommitWatch> watch_;
    std::uint64_t watches_ = 0;  // used so far
    bool will_look_ = false;
    bool looking_ = false;
    std::optional<std::string> commits_;  // as last seen; empty: the store cannot tell
    std::vector<Waiting> looked_for_;     // by the look that is under way
    std::vector<Waiting> waiting_;        // for the next one

    mutable std::mutex mutex_;
    std::map<std::string, Told, std::less<>> told_;  // guarded by mutex_
};

}  // namespace tidemark
