#include "simulate/run/writer_process.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <map>
#include <optional>
#include <vector>

#include <fmt/format.h>
#include <sys/prctl.h>

#include "simulate/plan/multiple.h"
#include "simulate/plan/plan_reader.h"
#include "simulate/run/writer_connection.h"

namespace tidemark::simulate {

namespace {

std::map<std::uint32_t, LeftOperation> left_by(const std::vector<OperationRecord>& records) {
    std::map<std::uint32_t, LeftOperation> all;
    for (const OperationRecord& record : records) {
        LeftOperation& left = all[record.operation];
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

std::vector<std::uint32_t> to_do(const Schedule& schedule,
                                 const std::map<std::uint32_t, LeftOperation>& left) {
    std::vector<std::uint32_t> operations;
    for (std::uint32_t operation = 0; operation < schedule.operations.size(); ++operation) {
        const auto found = left.find(operation);
        if (found == left.end() || !found->second.done) {
            operations.push_back(operation);
        }
    }
    return operations;
}

Error refused_by_server(const Writer& writer, const SqlFailure& failure) {
    return {ErrorKind::invalid_input, fmt::format("writer '{}': {}", writer.name, failure.message)};
}

using Connections = std::vector<std::unique_ptr<WriterConnection>>;

// A server that is away may come back; one that does not know the table will not learn it.
Result<void> connect_all(const WriterInstance& instance, const Connections& connections) {
    std::optional<SqlFailure> refused;
    for (const auto& connection : connections) {
        instance.fibers.start([&instance, &refused, &connection] {
            const SqlResult<void> connected = connection->connect();
            if (!connected.has_value() && !connected.error().state.empty() &&
                !retries(instance.writer.retry, connected.error().state)) {
                refused = connected.error();
            }
        });
    }
    instance.fibers.run();
    if (refused.has_value()) {
        return refused_by_server(instance.writer, *refused);
    }
    return {};
}

Result<void> work_all(Fibers& fibers, const Connections& connections) {
    std::vector<Result<void>> outcomes(connections.size());
    for (std::size_t place = 0; place < connections.size(); ++place) {
        fibers.start(
            [&connections, &outcomes, place] { outcomes[place] = connections[place]->work(); });
    }
    fibers.run();
    for (const Result<void>& outcome : outcomes) {
        TIDEMARK_RETURN_IF_ERROR(Result<void>(outcome));
    }
    return {};
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
    const std::map<std::uint32_t, LeftOperation> left = left_by(read_ledger(orders.ledger_file));
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<LedgerFile> ledger,
                              LedgerFile::open(orders.ledger_file, orders.durable));
    const PoolMap pools = make_pools(plan);
    OperationQueue queue(schedule, writer->overlap, to_do(schedule, left), orders.speed);
    RowValues values(plan, *writer, orders.instance, schedule, pools);
    RowsAhead rows_ahead(static_cast<std::size_t>(writer->connections));
    Fibers fibers(stop);
    WriterInstance instance{.orders = orders,
                            .plan = plan,
                            .writer = *writer,
                            .schedule = schedule,
                            .left = left,
                            .stop = stop,
                            .queue = queue,
                            .values = values,
                            .rows_ahead = rows_ahead,
                            .ledger = *ledger,
                            .fibers = fibers};
    Connections connections;
    for (int number = 0; number < writer->connections; ++number) {
        connections.push_back(std::make_unique<WriterConnection>(instance, number));
    }
    fibers.set_spare_work(
        [&instance](std::int64_t quiet_us) { return get_ahead(instance, quiet_us); });
    TIDEMARK_RETURN_IF_ERROR(connect_all(instance, connections));
    while (get_ahead(instance, INT64_MAX) != Fibers::no_more) {
    }
    std::puts("ready");
    std::fflush(stdout);
    const std::optional<std::int64_t> start = read_start();
    if (!start.has_value()) {
        return {};
    }
    instance.start_us = *start;
    return work_all(fibers, connections);
}

}  // namespace tidemark::simulate
