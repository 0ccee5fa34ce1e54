#include "simulate/run/simulation.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "simulate/plan/multiple.h"
#include "simulate/plan/schedule.h"
#include "simulate/plan/trace.h"
#include "simulate/run/fault_injector.h"
#include "simulate/run/latency_histogram.h"
#include "simulate/run/monotonic.h"
#include "simulate/run/network_proxy.h"
#include "simulate/run/operation_record.h"
#include "simulate/run/private_postgres.h"
#include "simulate/run/rhythm.h"
#include "simulate/run/server_address.h"
#include "simulate/run/settlement.h"
#include "simulate/run/table_storage.h"
#include "simulate/run/target_database.h"

namespace tidemark::simulate {

namespace {

constexpr std::int64_t look_every_us = 100'000;
constexpr std::int64_t sample_every_us = second_us;
constexpr std::int64_t ready_timeout_us = 60 * second_us;
constexpr std::int64_t end_grace_us = 5 * second_us;
constexpr std::int64_t drain_least_us = 10 * second_us;
constexpr std::int64_t drain_most_us = 600 * second_us;

struct WatchedWriter {
    const Writer* writer = nullptr;
    LedgerTail tail;
    std::vector<std::int64_t> planned_us;  // of its operations, rising, on the machine's clock
};

// A writer that is to be started again.
struct Due {
    std::int64_t at_us = 0;
    std::size_t child = 0;
};

// How it ended, and what it said last.
std::string last_words(const WriterChild& child) {
    std::string said = child.words();
    said.erase(said.find_last_not_of('\n') + 1);
    const std::string last = said.substr(said.rfind('\n') + 1);
    return child.end().last_end + (last.empty() ? "" : ": " + last);
}

class Orchestrator {
 public:
    Orchestrator(const SimulationOptions& options,
                 const Plan& plan,
                 RunFolder& folder,
                 RunFacts& facts,
                 const std::atomic<bool>& stop)
        : options_(options), plan_(plan), folder_(folder), facts_(facts), stop_(stop) {}
    Orchestrator(const Orchestrator&) = delete;
    Orchestrator& operator=(const Orchestrator&) = delete;
    ~Orchestrator() = default;

    Result<void> prepare();
    Result<void> load();
    Result<void> settle();

 private:
    Result<void> connect_target();
    Result<void> start_writers();
    Result<void> look_at_writers();
    Result<void> connect();
    Result<void> read_schema_facts();
    Result<void> start_proxy();
    [[nodiscard]] Result<std::string> url_of(const Writer& writer) const;
    Result<void> keep_rhythm();
    Result<void> take_sample();
    void read_ledgers();
    void show(const std::string& doing);
    void end_writers();
    [[nodiscard]] std::int64_t now_us() const { return monotonic_us() - start_us_; }
    [[nodiscard]] std::int64_t machine_us(Micros simulated) const {
        return static_cast<std::int64_t>(static_cast<double>(simulated.count()) / facts_.speed);
    }
    [[nodiscard]] bool all_done() const;
    [[nodiscard]] std::int64_t drain_us() const;

    const SimulationOptions& options_;
    const Plan& plan_;
    RunFolder& folder_;
    RunFacts& facts_;
    const std::atomic<bool>& stop_;

    std::unique_ptr<PrivatePostgres> own_server_;
    PrivatePostgres* server_ = nullptr;  // own_server_, or that of the prepared target
    std::string url_;
    std::int64_t checkpoint_every_us_ = 0;  // 0: the server does it
    std::unique_ptr<Session> session_;
    std::map<std::string, std::int64_t> totals_;  // before the load, of writers that say how
    std::deque<WriterChild> children_;            // stay where they are
    std::vector<WatchedWriter> watched_;
    std::vector<Due> due_;
    std::unique_ptr<NetworkProxy> proxy_;
    std::unique_ptr<FaultInjector> faults_;  // after all that faults are done to
    std::unique_ptr<DatabaseSampler> sampler_;
    std::optional<Sample> last_sample_;
    std::int64_t start_us_ = 0;
    std::int64_t sampled_us_ = 0;
    std::int64_t shown_us_ = 0;
    std::int64_t checkpoint_us_ = 0;
    SimulationProgress progress_;
    std::vector<LatencyHistogram> responses_;  // one a writer
    std::vector<std::uint64_t> rows_seen_;
};

void Orchestrator::show(const std::string& doing) {
    progress_.doing = doing;
    if (options_.progress) {
        options_.progress(progress_);
    }
}

Result<void> Orchestrator::connect_target() {
    const Rhythm rhythm = rhythm_of(plan_, facts_.speed / facts_.multiple);
    server_ = options_.prepared_server;
    url_ = server_ != nullptr ? options_.prepared_url : plan_.target.url;
    if (url_.empty()) {
        show("starting a private PostgreSQL");
        TIDEMARK_ASSIGN_OR_RETURN(
            own_server_,
            PrivatePostgres::start(temporary_folder(), rhythm.settings, plan_.target.disk_bytes));
        server_ = own_server_.get();
        url_ = server_->url();
    }
    facts_.private_server = server_ != nullptr;
    checkpoint_every_us_ = facts_.private_server ? rhythm.checkpoint_every_us : 0;
    return connect();
}

Result<void> Orchestrator::prepare() {
    TIDEMARK_RETURN_IF_ERROR(connect_target());
    if (options_.prepared_server == nullptr) {
        TIDEMARK_RETURN_IF_ERROR(claim_database(*session_, options_.any_database));
        TIDEMARK_RETURN_IF_ERROR(prepare_database(
            *session_,
            plan_,
            [this] { return options_.make_own_tables(url_); },
            [this] { return stop_.load(); },
            [this](const std::string& words) { show(words); }));
    }
    TIDEMARK_ASSIGN_OR_RETURN(totals_, read_totals(*session_, plan_));
    TIDEMARK_ASSIGN_OR_RETURN(facts_.sequences, read_sequences(*session_));
    return read_server_facts(*session_, facts_);
}

Result<void> Orchestrator::connect() {
    SqlResult<std::unique_ptr<Session>> opened = Session::open(url_, "tidemark/orchestrator");
    if (!opened.has_value()) {
        return Error{ErrorKind::unavailable,
                     fmt::format("connect to the target: {}", opened.error().message)};
    }
    session_ = std::move(*opened);
    return {};
}

// Writers go straight to the server unless their network is to be slow or lost.
Result<void> Orchestrator::start_proxy() {
    if (!needs_proxy(plan_)) {
        return {};
    }
    TIDEMARK_ASSIGN_OR_RETURN(const ServerAddress server, find_server(url_));
    std::vector<std::string> paths;
    for (const Writer& writer : plan_.writers) {
        paths.push_back(writer.name);
    }
    TIDEMARK_ASSIGN_OR_RETURN(proxy_, NetworkProxy::start(server, paths, plan_.target.rtt));
    return {};
}

Result<std::string> Orchestrator::url_of(const Writer& writer) const {
    return proxy_ == nullptr ? Result<std::string>(url_)
                             : through_port(url_, proxy_->port(writer.name));
}

Result<void> Orchestrator::start_writers() {
    TIDEMARK_RETURN_IF_ERROR(start_proxy());
    progress_.writers.clear();
    responses_.resize(plan_.writers.size());
    rows_seen_.resize(plan_.writers.size());
    for (const Writer& writer : plan_.writers) {
        progress_.writers.push_back({.writer = writer.name});
        TIDEMARK_ASSIGN_OR_RETURN(const std::string url, url_of(writer));
        for (std::int64_t instance = 0; instance < writer.instances; ++instance) {
            WatchedWriter watched{
                &writer, LedgerTail(folder_.ledger_file(writer.name, instance)), {}};
            TIDEMARK_ASSIGN_OR_RETURN(const Schedule schedule,
                                      schedule_of(plan_, writer, instance));
            for (const PlannedOperation& operation : schedule.operations) {
                watched.planned_us.push_back(machine_us(Micros(operation.planned_us)));
            }
            std::ranges::sort(watched.planned_us);
            progress_.writers.back().planned += schedule.operations.size();
            watched_.push_back(std::move(watched));
            children_.emplace_back(
                WriterOrders{.url = url,
                             .plan_file = folder_.plan_file(facts_.plan_file),
                             .ledger_file = folder_.ledger_file(writer.name, instance),
                             .writer = writer.name,
                             .instance = instance,
                             .speed = facts_.speed,
                             .multiple = facts_.multiple,
                             .durable = plan_.durable_ledger},
                writer.restarts_max);
            TIDEMARK_RETURN_IF_ERROR(children_.back().start(options_.writer_command));
        }
    }
    show("writers are connecting");
    const std::int64_t deadline_us = monotonic_us() + ready_timeout_us;
    for (WriterChild& child : children_) {
        if (!child.wait_until_ready(deadline_us)) {
            // Its last words say why; it has ended or is about to.
            const std::int64_t patience_us = monotonic_us() + second_us;
            while (!child.look() && monotonic_us() < patience_us && !stop_) {
                usleep(10'000);
            }
            std::string words = child.words();
            std::ranges::replace(words, '\n', ' ');
            return Error{
                ErrorKind::invalid_input,
                fmt::format("writer '{}' does not begin: {}",
                            child.orders().writer,
                            words.empty() ? "it has said nothing, and " +
                                                (child.running() ? "goes on" : child.end().last_end)
                                          : words)};
        }
    }
    return {};
}

bool Orchestrator::all_done() const {
    return std::ranges::all_of(children_, [](const WriterChild& child) {
        return child.done() || (!child.running() && !child.may_restart());
    });
}

std::int64_t Orchestrator::drain_us() const {
    std::int64_t longest_us = drain_least_us;
    for (const Writer& writer : plan_.writers) {
        longest_us = std::max(longest_us, machine_us(writer.deadline + writer.spread));
    }
    return std::min(longest_us, drain_most_us);
}

Result<void> Orchestrator::look_at_writers() {
    for (std::size_t place = 0; place < children_.size(); ++place) {
        WriterChild& child = children_[place];
        if (!child.look() || child.done()) {
            continue;
        }
        TIDEMARK_RETURN_IF_ERROR(folder_.add(RunEvent{.at_us = now_us(),
                                                      .until_us = now_us(),
                                                      .kind = "writer_ended",
                                                      .subject = child.orders().writer,
                                                      .words = last_words(child)}));
        if (child.may_restart()) {
            due_.push_back({.at_us = now_us() + machine_us(watched_[place].writer->restart_after),
                            .child = place});
        }
    }
    for (std::size_t place = 0; place < due_.size();) {
        if (due_[place].at_us > now_us()) {
            ++place;
            continue;
        }
        WriterChild& child = children_[due_[place].child];
        child.count_restart();
        TIDEMARK_RETURN_IF_ERROR(child.start(options_.writer_command));
        child.tell_start(start_us_);
        due_.erase(due_.begin() + static_cast<std::ptrdiff_t>(place));
    }
    return {};
}

// Faults that are due, and checkpoints where the server cannot keep the compressed rhythm itself.
Result<void> Orchestrator::keep_rhythm() {
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<RunEvent> begun,
                              faults_->look(start_us_, now_us()));
    for (const RunEvent& event : begun) {
        TIDEMARK_RETURN_IF_ERROR(folder_.add(event));
    }
    if (checkpoint_every_us_ > 0 && now_us() - checkpoint_us_ >= checkpoint_every_us_) {
        checkpoint_us_ = now_us();
        RunEvent event{.at_us = now_us(), .kind = "checkpoint", .words = "asked for"};
        if (!session_->script("checkpoint").has_value() && !session_->alive()) {
            static_cast<void>(connect());  // a server that is away may be back at the next one
        }
        event.until_us = now_us();
        ++facts_.own_checkpoints;
        TIDEMARK_RETURN_IF_ERROR(folder_.add(event));
    }
    return {};
}

Result<void> Orchestrator::take_sample() {
    const std::optional<Sample> sample = sampler_->take();
    if (!sample.has_value()) {
        return {};
    }
    if (last_sample_.has_value()) {
        const auto of = [](const Sample& one) {
            const auto found = one.sums.find("wal_position");
            return found == one.sums.end() ? 0 : found->second;
        };
        const auto seconds = static_cast<double>(sample->at_us - last_sample_->at_us) /
                             static_cast<double>(second_us);
        progress_.wal_bytes_per_second =
            static_cast<double>(of(*sample) - of(*last_sample_)) / std::max(seconds, 0.001);
    }
    const auto locks = sample->waiting.find("Lock");
    progress_.sessions_waiting_for_locks = locks == sample->waiting.end() ? 0 : locks->second;
    last_sample_ = sample;
    return folder_.add(*sample);
}

void Orchestrator::read_ledgers() {
    std::vector<std::uint64_t> rows(plan_.writers.size());
    for (WriterProgress& writer : progress_.writers) {
        writer.due = 0;
    }
    for (WatchedWriter& watched : watched_) {
        const auto place = static_cast<std::size_t>(watched.writer - plan_.writers.data());
        WriterProgress& writer = progress_.writers[place];
        writer.due += static_cast<std::uint64_t>(
            std::ranges::upper_bound(watched.planned_us, now_us()) - watched.planned_us.begin());
        for (const OperationRecord& record : watched.tail.read_new()) {
            if (record.kind == RecordKind::committed) {
                const std::int64_t response_us = record.committed_us - record.planned_us;
                ++writer.done;
                rows[place] += record.rows;
                writer.late += response_us > watched.writer->objectives.p99.count() ? 1 : 0;
                responses_[place].add(response_us);
            }
            writer.failed += record.kind == RecordKind::failed ? 1 : 0;
            writer.skipped += record.kind == RecordKind::skipped ? 1 : 0;
        }
    }
    const double seconds =
        static_cast<double>(std::max<std::int64_t>(now_us() - shown_us_, 1)) / second_us;
    for (std::size_t place = 0; place < rows.size(); ++place) {
        progress_.writers[place].p99_us = responses_[place].at_share(0.99);
        progress_.writers[place].rows_per_second = static_cast<double>(rows[place]) / seconds;
    }
    shown_us_ = now_us();
    progress_.share = std::clamp(
        static_cast<double>(now_us()) / static_cast<double>(machine_us(plan_.duration)), 0.0, 1.0);
}

Result<void> Orchestrator::load() {
    const std::int64_t begun_us = monotonic_us();
    TIDEMARK_RETURN_IF_ERROR(start_writers());
    facts_.connecting_us = monotonic_us() - begun_us;
    // A moment, so that every writer knows the start before it comes.
    start_us_ = monotonic_us() + second_us / 5 + static_cast<std::int64_t>(children_.size()) * 1000;
    facts_.started_at =
        instant_text(std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()));
    // What the statistics are compared with: as they are before the first write.
    sampler_ = std::make_unique<DatabaseSampler>(url_, start_us_);
    TIDEMARK_RETURN_IF_ERROR(take_sample());
    sampled_us_ = now_us();
    for (WriterChild& child : children_) {
        child.tell_start(start_us_);
    }
    faults_ = std::make_unique<FaultInjector>(
        plan_,
        facts_.speed,
        FaultTargets{
            .url = url_, .children = &children_, .server = server_, .proxy = proxy_.get()});
    const std::int64_t last_us = machine_us(plan_.duration) + drain_us();
    while (!stop_ && !all_done() && now_us() < last_us) {
        sleep_until_us(monotonic_us() + look_every_us, stop_);
        TIDEMARK_RETURN_IF_ERROR(look_at_writers());
        TIDEMARK_RETURN_IF_ERROR(keep_rhythm());
        if (now_us() - sampled_us_ >= sample_every_us) {
            sampled_us_ = now_us();
            TIDEMARK_RETURN_IF_ERROR(take_sample());
            read_ledgers();
            show("");
        }
    }
    facts_.interrupted = stop_;
    facts_.ended_us = std::max<std::int64_t>(now_us(), 1);  // an interrupted one may not have begun
    TIDEMARK_RETURN_IF_ERROR(faults_->end_all());
    end_writers();
    proxy_.reset();
    // Backends report their statistics when they end, at the latest a second later.
    usleep(static_cast<useconds_t>(second_us + second_us / 5));
    return take_sample();
}

void Orchestrator::end_writers() {
    for (const int signal : {SIGTERM, SIGKILL}) {
        for (WriterChild& child : children_) {
            child.send_signal(SIGCONT);
            child.send_signal(signal);
        }
        const std::int64_t deadline_us = monotonic_us() + end_grace_us;
        bool running = true;
        while (running && monotonic_us() < deadline_us) {
            running = false;
            for (WriterChild& child : children_) {
                child.look();
                running = running || child.running();
            }
            usleep(running ? 10'000 : 0);
        }
    }
    for (const WriterChild& child : children_) {
        facts_.writers.push_back(child.end());
    }
}

// Sequences as they were and are; indexes as they are.
Result<void> Orchestrator::read_schema_facts() {
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<SequenceFact> now, read_sequences(*session_));
    for (SequenceFact sequence : now) {
        const auto before = std::ranges::find(facts_.sequences, sequence.name, &SequenceFact::name);
        sequence.first = before == facts_.sequences.end() ? 0 : before->first;
        facts_.sequences.push_back(sequence);
    }
    facts_.sequences.erase(facts_.sequences.begin(),
                           facts_.sequences.end() - static_cast<std::ptrdiff_t>(now.size()));
    TIDEMARK_ASSIGN_OR_RETURN(facts_.indexes, read_indexes(*session_));
    if (facts_.private_server && !facts_.interrupted) {
        // It reads every table and index, which nobody is asked for on a server of his own.
        TIDEMARK_ASSIGN_OR_RETURN(facts_.storage, measure_storage(*session_));
    }
    return {};
}

Result<void> Orchestrator::settle() {
    // What nobody can ask stays unresolved, and is reported so.
    const bool reached = (session_->alive() && session_->script("select")) || connect().has_value();
    TIDEMARK_RETURN_IF_ERROR(
        settle_ledger(reached ? session_.get() : nullptr, plan_, folder_, totals_, facts_));
    return reached ? read_schema_facts() : Result<void>();
}

std::int64_t own_cpu_us() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * second_us + usage.ru_utime.tv_usec +
           usage.ru_stime.tv_usec;
}

}  // namespace

Result<RunFacts> run_simulation(const SimulationOptions& options, const std::atomic<bool>& stop) {
    TIDEMARK_ASSIGN_OR_RETURN(Plan plan, parse_plan(options.plan));
    TIDEMARK_ASSIGN_OR_RETURN(RunFolder folder, RunFolder::make(options.folder, options.plan));
    RunFacts facts;
    facts.plan_file = options.plan.base_name();
    facts.multiple = options.multiple;
    facts.speed = (options.speed > 0 ? options.speed : plan.speed) * facts.multiple;
    plan = at_multiple(std::move(plan), facts.multiple);
    facts.processors = static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN));
    std::signal(SIGPIPE, SIG_IGN);  // a writer that ended is seen by its status
    Result<void> done;
    {
        Orchestrator orchestrator(options, plan, folder, facts, stop);
        done = orchestrator.prepare();
        done = done.has_value() && !stop ? orchestrator.load() : std::move(done);
        facts.interrupted = facts.interrupted || (stop && facts.ended_us == 0);
        if (done.has_value() && facts.ended_us > 0) {
            done = orchestrator.settle();
        }
    }
    if (!done.has_value() && !stop) {
        // Without a load there is nothing to report on.
        return facts.ended_us > 0 ? done.error() : folder.discard(std::move(done).error());
    }
    facts.own_cpu_us = own_cpu_us();
    TIDEMARK_RETURN_IF_ERROR(folder.write(facts));
    return facts;
}

}  // namespace tidemark::simulate
