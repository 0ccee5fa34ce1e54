#include "serve/service.h"

#include <algorithm>
#include <exception>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"
#include "dashboard/dashboard.h"
#include "http/problem.h"
#include "serve/encoding.h"
#include "serve/ping_exchange.h"

namespace tidemark {

namespace {

// After it was lost, or could not be had.
constexpr std::chrono::seconds watch_again_after{5};

// Of one question. Twice as many as there are processors: while the one half of the reads is on its
// way between the processes, which takes waking each of them, the other keeps the processors busy.
// But a thread of the pool stays free for others, where there are more than two.
std::size_t reads_at_once(std::size_t pool_threads) {
    const std::size_t wanted = 2UL * std::thread::hardware_concurrency();
    return std::max<std::size_t>(2, std::min(wanted, pool_threads - 1));
}

http::Response response_of(Result<http::Response> response, const Call& call) {
    if (response.has_value()) {
        return std::move(response).value();
    }
    if (response.error().kind == ErrorKind::corrupt) {
        log_event(LogLevel::error,
                  "http.corrupt",
                  {{"id", call.request.head.id}, {"error", response.error().message}});
    }
    return http::to_response(http::problem_of(response.error()));
}

http::Response failed(const http::Request& request, const std::exception& failure) {
    log_event(
        LogLevel::error, "http.exception", {{"id", request.head.id}, {"error", failure.what()}});
    return http::to_response({.status = 500, .detail = "the request could not be answered"});
}

http::Response no_such_path(const http::RequestHead& head) {
    return http::to_response(
        {.status = 404,
         .detail = "there is nothing at this path; /openapi.json lists what there is",
         .field = "path",
         .value = head.target.raw.substr(0, head.target.raw.find('?'))});
}

http::Response wrong_method(const http::RequestHead& head, const std::string& allowed) {
    http::Response response =
        http::to_response({.status = 405,
                           .detail = fmt::format("this path answers {}", allowed),
                           .field = "method",
                           .value = head.method});
    response.fields.set("Allow", allowed);
    return response;
}

// Of a request that was not let in.
std::string_view route_path_of(const http::RequestHead& head) {
    const std::optional<RouteMatch> match = find_route(head);
    return match.has_value() && match->route != nullptr ? match->route->path : "none";
}

// All of a request that its answer depends on, beside what is stored and who may see it.
std::string question_of(const http::RequestHead& head) {
    std::string question;
    question.reserve(head.target.raw.size() + 200);  // mostly enough for the fields
    question += head.target.raw;
    for (const char* const field : {"If-None-Match", "Accept", "Accept-Encoding"}) {
        question += '\n';
        question += head.fields.find(field).value_or("");
    }
    return question;
}

std::vector<std::string> names_of(const std::vector<Dataset>& datasets) {
    std::vector<std::string> names;
    for (const Dataset& dataset : datasets) {
        names.push_back(dataset.name());
    }
    return names;
}

}  // namespace

UsageService::UsageService(Setting setting,
                           BackendOpener open,
                           BackendPool::Size size,
                           KeyRing& keys)
    : setting_(std::move(setting)),
      keys_(keys),
      metrics_(names_of(setting_.datasets)),
      changes_(setting_.datasets, open),
      unchanged_(setting_.clock,
                 [this](std::function<void()> call) { server_->call_soon(std::move(call)); }),
      groups_([this](BackendPool::Task task) { return pool_.submit(std::move(task)); },
              [this](const Result<Backend*>& backend, const std::vector<GatheredCall>& calls) {
                  answer_together(backend, calls);
              },
              {.waiting_max = size.waiting_max, .reads_max = reads_at_once(size.threads)}),
      pool_(std::move(open), size) {}

ServiceLoad UsageService::load() const {
    const http::ServerFigures figures =
        server_ == nullptr ? http::ServerFigures() : server_->figures();
    return {.pool_size = pool_.size(),
            .pool_busy = pool_.busy(),
            .pool_waiting = pool_.waiting() + groups_.waiting(),
            .http_connections = figures.connections,
            .http_connections_total = figures.connections_total,
            .http_connections_refused = figures.connections_refused};
}

// It is opened by a thread of the pool, as that takes its time.
void UsageService::watch_commits() {
    const auto now = std::chrono::steady_clock::now();
    if (server_ == nullptr || unchanged_.is_watching() || now < watch_again_at_) {
        return;
    }
    watch_again_at_ = now + watch_again_after;
    const auto begin = [this](const std::shared_ptr<CommitWatch>& watch) {
        if (!unchanged_.is_watching() && server_->watch(watch->descriptor(), [this, watch] {
                return unchanged_.take(*watch);
            })) {
            unchanged_.use(watch);
        }
    };
    // Where the pool is full there is another time.
    static_cast<void>(pool_.submit([this, begin](const Result<Backend*>& backend) {
        if (!backend.has_value()) {
            return;
        }
        Result<std::unique_ptr<CommitWatch>> opened = (*backend)->store().watch_commits();
        if (opened.has_value() && *opened != nullptr) {
            server_->call_soon([begin, watch = std::shared_ptr<CommitWatch>(*std::move(opened))] {
                begin(watch);
            });
        }
    }));
}

// A request whose route is known.
class UsageService::RoutedExchange final : public http::Exchange {
 public:
    RoutedExchange(UsageService& service, RouteMatch match, Access access)
        : service_(service), match_(std::move(match)), access_(std::move(access)) {}

    [[nodiscard]] std::uint64_t body_bytes_max() const override {
        return match_.route->body_bytes_max;
    }

    void answer(std::shared_ptr<http::Request> request, Answered answered) override {
        const Route& route = *match_.route;
        if (route.group_endpoint != nullptr) {
            answer_unless_unchanged(std::move(request), std::move(answered));
        } else if (route.endpoint != nullptr) {
            const bool taken =
                service_.pool_.submit([this, request, answered](const Result<Backend*>& backend) {
                    answered(answer_on(*request, backend));
                });
            if (!taken) {
                turn_away(answered);
            }
        } else {
            collect_pings(service_.setting_, service_.metrics_, *request, std::move(answered));
        }
    }

    [[nodiscard]] const Route& route() const { return *match_.route; }
    // Who asks; lives as long as this.
    [[nodiscard]] std::string_view actor() const { return access_.name(); }

    [[nodiscard]] Call call_of(const http::Request& request, Backend& backend) const {
        return {.request = request,
                .route = *match_.route,
                .captures = match_.captures,
                .backend = backend,
                .setting = service_.setting_,
                .access = access_,
                .metrics = service_.metrics_,
                .changes = service_.changes_,
                .load = service_.load()};
    }

    // What is sent of what the endpoint said.
    [[nodiscard]] http::Response finish(const Call& call, Result<http::Response> answer) const {
        try {
            http::Response response = response_of(std::move(answer), call);
            if (response.status == 403) {
                service_.metrics_.note_key_refused("limit");
            }
            encode(call.request.head, response);
            return response;
        } catch (const std::exception& failure) {
            return failed(call.request, failure);
        }
    }

 private:
    // A version that stands for the whole database must not tell a key of some subjects of others.
    void answer_unless_unchanged(std::shared_ptr<http::Request> request, Answered answered) {
        const bool may_know_of_all = access_.all_subjects() && access_.all_datasets();
        if (!may_know_of_all || !request->head.fields.find("If-None-Match").has_value()) {
            gather(std::move(request), std::move(answered));
            return;
        }
        service_.watch_commits();
        std::string asked = question_of(request->head);
        service_.unchanged_.answer(
            std::move(asked), std::move(answered), [this, request](Answered answered_later) {
                gather(request, std::move(answered_later));
            });
    }

    void gather(std::shared_ptr<http::Request> request, Answered answered) {
        const std::string name = match_.route->group_name(request->head.target);
        if (!service_.groups_.add(name, {this, std::move(request), answered})) {
            turn_away(answered);
        }
    }

    void turn_away(const Answered& answered) {
        service_.metrics_.note_turned_away();
        answered(http::to_response(
            {.status = 503,
             .detail = fmt::format("all {} connections to the store are busy, and enough requests "
                                   "wait already; come again",
                                   service_.pool_.size())}));
    }

    [[nodiscard]] http::Response answer_on(const http::Request& request,
                                           const Result<Backend*>& backend) const {
        if (!backend.has_value()) {
            return http::to_response(http::problem_of(backend.error()));
        }
        try {
            const Call call = call_of(request, **backend);
            return finish(call, match_.route->endpoint(call));
        } catch (const std::exception& failure) {
            return failed(request, failure);
        }
    }

    UsageService& service_;
    RouteMatch match_;
    Access access_;
};

// Of one route.
void UsageService::answer_together(const Result<Backend*>& backend,
                                   const std::vector<GatheredCall>& gathered) {
    if (!backend.has_value()) {
        for (const GatheredCall& one : gathered) {
            one.answered(http::to_response(http::problem_of(backend.error())));
        }
        return;
    }
    std::vector<Call> calls;
    for (const GatheredCall& one : gathered) {
        calls.push_back(one.exchange->call_of(*one.request, **backend));
    }
    std::vector<bool> is_answered(gathered.size());
    try {
        gathered.front().exchange->route().group_endpoint(
            calls, [&](std::size_t place, Result<http::Response> answer) {
                const GatheredCall& one = gathered[place];
                is_answered[place] = true;
                one.answered(one.exchange->finish(calls[place], std::move(answer)));
            });
    } catch (const std::exception& failure) {
        for (std::size_t place = 0; place < gathered.size(); ++place) {
            if (!is_answered[place]) {
                gathered[place].answered(failed(*gathered[place].request, failure));
            }
        }
    }
}

std::variant<Access, http::Response> UsageService::let_in(const http::RequestHead& head,
                                                          const Route& route) {
    if (!route.scope.has_value()) {
        return Access();
    }
    auto admitted = keys_.admit(head);
    if (const auto* refusal = std::get_if<KeyRefusal>(&admitted); refusal != nullptr) {
        metrics_.note_key_refused(to_string(*refusal));
        const http::Problem problem = problem_of(*refusal);
        http::Response response = http::to_response(problem);
        if (problem.status == 401) {
            response.fields.set("WWW-Authenticate", "Bearer");
        }
        return response;
    }
    Access access = std::get<Access>(std::move(admitted));
    if (!access.may(*route.scope)) {
        metrics_.note_key_refused("scope");
        return http::to_response(not_allowed(
            "Authorization",
            std::string(access.name()),
            fmt::format("the key has not the scope {} that this needs", to_string(*route.scope))));
    }
    if ((!access.all_subjects() && !route.knows_subjects) ||
        (!access.all_datasets() && !route.knows_datasets)) {
        metrics_.note_key_refused("limit");
        return http::to_response(
            not_allowed("Authorization",
                        std::string(access.name()),
                        "this answers for all subjects and datasets; the key is for some"));
    }
    return access;
}

std::variant<http::Response, std::shared_ptr<http::Exchange>> UsageService::admit(
    const http::RequestHead& head) {
    // That the process answers at all; asks nobody else.
    const std::vector<std::string>& segments = head.target.segments;
    if (head.method == "GET" && segments.size() == 1 && segments.front() == "livez") {
        return json_response(200, "{\"live\": true}\n");
    }
    if (std::optional<http::Response> file = find_dashboard_file(head); file.has_value()) {
        return *std::move(file);
    }
    std::optional<RouteMatch> match = find_route(head);
    if (!match.has_value()) {
        return no_such_path(head);
    }
    if (match->route == nullptr) {
        return wrong_method(head, match->allowed);
    }
    std::variant<Access, http::Response> entry = let_in(head, *match->route);
    if (auto* refusal = std::get_if<http::Response>(&entry); refusal != nullptr) {
        return std::move(*refusal);
    }
    return std::make_shared<RoutedExchange>(
        *this, *std::move(match), std::get<Access>(std::move(entry)));
}

void UsageService::note(const http::Outcome& outcome) {
    const http::RequestHead& head = outcome.head;
    // Every exchange is of admit().
    const auto* const exchange = static_cast<const RoutedExchange*>(outcome.exchange);
    const std::string_view route =
        exchange != nullptr ? exchange->route().path : route_path_of(head);
    metrics_.note_request(route, outcome.status, outcome.took);
    log_event_soon(LogLevel::info,
                   "http.request",
                   {{"id", head.id},
                    {"peer", head.peer},
                    {"key", exchange != nullptr ? exchange->actor() : std::string_view()},
                    {"method", head.method},
                    {"target", head.target.raw},
                    {"route", route},
                    {"status", std::to_string(outcome.status)},
                    {"bytes_in", std::to_string(outcome.bytes_in)},
                    {"bytes_out", std::to_string(outcome.bytes_out)},
                    {"took_us", std::to_string(outcome.took.count())}});
    flush_log_soon();
}

// Those who were answered together are written together.
void UsageService::flush_log_soon() {
    if (server_ == nullptr) {
        flush_log();
    } else if (!std::exchange(will_flush_log_, true)) {
        server_->call_soon([this] {
            will_flush_log_ = false;
            flush_log();
        });
    }
}

}  // namespace tidemark
