#include "serve/change_feed.h"

#include <exception>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/log.h"

namespace tidemark {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t runs_looked_at = 20;

Result<Json> state_of(Store& store, const Dataset& dataset) {
    if (dataset.kind() == DatasetKind::counter) {
        TIDEMARK_ASSIGN_OR_RETURN(const DatasetState state, store.dataset_state(dataset.name()));
        return Json{{"last_seq", state.last_seq},
                    {"folded_through", state.folded_through},
                    {"unfolded", state.unfolded_count},
                    {"running", state.running_count}};
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<BatchReceipt> newest,
                              store.find_batches({.dataset = dataset.name(), .limit = 1}));
    return Json{{"last_seq", newest.empty() ? 0 : newest.front().batch_seq}};
}

Result<Json> state_of_runs(Store& store) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<Run> runs,
                              store.find_runs({.limit = runs_looked_at}));
    std::int64_t running = 0;
    for (const Run& run : runs) {
        running += run.outcome == RunOutcome::running ? 1 : 0;
    }
    return Json{{"newest", runs.empty() ? 0 : runs.front().id}, {"running", running}};
}

Result<std::string> state_text(Backend& backend, const std::vector<Dataset>& datasets) {
    Json document;
    for (const Dataset& dataset : datasets) {
        TIDEMARK_ASSIGN_OR_RETURN(document["datasets"][dataset.name()],
                                  state_of(backend.store(), dataset));
    }
    TIDEMARK_ASSIGN_OR_RETURN(document["runs"], state_of_runs(backend.store()));
    const SyncFence fence = backend.read_progress().fence;
    document["snapshot"] = fmt::format("{}:{}:{}", fence.generation, fence.epoch, fence.seq);
    return document.dump();
}

// What of it the key may know.
std::string state_seen_by(const Access& access, const std::string& state) {
    if (access.all_datasets() || state.empty()) {
        return state;
    }
    const Json document = Json::parse(state);
    Json seen = Json::object();
    for (const auto& [name, of_dataset] : document["datasets"].items()) {
        if (access.may_use_dataset(name)) {
            seen[name] = of_dataset;
        }
    }
    return Json{{"datasets", std::move(seen)}}.dump();
}

}  // namespace

ChangeFeed::ChangeFeed(std::vector<Dataset> datasets, BackendOpener open, ChangeFeedOptions options)
    : datasets_(std::move(datasets)),
      open_(std::move(open)),
      options_(options),
      thread_([this] { watch(); }) {}

ChangeFeed::~ChangeFeed() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
    for (const Listener& listener : listeners_) {
        if (const auto stream = listener.stream.lock(); stream != nullptr) {
            stream->end();
        }
    }
}

std::shared_ptr<http::EventStream> ChangeFeed::listen(const Access& access) {
    auto stream = std::make_shared<http::EventStream>();
    {
        const std::lock_guard lock(mutex_);
        listeners_.push_back({.stream = stream,
                              .access = access,
                              .until = std::chrono::steady_clock::now() + options_.stream_time,
                              .told = {}});
    }
    changed_.notify_all();
    return stream;
}

void ChangeFeed::watch() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (listeners_.empty()) {
            changed_.wait(lock, [this] { return stopping_ || !listeners_.empty(); });
            continue;
        }
        lock.unlock();
        const std::string state = read_state();
        lock.lock();
        tell(state);
        changed_.wait_for(lock, options_.every, [this] { return stopping_; });
    }
}

// Under the mutex. An empty state is not known, and nothing is said of it.
void ChangeFeed::tell(const std::string& state) {
    const auto now = std::chrono::steady_clock::now();
    std::erase_if(listeners_, [&](Listener& listener) {
        const auto stream = listener.stream.lock();
        if (stream == nullptr) {
            return true;
        }
        std::string seen = state_seen_by(listener.access, state);
        if (!seen.empty() && listener.told != seen) {
            stream->put(fmt::format("event: change\ndata: {}\n\n", seen));
            listener.told = std::move(seen);
        }
        if (now >= listener.until) {
            stream->end();
        }
        return now >= listener.until;
    });
}

// Without the mutex, by the thread alone.
std::string ChangeFeed::read_state() {
    try {
        if (backend_ == nullptr) {
            Result<std::unique_ptr<Backend>> opened = open_();
            if (!opened.has_value()) {
                log_event(
                    LogLevel::warning, "http.changes_unknown", {{"error", opened.error().message}});
                return "";
            }
            backend_ = std::move(opened).value();
        }
        const Result<std::string> state = state_text(*backend_, datasets_);
        if (!state.has_value()) {
            log_event(
                LogLevel::warning, "http.changes_unknown", {{"error", state.error().message}});
        }
        return state.value_or("");
    } catch (const std::exception& failure) {
        log_event(LogLevel::error, "http.exception", {{"error", failure.what()}});
        return "";
    }
}

}  // namespace tidemark
