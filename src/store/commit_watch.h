#pragma once
// CommitWatch: has anything been committed since, asked without waiting for the answer.

#include <optional>
#include <string>

#include "base/result.h"

namespace tidemark {

// A connection of its own, which outlives the store that opened it. One thread at a time; no call
// waits. All fail with unavailable once the connection is lost: the watch is of no more use then.
class CommitWatch {
 public:
    CommitWatch() = default;
    CommitWatch(const CommitWatch&) = delete;
    CommitWatch& operator=(const CommitWatch&) = delete;
    virtual ~CommitWatch() = default;

    // A socket, readable when something of an answer came or the connection ended.
    [[nodiscard]] virtual int descriptor() const = 0;

    // Once the answer before was taken.
    virtual Result<void> ask() = 0;

    // Names all that was committed at an instant after it was asked: where two names are equal,
    // nothing was committed between their instants. Empty: the store cannot tell. Nothing: no
    // answer has come, or none is to come.
    virtual Result<std::optional<std::string>> take() = 0;
};

}  // namespace tidemark
