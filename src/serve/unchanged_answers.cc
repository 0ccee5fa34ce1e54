#include "serve/unchanged_answers.h"

#include <utility>

#include <fmt/format.h>

namespace tidemark {

namespace {

// Requests that are told apart; beyond them all are forgotten.
constexpr std::size_t told_max = 4096;

std::chrono::sys_seconds second_of(Timestamp instant) {
    return std::chrono::floor<std::chrono::seconds>(instant);
}

}  // namespace

void UnchangedAnswers::use(std::shared_ptr<CommitWatch> watch) {
    watch_ = std::move(watch);
    ++watches_;
    look_soon();
}

const UnchangedAnswers::Told* UnchangedAnswers::find_told(std::string_view request) const {
    const auto found = told_.find(request);
    const bool holds = found != told_.end() && found->second.commits == commits_ &&
                       found->second.second == second_of(clock_.now());
    return holds ? &found->second : nullptr;
}

bool UnchangedAnswers::was_told(std::string_view request) const {
    const std::scoped_lock lock(mutex_);
    return find_told(request) != nullptr;
}

std::optional<http::Response> UnchangedAnswers::tell_again(std::string_view request) const {
    const std::scoped_lock lock(mutex_);
    const Told* const told = find_told(request);
    return told == nullptr ? std::nullopt : std::optional(told->response);
}

void UnchangedAnswers::remember(std::string request, Told told) {
    const std::scoped_lock lock(mutex_);
    if (told_.size() >= told_max) {
        told_.clear();
    }
    told_.insert_or_assign(std::move(request), std::move(told));
}

void UnchangedAnswers::answer(std::string request, Answered answered, Otherwise otherwise) {
    Waiting asked{std::move(request), std::move(answered), std::move(otherwise)};
    if (watch_ == nullptr || !was_told(asked.request)) {
        answer_otherwise(std::move(asked));
        return;
    }
    waiting_.push_back(std::move(asked));
    look_soon();
}

// The answer is made from what is committed later than what was last seen: as long as that is seen,
// the answer is the same.
void UnchangedAnswers::answer_otherwise(Waiting waiting) {
    if (!commits_.has_value() || commits_->empty()) {
        waiting.otherwise(std::move(waiting.answered));
        return;
    }
    Told told{.commits = *commits_, .second = second_of(clock_.now()), .response = {}};
    waiting.otherwise([this,
                       request = std::move(waiting.request),
                       told = std::move(told),
                       answered = std::move(waiting.answered)](http::Response response) mutable {
        if (response.status == 304) {
            told.response = response;
            remember(std::move(request), std::move(told));
        }
        answered(std::move(response));
    });
}

// As long as more and more come, one look is for all of them: a sixth fewer looks under full load.
void UnchangedAnswers::look_soon() {
    if (will_look_ || looking_) {
        return;
    }
    will_look_ = true;
    call_soon_([this, seen = waiting_.size()] {
        will_look_ = false;
        if (waiting_.size() > seen) {
            look_soon();
        } else {
            look();
        }
    });
}

void UnchangedAnswers::look() {
    if (watch_ == nullptr || looking_) {
        return;
    }
    looked_for_ = std::exchange(waiting_, {});
    looking_ = true;
    if (!watch_->ask().has_value()) {
        give_up();
    }
}

bool UnchangedAnswers::take(const CommitWatch& watch) {
    if (watch_.get() != &watch) {
        return false;
    }
    Result<std::optional<std::string>> taken = watch_->take();
    if (!taken.has_value()) {
        give_up();
        return false;
    }
    if (taken->has_value()) {
        note(**std::move(taken));
    }
    return watch_ != nullptr;
}

void UnchangedAnswers::note(std::string commits) {
    looking_ = false;
    // A server that was put back to an earlier state gives the same names again.
    commits = commits.empty() ? commits : fmt::format("{} of watch {}", commits, watches_);
    if (commits != commits_) {
        const std::scoped_lock lock(mutex_);
        told_.clear();
    }
    commits_ = std::move(commits);
    for (Waiting& waiting : std::exchange(looked_for_, {})) {
        if (auto told = tell_again(waiting.request); told.has_value()) {
            waiting.answered(*std::move(told));
        } else {
            answer_otherwise(std::move(waiting));
        }
    }
    if (!waiting_.empty()) {
        look_soon();
    }
}

void UnchangedAnswers::give_up() {
    watch_.reset();
    looking_ = false;
    commits_.reset();
    for (std::vector<Waiting>* const all : {&looked_for_, &waiting_}) {
        for (Waiting& waiting : std::exchange(*all, {})) {
            answer_otherwise(std::move(waiting));
        }
    }
}

}  // namespace tidemark
