#include "unit/serve/memory_service.h"

#include <utility>

#include <gtest/gtest.h>

#include "store/memory/memory_store.h"

namespace tidemark::test {

namespace {

class MemoryBackend final : public Backend {
 public:
    MemoryBackend(std::unique_ptr<Store> store, const KnownProgress& progress)
        : store_(std::move(store)), progress_(progress) {}
    [[nodiscard]] Store& store() override { return *store_; }
    KnownProgress read_progress() override { return progress_; }

 private:
    std::unique_ptr<Store> store_;
    const KnownProgress& progress_;
};

}  // namespace

MemoryService::MemoryService(std::vector<CloudEventMapping> cloud_events)
    : MemoryService(std::move(cloud_events),
                    [database = make_memory_database()](const Clock& clock) {
                        return open_memory_store(database, clock);
                    }) {}

MemoryService::MemoryService(std::vector<CloudEventMapping> cloud_events, StoreMaker open)
    : open_(std::move(open)), store_(open_(clock_)) {
    for (const Dataset& dataset : built_in_datasets()) {
        EXPECT_TRUE(store_->prepare_dataset(dataset).has_value());
    }
    journal_ = Journal::open({.directory = folder_.path().string()}).value();
    pings_ = PingCollector::make(default_ping_reading(built_in_datasets()[1]), *journal_, clock_)
                 .value();
    Setting setting{.datasets = {built_in_datasets().begin(), built_in_datasets().end()},
                    .clock = clock_,
                    .run_id = store_->begin_run("serve", "", "").value(),
                    .cloud_events = std::move(cloud_events),
                    .pings = pings_.get()};
    service_ = std::make_unique<UsageService>(
        std::move(setting),
        [this]() -> Result<std::unique_ptr<Backend>> {
            return std::unique_ptr<Backend>(
                std::make_unique<MemoryBackend>(open_(clock_), progress_));
        },
        BackendPool::Size{.threads = 1, .waiting_max = 8},
        keys_);
}

http::Response MemoryService::ask(std::string_view method,
                                  std::string_view target,
                                  const http::Fields& fields,
                                  std::string_view body) {
    return begin(method, target, fields, body).get();
}

std::vector<http::Response> MemoryService::ask_all(
    const std::vector<std::pair<std::string, http::Fields>>& requests) {
    std::vector<std::future<http::Response>> begun;
    for (const auto& [target, fields] : requests) {
        begun.push_back(begin("GET", target, fields, ""));
    }
    std::vector<http::Response> answers;
    for (std::future<http::Response>& one : begun) {
        answers.push_back(one.get());
    }
    return answers;
}

std::future<http::Response> MemoryService::begin(std::string_view method,
                                                 std::string_view target,
                                                 const http::Fields& fields,
                                                 std::string_view body) {
    // Shared with the exchange, whom nobody else keeps until it has answered.
    struct Waiting {
        std::shared_ptr<http::Exchange> exchange;
        std::promise<http::Response> answer;
    };
    const auto waiting = std::make_shared<Waiting>();
    std::future<http::Response> answer = waiting->answer.get_future();
    auto request = std::make_shared<http::Request>();
    request->head.id = "test";
    request->head.method = method;
    request->head.fields = fields;
    Result<http::Target> parsed = http::parse_target(target);
    EXPECT_TRUE(parsed.has_value()) << target;
    request->head.target = *std::move(parsed);
    EXPECT_TRUE(request->body.append(body).has_value());
    auto admitted = service_->admit(request->head);
    if (auto* refusal = std::get_if<http::Response>(&admitted); refusal != nullptr) {
        waiting->answer.set_value(std::move(*refusal));
        return answer;
    }
    waiting->exchange = std::get<std::shared_ptr<http::Exchange>>(std::move(admitted));
    waiting->exchange->answer(request, [waiting](http::Response response) {
        waiting->answer.set_value(std::move(response));
    });
    return answer;
}

void MemoryService::add(const std::string& subject,
                        const char* date,
                        int slot,
                        std::int64_t bytes) {
    UsageRows::Builder builder(2);
    const std::int64_t values[] = {bytes, 1};
    builder.add(subject, Slot::of_day(UtcDay::parse(date).value(), slot), values);
    Result<UsageRows> rows = std::move(builder).finish();
    const Batch batch{
        .identity = {.dataset = "cdn",
                     .feed = "feed",
                     .key = std::to_string(++batches_),
                     .content_hash = {.high = 1, .low = static_cast<std::uint64_t>(batches_)}},
        .source = "a file",
        .counts = {.lines = 1, .accepted = 1},
        .rejected_by_reason = {},
        .rejected_samples = {}};
    EXPECT_TRUE(store_->store_batch(batch, *rows).has_value());
}

}  // namespace tidemark::test
