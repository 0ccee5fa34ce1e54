#pragma once
// The worker of thresholds: judges when more is complete, keeps what fired, and tells until heard.

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/store.h"
#include "store/threshold_store.h"
#include "sync/snapshot_reader.h"
#include "threshold/threshold.h"

namespace tidemark {

// Sends a message to a webhook and gives the status that answered; http::post().
using MessageSender = std::function<Result<int>(
    const Webhook& webhook, const http::Fields& fields, const std::string& body)>;

// How long to wait after so many attempts, the first one being 1: 5 s, then twice as long each
// time, an hour at most.
std::chrono::milliseconds pause_after(std::int64_t attempts);

// The sender that talks to the network, with this long for each message.
MessageSender network_sender(std::chrono::milliseconds timeout);

// Called by the worker's thread with what was done.
struct ThresholdSinks {
    std::function<void(const std::string& threshold, std::int64_t events)> fired;
    std::function<void(const std::string& threshold, bool heard)> told;
};

// One thread at a time; borrows the stores, of one database, and the clock. Several workers on one
// database are no harm: an event is kept once, and a lease says who tells. Who is killed between
// telling and logging that he told leaves an event that is told again, under the same id, when its
// lease ends.
class ThresholdWorker {
 public:
    ThresholdWorker(Store& usage,
                    ThresholdStore& events,
                    const Clock& clock,
                    std::vector<Threshold> thresholds,
                    MessageSender send,
                    ThresholdSinks sinks);

    // Judges each threshold up to where its dataset and all required ones are complete, unless it
    // was judged so far; without knowing that, not. How many events are new. Fails as the store
    // does.
    Result<std::int64_t> judge_all(const KnownProgress& known);

    // Tells what is due, of each threshold some at once, so that a webhook that does not answer
    // costs the others one message's time and no more. How many were heard. Fails as the store
    // does.
    Result<std::int64_t> deliver_due();

    // Both, until `stop` is set; an unavailable store is tried again, other errors end it.
    Result<void> watch(const std::function<KnownProgress()>& read_progress,
                       const std::atomic<bool>& stop);

 private:
    Result<std::int64_t> judge_one(const Threshold& threshold, std::chrono::sys_seconds through);
    Store& usage_;
    ThresholdStore& events_;
    const Clock& clock_;
    std::vector<Threshold> thresholds_;
    MessageSender send_;
    ThresholdSinks sinks_;
};

}  // namespace tidemark
