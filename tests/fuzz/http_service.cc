// Whole requests, from their routes on, answered on a memory store: the first line is method and
// target, up to an empty line come header fields, the rest is the body. Whatever is asked,
// it is the asker's fault: no answer is 500.

#include <array>
#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/clock.h"
#include "domain/dataset.h"
#include "serve/service.h"
#include "store/memory/memory_store.h"

namespace {

using namespace tidemark;

class MemoryBackend final : public Backend {
 public:
    explicit MemoryBackend(std::unique_ptr<Store> store) : store_(std::move(store)) {}
    [[nodiscard]] Store& store() override { return *store_; }
    KnownProgress read_progress() override { return {}; }

 private:
    std::unique_ptr<Store> store_;
};

class Target {
 public:
    Target() : store_(open_memory_store(database_, clock_)) {
        for (const Dataset& dataset : built_in_datasets()) {
            TIDEMARK_CHECK(store_->prepare_dataset(dataset).has_value());
        }
        service_ = std::make_unique<UsageService>(
            Setting{.datasets = {built_in_datasets().begin(), built_in_datasets().end()},
                    .clock = clock_,
                    .run_id = store_->begin_run("serve", "", "").value(),
                    .cloud_events = {{.type = "org.example.delivered",
                                      .dataset = built_in_datasets()[0],
                                      .metrics = {"data.bytes", "count"}}}},
            [this]() -> Result<std::unique_ptr<Backend>> {
                return std::unique_ptr<Backend>(
                    std::make_unique<MemoryBackend>(open_memory_store(database_, clock_)));
            },
            BackendPool::Size{.threads = 1, .waiting_max = 8},
            keys_);
    }

    int status_of(const std::shared_ptr<http::Request>& request) {
        auto admitted = service_->admit(request->head);
        if (const auto* refusal = std::get_if<http::Response>(&admitted); refusal != nullptr) {
            return refusal->status;
        }
        // Shared with the exchange, whom nobody else keeps until it has answered.
        struct Waiting {
            std::shared_ptr<http::Exchange> exchange;
            std::promise<int> status;
        };
        const auto waiting = std::make_shared<Waiting>();
        std::future<int> status = waiting->status.get_future();
        waiting->exchange = std::get<std::shared_ptr<http::Exchange>>(std::move(admitted));
        waiting->exchange->answer(request, [waiting](const http::Response& response) {
            waiting->status.set_value(response.status);
        });
        return status.get();
    }

 private:
    ManualClock clock_{Timestamp(std::chrono::seconds(1'800'000'000))};
    std::shared_ptr<MemoryDatabase> database_ = make_memory_database();
    std::unique_ptr<Store> store_;
    KeyRing keys_{clock_};
    std::unique_ptr<UsageService> service_;
};

std::string_view cut_line(std::string_view& text) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return line;
}

// Nothing for a target that the server itself refuses.
std::shared_ptr<http::Request> read_request(std::string_view text) {
    const std::string_view first = cut_line(text);
    const std::size_t space = std::min(first.find(' '), first.size());
    Result<http::Target> target =
        http::parse_target(first.substr(std::min(space + 1, first.size())));
    if (!target.has_value()) {
        return nullptr;
    }
    auto request = std::make_shared<http::Request>();
    request->head.id = "fuzz";
    request->head.method = first.substr(0, space);
    request->head.target = *std::move(target);
    for (std::string_view line = cut_line(text); !line.empty(); line = cut_line(text)) {
        const std::size_t colon = std::min(line.find(": "), line.size());
        request->head.fields.add(line.substr(0, colon),
                                 std::string(line.substr(std::min(colon + 2, line.size()))));
    }
    TIDEMARK_CHECK(request->body.append(text).has_value());
    return request;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    // A new store now and then: what was stored slows the questions down.
    static std::unique_ptr<Target> target;
    static int count = 0;
    if (count++ % 1000 == 0) {
        target = std::make_unique<Target>();
    }
    const auto request = read_request({reinterpret_cast<const char*>(bytes), size});
    if (request != nullptr) {
        static const std::set<int> possible = {
            200, 201, 304, 400, 404, 405, 406, 409, 411, 413, 415, 422, 503};
        TIDEMARK_CHECK(possible.contains(target->status_of(request)));
    }
    return 0;
}
