#include "simulate/run/writer_process.h"

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <map>
#include <optional>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <sys/prctl.h>

#include "simulate/plan/multiple.h"
#include "simulate/plan/plan_reader.h"
#include "simulate/run/monotonic.h"
#include "simulate/run/operation_queue.h"
#include "simulate/run/operation_record.h"
#include "simulate/run/rows_ahead.h"
#include "simulate/run/session.h"

namespace tidemark::simulate {

namespace {

// What pg_xact_status says of an id that the server has not given: it was lost in a crash. A query
// that took an id itself to compare with might be given another writer's lost one, and commit it.
constexpr const char* state_in_the_future = "22023";

// What an earlier process of this instance left of an operation.
struct Left {
    std::uint32_t attempts = 0;
    std::optional<OperationRecord> open;  // an intent, or an ambiguous COMMIT
    bool done = false;
};

bool is_final(RecordKind kind) {
    return kind == RecordKind::committed || kind == RecordKind::failed ||
           kind == RecordKind::skipped;
}

std::map<std::uint32_t, Left> left_by(const std::vector<OperationRecord>& records) {
    std::map<std::uint32_t, Left> all;
    for (const OperationRecord& record : records) {
        Left& left = all[record.operation];
        left.attempts = std::max(left.attempts, record.attempt);
        left.done = left.done || is_final(record.kind);
        if (record.kind == RecordKind::intent || record.kind == RecordKind::ambiguous) {
            left.open = record;
        } else {
            left.open.reset();
        }
    }
    return all;
}

void set_state(OperationRecord& record, const std::string& state) {
    std::memset(record.state, 0, sizeof(record.state));
    std::memcpy(record.state, state.data(), std::min(state.size(), sizeof(record.state) - 1));
}

// A lost connection has no SQLSTATE; the class of connection failures stands for it.
std::string state_of(const SqlFailure& failure) {
    return failure.state.empty() ? "08006" : failure.state;
}

bool retries(const RetryPolicy& policy, const std::string& state) {
    return std::ranges::any_of(policy.states, [&state](const std::string& known) {
        return known == state || (known.size() == 2 && state.starts_with(known));
    });
}

// What all connections of the instance share.
struct Instance {
    const WriterOrders& orders;
    const Plan& plan;
    const Writer& writer;
    const Schedule& schedule;
    const PoolMap& pools;
    OperationQueue& queue;
    RowsAhead& rows_ahead;
    LedgerFile& ledger;
    std::mutex& ledger_mutex;
    const std::map<std::uint32_t, Left>& left;
    std::int64_t start_us = 0;
    const std::atomic<bool>& stop;

    [[nodiscard]] std::int64_t now_us() const { return monotonic_us() - start_us; }
};

// One connection and what it does. One thread.
class WriterConnection {
 public:
    WriterConnection(Instance& instance, int number)
        : instance_(instance),
          values_(instance.plan,
                  instance.writer,
                  instance.orders.instance,
                  instance.schedule,
                  instance.pools),
          random_(instance.plan.seed,
                  fmt::format(
                      "backoff {} {} {}", instance.writer.name, instance.orders.instance, number)) {
    }

    // Connects and prepares; what the server refuses to prepare is for a person.
    SqlResult<void> connect();
    // Makes the rows of an operation that comes soon, where nobody does so already: before the
    // start, and while the server works on another one. Made at their time they would delay it.
    void make_ahead();
    Result<void> work();

 private:
    enum class Progress { done, again, given_up };

    Result<void> perform(std::uint32_t operation);
    // What the next operations need, while the server works on this one.
    void get_ahead(OperationRecord& record);
    Moments moments_of(OperationRecord& record);
    Result<Progress> attempt(OperationRecord& record, const std::vector<Step>& steps);
    Result<Progress> attempt_alone(OperationRecord& record, const Step& step);
    Result<Progress> commit(OperationRecord& record);
    Result<Progress> after_failure(OperationRecord& record, const SqlFailure& failure);
    Result<Progress> resolve(OperationRecord& record);
    Result<void> append(OperationRecord& record, RecordKind kind);
    Result<void> append_intent(OperationRecord& record, std::int64_t began_us);
    void back_off(std::uint32_t attempt);

    Instance& instance_;
    RowValues values_;
    RandomStream random_;
    std::unique_ptr<Session> session_;
    std::uint64_t incarnation_ = 0;     // of the session's server
    bool room_wanted_ = false;          // in the ledger, as the last intent saw it
    std::int64_t free_us_ = INT64_MIN;  // since when this connection has had nothing to do
};

SqlResult<void> WriterConnection::connect() {
    session_.reset();
    SqlResult<std::unique_ptr<Session>> opened = Session::open(
        instance_.orders.url, application_name(instance_.writer.name, instance_.orders.instance));
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
    const std::lock_guard lock(instance_.ledger_mutex);
    const Result<void> appended = instance_.ledger.append(record);
    if (!is_final(kind)) {
        record.own_us += instance_.now_us() - record.committed_us;
    }
    return appended;
}

Result<void> WriterConnection::append_intent(OperationRecord& record, std::int64_t began_us) {
    record.kind = RecordKind::intent;
    const std::lock_guard lock(instance_.ledger_mutex);
    const Result<void> appended = instance_.ledger.append(record);
    room_wanted_ = instance_.ledger.wants_room();
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
    sleep_until_us(monotonic_us() + pause_us, instance_.stop);
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

void WriterConnection::make_ahead() {
    const auto connections = static_cast<std::size_t>(instance_.writer.connections);
    if (const auto operation = instance_.queue.look_ahead(connections)) {
        instance_.rows_ahead.put(*operation, values_.steps_of(*operation));
    }
}

// An answer that came meanwhile is noticed late, by no more than that took. Where that is nothing
// to a round trip, the system call that asks would be the longer wait.
void WriterConnection::get_ahead(OperationRecord& record) {
    constexpr std::int64_t counts_from_us = 10;
    const std::int64_t began_us = instance_.now_us();
    make_ahead();
    if (room_wanted_) {
        const std::lock_guard lock(instance_.ledger_mutex);
        instance_.ledger.make_room();
    }
    const std::int64_t took_us = instance_.now_us() - began_us;
    if (took_us >= counts_from_us && session_->answered()) {
        record.own_us += took_us;
    }
}

Moments WriterConnection::moments_of(OperationRecord& record) {
    return {.sent = [this, &record] { get_ahead(record); },
            .replied = [this, &record] { record.first_reply_us = instance_.now_us(); }};
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
        session_->execute(instance_.writer, steps, moments_of(record));
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
    const SqlResult<void> done = session_->execute_alone(step, moments_of(record));
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
        steps = values_.steps_of(operation);
    }
    if (record.planned_us > free_us_ &&
        !sleep_until_us(instance_.start_us + record.planned_us, instance_.stop)) {
        return {};
    }
    record.dequeued_us = instance_.now_us();
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

Result<void> WriterConnection::work() {
    while (const auto taken = instance_.queue.take(instance_.stop)) {
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
        if (!done.has_value() || instance_.stop) {
            return done;
        }
    }
    return {};
}

Result<WriterOrders> read_orders() {
    WriterOrders orders;
    std::string instance;
    std::string speed;
    std::string multiple;
    std::string durable;
    for (std::string* field : {&orders.url,
                               &orders.plan_file,
                               &orders.ledger_file,
                               &orders.writer,
                               &instance,
                               &speed,
                               &multiple,
                               &durable}) {
        if (!std::getline(std::cin, *field)) {
            return Error{ErrorKind::invalid_input,
                         "a writer's process is started by tidemark simulate run, not by hand"};
        }
    }
    orders.instance = std::strtoll(instance.c_str(), nullptr, 10);
    orders.speed = std::strtod(speed.c_str(), nullptr);
    orders.multiple = std::strtod(multiple.c_str(), nullptr);
    orders.durable = durable == "1";
    return orders;
}

Error refused_by_server(const Writer& writer, const SqlFailure& failure) {
    return {ErrorKind::invalid_input, fmt::format("writer '{}': {}", writer.name, failure.message)};
}

// The start as the orchestrator says it; nothing when it went away instead.
std::optional<std::int64_t> read_start() {
    std::string line;
    if (!std::getline(std::cin, line)) {
        return std::nullopt;
    }
    return std::strtoll(line.c_str(), nullptr, 10);
}

}  // namespace

std::string to_text(const WriterOrders& orders) {
    return fmt::format("{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n",
                       orders.url,
                       orders.plan_file,
                       orders.ledger_file,
                       orders.writer,
                       orders.instance,
                       orders.speed,
                       orders.multiple,
                       orders.durable ? 1 : 0);
}

std::string application_name(const std::string& writer, std::int64_t instance) {
    return fmt::format("tidemark/{}/{}", writer, instance);
}

Result<void> run_writer_process(const std::atomic<bool>& stop) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    TIDEMARK_ASSIGN_OR_RETURN(const WriterOrders orders, read_orders());
    TIDEMARK_ASSIGN_OR_RETURN(Plan loaded, load_plan(orders.plan_file));
    const Plan plan = at_multiple(std::move(loaded), orders.multiple);
    const Writer* writer = plan.find_writer(orders.writer);
    if (writer == nullptr) {
        return Error{ErrorKind::not_found, fmt::format("no writer '{}'", orders.writer)};
    }
    TIDEMARK_ASSIGN_OR_RETURN(const Schedule schedule, schedule_of(plan, *writer, orders.instance));
    const std::map<std::uint32_t, Left> left = left_by(read_ledger(orders.ledger_file));
    std::vector<std::uint32_t> to_do;
    for (std::uint32_t operation = 0; operation < schedule.operations.size(); ++operation) {
        const auto found = left.find(operation);
        if (found == left.end() || !found->second.done) {
            to_do.push_back(operation);
        }
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<LedgerFile> ledger,
                              LedgerFile::open(orders.ledger_file, orders.durable));
    const PoolMap pools = make_pools(plan);
    OperationQueue queue(schedule, writer->overlap, to_do, orders.speed);
    RowsAhead rows_ahead(static_cast<std::size_t>(writer->connections));
    std::mutex ledger_mutex;
    Instance instance{orders,
                      plan,
                      *writer,
                      schedule,
                      pools,
                      queue,
                      rows_ahead,
                      *ledger,
                      ledger_mutex,
                      left,
                      0,
                      stop};
    std::vector<std::unique_ptr<WriterConnection>> connections;
    for (int number = 0; number < writer->connections; ++number) {
        connections.push_back(std::make_unique<WriterConnection>(instance, number));
        const SqlResult<void> connected = connections.back()->connect();
        // A server that is away may come back; one that does not know the table will not learn it.
        if (!connected.has_value() && !connected.error().state.empty() &&
            !retries(writer->retry, connected.error().state)) {
            return refused_by_server(*writer, connected.error());
        }
        connections.back()->make_ahead();
    }
    std::puts("ready");
    std::fflush(stdout);
    const std::optional<std::int64_t> start = read_start();
    if (!start.has_value()) {
        return {};
    }
    instance.start_us = *start;
    std::vector<std::thread> threads;
    std::vector<Result<void>> outcomes(connections.size());
    for (std::size_t place = 0; place < connections.size(); ++place) {
        threads.emplace_back(
            [&connections, &outcomes, place] { outcomes[place] = connections[place]->work(); });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    for (const Result<void>& outcome : outcomes) {
        TIDEMARK_RETURN_IF_ERROR(Result<void>(outcome));
    }
    return {};
}

}  // namespace tidemark::simulate
