#pragma once
// WriterConnection: one connection of a writer instance, and how it does one operation after the
// other: begin at the planned time, write down what it means to do, do it, write down what became
// of it.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "simulate/plan/plan.h"
#include "simulate/plan/schedule.h"
#include "simulate/run/fibers.h"
#include "simulate/run/monotonic.h"
#include "simulate/run/operation_queue.h"
#include "simulate/run/operation_record.h"
#include "simulate/run/row_values.h"
#include "simulate/run/rows_ahead.h"
#include "simulate/run/session.h"
#include "simulate/run/writer_process.h"

namespace tidemark::simulate {

// What an earlier process of this instance left of an operation.
struct LeftOperation {
    std::uint32_t attempts = 0;
    std::optional<OperationRecord> open;  // an intent, or an ambiguous COMMIT
    bool done = false;
};

// What all connections of the instance share. One thread.
struct WriterInstance {
    const WriterOrders& orders;
    const Plan& plan;
    const Writer& writer;
    const Schedule& schedule;
    const std::map<std::uint32_t, LeftOperation>& left;  // by the operation
    const std::atomic<bool>& stop;
    OperationQueue& queue;
    RowValues& values;
    RowsAhead& rows_ahead;
    LedgerFile& ledger;
    Fibers& fibers;
    std::int64_t start_us = 0;  // monotonic_us()
    std::int64_t rows_us = 0;   // what making the rows of an operation took last

    [[nodiscard]] std::int64_t now_us() const { return monotonic_us() - start_us; }
};

// Makes the rows of operations that come soon and has the ledger's next page ready: before the
// start, and while the server works. Made at their time they would delay an operation. Rows that
// take long to make are begun only once nothing has come for as long: many an answer comes at once,
// and would wait. Spare work of Fibers.
std::int64_t get_ahead(WriterInstance& instance, std::int64_t quiet_us);

// Whether another attempt is made after a failure of this SQLSTATE.
bool retries(const RetryPolicy& policy, const std::string& state);

// An activity of the instance's fibers, and one thread with the others.
class WriterConnection {
 public:
    WriterConnection(WriterInstance& instance, int number);

    // Connects and prepares; what the server refuses to prepare is for a person.
    SqlResult<void> connect();
    // Does operations of the queue until none is left or the instance is to stop.
    Result<void> work();

 private:
    enum class Progress { done, again, given_up };

    std::optional<OperationQueue::Taken> take();
    Result<void> perform(std::uint32_t operation);
    std::function<void()> when_replied(OperationRecord& record);
    Result<Progress> attempt(OperationRecord& record, const std::vector<Step>& steps);
    Result<Progress> attempt_alone(OperationRecord& record, const Step& step);
    Result<Progress> commit(OperationRecord& record);
    Result<Progress> after_failure(OperationRecord& record, const SqlFailure& failure);
    Result<Progress> resolve(OperationRecord& record);
    Result<void> append(OperationRecord& record, RecordKind kind);
    Result<void> append_intent(OperationRecord& record, std::int64_t began_us);
    void back_off(std::uint32_t attempt);

    WriterInstance& instance_;
    RandomStream random_;
    std::unique_ptr<Session> session_;
    std::uint64_t incarnation_ = 0;     // of the session's server
    std::int64_t free_us_ = INT64_MIN;  // since when this connection has had nothing to do
};

}  // namespace tidemark::simulate
