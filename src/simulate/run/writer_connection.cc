#include "simulate/run/writer_connection.h"

#include <algorithm>
#include <cstring>

#include <fmt/format.h>

namespace tidemark::simulate {

namespace {

// What pg_xact_status says of an id that the server has not given: it was lost in a crash. A query
// that took an id itself to compare with might be given another writer's lost one, and commit it.
constexpr const char* state_in_the_future = "22023";

void set_state(OperationRecord& record, const std::string& state) {
    std::memset(record.state, 0, sizeof(record.state));
    std::memcpy(record.state, state.data(), std::min(state.size(), sizeof(record.state) - 1));
}

// A lost connection has no SQLSTATE; the class of connection failures stands for it.
std::string state_of(const SqlFailure& failure) {
    return failure.state.empty() ? "08006" : failure.state;
}

}  // namespace

std::int64_t get_ahead(WriterInstance& instance, std::int64_t quiet_us) {
    constexpr std::int64_t at_a_time_us = 20;
    if (instance.ledger.wants_room()) {
        instance.ledger.make_room();
    }
    const auto connections = static_cast<std::size_t>(instance.writer.connections);
    const std::int64_t began_us = monotonic_us();
    std::int64_t now_us = began_us;
    while (now_us - began_us < at_a_time_us) {
        if (instance.rows_us >= at_a_time_us && quiet_us < instance.rows_us) {
            return instance.rows_us - quiet_us;
        }
        const std::optional<std::uint32_t> operation = instance.queue.look_ahead(connections);
        if (!operation.has_value()) {
            return Fibers::no_more;
        }
        instance.rows_ahead.put(*operation, instance.values.steps_of(*operation));
        instance.rows_us = monotonic_us() - now_us;
        now_us += instance.rows_us;
    }
    return 0;
}

bool retries(const RetryPolicy& policy, const std::string& state) {
    return std::ranges::any_of(policy.states, [&state](const std::string& known) {
        return known == state || (known.size() == 2 && state.starts_with(known));
    });
}

WriterConnection::WriterConnection(WriterInstance& instance, int number)
    : instance_(instance),
      random_(
          instance.plan.seed,
          fmt::format("backoff {} {} {}", instance.writer.name, instance.orders.instance, number)) {
}

SqlResult<void> WriterConnection::connect() {
    session_.reset();
    SqlResult<std::unique_ptr<Session>> opened =
        Session::open(instance_.orders.url,
                      application_name(instance_.writer.name, instance_.orders.instance),
                      instance_.fibers);
    if (!opened.has_value()) {
        return opened.error();
    }
    if (const SqlResult<void> prepared = (*opened)->prepare(instance_.writer);
        !prepared.has_value()) {
        return prepared;
    }
    const SqlResult<std::uint64_t> incarnation = (*opened)->incarnation();
    if (!incarnation.has_value()) {
        return incarnation.error();
    }
    incarnation_ = *incarnation;
    session_ = std::move(*opened);
    return {};
}

// What an attempt came to. Writing the last record of an operation is no part of its response.
Result<void> WriterConnection::append(OperationRecord& record, RecordKind kind) {
    record.kind = kind;
    record.committed_us = instance_.now_us();
    record.own_us += instance_.fibers.take_lateness_us();
    const Result<void> appended = instance_.ledger.append(record);
    if (!is_final(kind)) {
        record.own_us += instance_.now_us() - record.committed_us;
    }
    return appended;
}

Result<void> WriterConnection::append_intent(OperationRecord& record, std::int64_t began_us) {
    record.kind = RecordKind::intent;
    const Result<void> appended = instance_.ledger.append(record);
    record.own_us += instance_.now_us() - began_us;
    return appended;
}

// Doubling, with full jitter, so that writers that failed together do not come back together.
void WriterConnection::back_off(std::uint32_t attempt) {
    const RetryPolicy& policy = instance_.writer.retry;
    const std::int64_t most = std::min<std::int64_t>(
        policy.backoff_max.count(), policy.backoff.count() << std::min(attempt - 1, 20U));
    const auto pause_us =
        most <= 0 ? 0 : static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(most)));
    instance_.fibers.sleep_until(monotonic_us() + pause_us);
}

// Asks the server what became of a transaction whose COMMIT was not answered; of one that is still
// under way, until it has ended. An id above the server's next one was lost in a crash.
Result<WriterConnection::Progress> WriterConnection::resolve(OperationRecord& record) {
    constexpr int asked_max = 100;
    if (record.transaction_id == 0) {
        return Progress::given_up;  // autocommit: there is no id to ask by
    }
    for (int asked = 0; asked < asked_max && !instance_.stop; ++asked) {
        if (session_ == nullptr || !session_->alive()) {
            if (!connect().has_value()) {
                back_off(3);
                continue;
            }
        }
        const SqlResult<TextRows> status = session_->query("select pg_xact_status($1::text::xid8)",
                                                           {std::to_string(record.transaction_id)});
        if (!status.has_value() && status.error().state == state_in_the_future) {
            return Progress::again;
        }
        if (!status.has_value()) {
            back_off(3);
            continue;
        }
        const std::optional<std::string>& word = status->at(0).at(0);
        if (word == "committed" && record.incarnation != incarnation_) {
            // Another transaction may have been given the id since the server crashed. Which one
            // was committed is told by all ledgers together, in the end.
            return Progress::given_up;
        }
        if (word == "committed") {
            TIDEMARK_RETURN_IF_ERROR(append(record, RecordKind::committed));
            return Progress::done;
        }
        if (word == "aborted") {
            return Progress::again;
        }
        back_off(3);  // in progress: the server has not noticed yet
    }
    return Progress::given_up;
}

Result<WriterConnection::Progress> WriterConnection::after_failure(OperationRecord& record,
                                                                   const SqlFailure& failure) {
    const std::string state = state_of(failure);
    set_state(record, state);
    const bool again = retries(instance_.writer.retry, state) &&
                       record.attempt < instance_.writer.retry.attempts_max && !instance_.stop;
    TIDEMARK_RETURN_IF_ERROR(
        append(record, again ? RecordKind::attempt_failed : RecordKind::failed));
    if (!again) {
        return Progress::given_up;
    }
    back_off(record.attempt);
    return Progress::again;
}

Result<WriterConnection::Progress> WriterConnection::commit(OperationRecord& record) {
    if (record.transaction_id != 0) {
        TIDEMARK_RETURN_IF_ERROR(append_intent(record, instance_.now_us()));
    }
    const SqlResult<void> committed = session_->commit();
    if (committed.has_value()) {
        TIDEMARK_RETURN_IF_ERROR(append(record, RecordKind::committed));
        return Progress::done;
    }
    if (session_->alive() || record.transaction_id == 0) {
        return after_failure(record, committed.error());  // the server said no
    }
    set_state(record, state_of(committed.error()));
    TIDEMARK_RETURN_IF_ERROR(append(record, RecordKind::ambiguous));
    if (instance_.writer.retry.ambiguous == AmbiguousCommit::retry) {
        return Progress::again;
    }
    return resolve(record);
}

std::function<void()> WriterConnection::when_replied(OperationRecord& record) {
    return [this, &record] { record.first_reply_us = instance_.now_us(); };
}

Result<WriterConnection::Progress> WriterConnection::attempt(OperationRecord& record,
                                                             const std::vector<Step>& steps) {
    record.transaction_id = 0;
    record.connected_us = 0;
    record.first_reply_us = 0;
    if (session_ == nullptr || !session_->alive()) {
        if (const SqlResult<void> connected = connect(); !connected.has_value()) {
            return after_failure(record, connected.error());
        }
    }
    record.connected_us = instance_.now_us();
    record.incarnation = incarnation_;
    const bool one_query = instance_.writer.kind == WriterKind::reads && steps.size() == 1 &&
                           instance_.writer.isolation == Isolation::read_committed;
    if (one_query || instance_.writer.autocommit) {
        return attempt_alone(record, steps.front());
    }
    const SqlResult<std::uint64_t> id =
        session_->execute(instance_.writer, steps, when_replied(record));
    if (!id.has_value()) {
        return after_failure(record, id.error());
    }
    record.transaction_id = *id;
    return commit(record);
}

// A transaction of one statement, which is committed with its answer.
Result<WriterConnection::Progress> WriterConnection::attempt_alone(OperationRecord& record,
                                                                   const Step& step) {
    if (instance_.writer.autocommit) {
        TIDEMARK_RETURN_IF_ERROR(append_intent(record, record.connected_us));
    }
    const SqlResult<void> done = session_->execute_alone(step, when_replied(record));
    if (done.has_value()) {
        TIDEMARK_RETURN_IF_ERROR(append(record, RecordKind::committed));
        return Progress::done;
    }
    if (session_->alive() || !instance_.writer.autocommit) {
        return after_failure(record, done.error());
    }
    set_state(record, state_of(done.error()));
    TIDEMARK_RETURN_IF_ERROR(append(record, RecordKind::ambiguous));
    const bool again = instance_.writer.retry.ambiguous == AmbiguousCommit::retry;
    return again ? Progress::again : Progress::given_up;
}

Result<void> WriterConnection::perform(std::uint32_t operation) {
    OperationRecord record{.operation = operation,
                           .rows = instance_.schedule.operations[operation].rows,
                           .planned_us = instance_.queue.planned_us(operation)};
    if (const auto left = instance_.left.find(operation); left != instance_.left.end()) {
        record.attempt = left->second.attempts + 1;
        if (left->second.open.has_value()) {
            OperationRecord open = *left->second.open;
            open.dequeued_us = std::max(open.dequeued_us, instance_.now_us());
            const bool ask = instance_.writer.retry.ambiguous == AmbiguousCommit::resolve;
            TIDEMARK_ASSIGN_OR_RETURN(const Progress found,
                                      ask ? resolve(open) : Result<Progress>(Progress::again));
            if (found != Progress::again) {
                return {};
            }
        }
    }
    std::optional<std::vector<Step>> steps = instance_.rows_ahead.take(operation);
    if (!steps.has_value()) {
        steps = instance_.values.steps_of(operation);
    }
    if (record.planned_us > free_us_ &&
        !instance_.fibers.sleep_until(instance_.start_us + record.planned_us)) {
        return {};
    }
    record.dequeued_us = instance_.now_us();
    instance_.fibers.take_lateness_us();  // of nothing that concerns this operation
    record.own_us =
        std::max<std::int64_t>(record.dequeued_us - std::max(record.planned_us, free_us_), 0);
    while (!instance_.stop) {
        TIDEMARK_ASSIGN_OR_RETURN(const Progress outcome, attempt(record, *steps));
        if (outcome != Progress::again) {
            break;
        }
        ++record.attempt;
    }
    return {};
}

std::optional<OperationQueue::Taken> WriterConnection::take() {
    const std::optional<std::size_t> place = instance_.queue.line_up();
    if (!place.has_value()) {
        return std::nullopt;
    }
    while (!instance_.queue.may_begin(*place)) {
        if (!instance_.fibers.wait_for_call()) {
            return std::nullopt;
        }
    }
    const OperationQueue::Taken taken = instance_.queue.begin(*place);
    instance_.fibers.call();  // the next in line may begin too
    return taken;
}

Result<void> WriterConnection::work() {
    while (const auto taken = take()) {
        Result<void> done;
        if (taken->skipped) {
            OperationRecord record{.operation = taken->operation,
                                   .rows = instance_.schedule.operations[taken->operation].rows,
                                   .planned_us = instance_.queue.planned_us(taken->operation)};
            done = append(record, RecordKind::skipped);
        } else {
            done = perform(taken->operation);
        }
        free_us_ = instance_.now_us();
        instance_.queue.give_back(free_us_);
        instance_.fibers.call();
        if (!done.has_value() || instance_.stop) {
            return done;
        }
    }
    return {};
}

}  // namespace tidemark::simulate
