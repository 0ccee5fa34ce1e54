#pragma once
// UsageService: the usage service as the HTTP server sees it. Finds the route, has its endpoint
// called on one of a bounded number of backends, and notes what became of it.

#include <chrono>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "http/server.h"
#include "serve/backend_pool.h"
#include "serve/call_groups.h"
#include "serve/change_feed.h"
#include "serve/endpoint.h"
#include "serve/key_ring.h"
#include "serve/metrics.h"
#include "serve/routes.h"
#include "serve/unchanged_answers.h"

namespace tidemark {

class UsageService final : public http::Service {
 public:
    // Borrows the keys, which others may replace meanwhile.
    UsageService(Setting setting, BackendOpener open, BackendPool::Size size, KeyRing& keys);

    // For what else the process does. As long as the service.
    [[nodiscard]] ServiceMetrics& metrics() { return metrics_; }

    // The server that it answers through, for its figures and its thread. Before the first request;
    // the server ends before the service, and goes after it.
    void attach(http::Server& server) { server_ = &server; }

    std::variant<http::Response, std::shared_ptr<http::Exchange>> admit(
        const http::RequestHead& head) override;
    void note(const http::Outcome& outcome) override;

 private:
    class RoutedExchange;
    // A call that is gathered with others, until all of them are answered.
    struct GatheredCall {
        const RoutedExchange* exchange;
        std::shared_ptr<http::Request> request;
        http::Exchange::Answered answered;
    };

    // What the request may do on the route, or why it may not.
    std::variant<Access, http::Response> let_in(const http::RequestHead& head, const Route& route);
    [[nodiscard]] ServiceLoad load() const;
    void watch_commits();
    void flush_log_soon();
    void answer_together(const Result<Backend*>& backend, const std::vector<GatheredCall>& calls);

    const Setting setting_;
    KeyRing& keys_;
    ServiceMetrics metrics_;
    http::Server* server_ = nullptr;
    ChangeFeed changes_;
    UnchangedAnswers unchanged_;
    std::chrono::steady_clock::time_point watch_again_at_{};
    bool will_flush_log_ = false;
    CallGroups<GatheredCall> groups_;
    BackendPool pool_;
};

}  // namespace tidemark
