#include "http/session.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "http/request_head.h"
#include "http/wire_texts.h"

namespace tidemark::http {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t chunk_bytes = std::size_t{64} << 10U;

// What an idle connection holds for the bytes to come.
constexpr std::size_t first_bytes = 512;

// What is read and thrown away after a refusal, so that the other side can read the answer before
// the connection is reset.
constexpr std::size_t linger_bytes_max = std::size_t{4} << 20U;
constexpr std::chrono::seconds linger_time{2};

}  // namespace

asio::awaitable<void> Session::serve() {
    const std::shared_ptr<Session> self = shared_from_this();
    bool keep = co_await stream_.start(host_.options().header_time);
    while (keep) {
        keep = co_await wait_for_request();
        if (keep) {
            keep = co_await answer_one();
        }
    }
    co_await stream_.finish();
}

// False when the connection is to end.
asio::awaitable<bool> Session::wait_for_request() {
    if (buffer_.size() > 0) {
        co_return true;  // pipelined: it is here already
    }
    if (host_.draining()) {
        co_return false;
    }
    buffer_.shrink_to_fit();
    idle_ = true;
    stream_.expires_after(host_.options().idle_time);
    const auto [error, count] =
        co_await stream_.async_read_some(buffer_.prepare(first_bytes), as_tuple);
    idle_ = false;
    if (error) {
        co_return false;
    }
    buffer_.commit(count);
    co_return true;
}

asio::awaitable<bool> Session::answer_one() {
    began_ = std::chrono::steady_clock::now();
    bytes_in_ = 0;
    exchange_.reset();
    was_head_ = false;
    version_ = 11;
    Parser parser;
    parser.header_limit(host_.options().header_bytes_max);
    parser.body_limit(boost::none);  // judged once it is known what for
    stream_.expires_after(host_.options().header_time);
    const auto [error, count] =
        co_await beast::http::async_read_header(stream_, buffer_, parser, as_tuple);
    RequestHead nothing_known{
        .id = host_.next_id(), .method = {}, .target = {}, .fields = {}, .peer = peer_};
    if (error) {
        const std::optional<Problem> problem = problem_of_head(error);
        if (problem.has_value()) {
            co_await write(nothing_known, to_response(*problem), false);
            co_await linger();
        }
        co_return false;
    }
    version_ = parser.get().version();
    was_head_ = parser.get().method() == beast::http::verb::head;
    Result<RequestHead> read = head_of(parser.get().base(), peer_, nothing_known.id);
    if (!read.has_value()) {
        co_await write(nothing_known, to_response(problem_of(read.error())), false);
        co_await linger();
        co_return false;
    }
    auto request = std::make_shared<Request>(Request{
        .head = std::move(read).value(), .body = RequestBody(host_.options().spool_directory)});
    if (parser.content_length().has_value()) {
        request->head.content_length = *parser.content_length();
    }
    auto admitted = host_.service().admit(request->head);
    if (Response* refusal = std::get_if<Response>(&admitted); refusal != nullptr) {
        const bool whole = parser.is_done();
        const bool keep = whole && parser.keep_alive();
        const bool written = co_await write(request->head, std::move(*refusal), keep);
        if (!whole) {
            co_await linger();
        }
        co_return written&& keep;
    }
    exchange_ = std::get<std::shared_ptr<Exchange>>(std::move(admitted));
    const std::optional<Problem> problem =
        co_await read_body(parser, request->head, exchange_->body_bytes_max(), request->body);
    if (problem.has_value()) {
        if (problem->status != 0) {
            co_await write(request->head, to_response(*problem), false);
            co_await linger();
        }
        co_return false;
    }
    bytes_in_ = request->body.size();
    stream_.expires_never();
    Response response = co_await ask(request);
    const bool keep = parser.keep_alive() && !host_.draining();
    const bool written = co_await write(request->head, std::move(response), keep);
    co_return written&& keep;
}

// Nothing when the body is whole. Status 0: the other side is gone.
asio::awaitable<std::optional<Problem>> Session::read_body(Parser& parser,
                                                           const RequestHead& head,
                                                           std::uint64_t bytes_max,
                                                           RequestBody& body) {
    if (parser.is_done()) {
        co_return std::nullopt;
    }
    const Problem too_large{
        .status = 413,
        .detail = fmt::format("the body is larger than {} bytes; send it in parts, each a batch "
                              "of its own",
                              bytes_max),
        .field = "Content-Length",
        .value =
            head.content_length.has_value() ? std::to_string(*head.content_length) : "chunked"};
    if (head.content_length.value_or(0) > bytes_max) {
        co_return too_large;
    }
    stream_.expires_after(host_.options().body_time);
    const auto expected = head.fields.find("Expect");
    if (expected.has_value() &&
        beast::iequals({expected->data(), expected->size()}, "100-continue")) {
        static constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
        const auto [error, count] =
            co_await asio::async_write(stream_, asio::buffer(go_on.data(), go_on.size()), as_tuple);
        if (error) {
            co_return Problem{.status = 0, .detail = {}};
        }
    }
    // Most bodies are small, and memory that is written over need not be cleared.
    const std::size_t chunk_size =
        std::clamp<std::uint64_t>(head.content_length.value_or(chunk_bytes), 1, chunk_bytes);
    const auto chunk = std::make_unique_for_overwrite<char[]>(chunk_size);
    while (!parser.is_done()) {
        parser.get().body().data = chunk.get();
        parser.get().body().size = chunk_size;
        const auto [error, count] =
            co_await beast::http::async_read(stream_, buffer_, parser, as_tuple);
        if (error && error != beast::http::error::need_buffer) {
            const std::optional<Problem> problem = problem_of_head(error);
            co_return problem.value_or(Problem{.status = 0, .detail = {}});
        }
        const std::size_t got = chunk_size - parser.get().body().size;
        if (body.size() + got > bytes_max) {
            co_return too_large;
        }
        const Result<void> kept = body.append({chunk.get(), got});
        if (!kept.has_value()) {
            co_return problem_of(kept.error());
        }
    }
    co_return std::nullopt;
}

// Waits for the service's answer without holding the thread.
asio::awaitable<Response> Session::ask(const std::shared_ptr<Request>& request) {
    // Named, and holding references alone: GCC 12 destroys twice what is captured by a lambda
    // within an awaited expression.
    const auto begin = [this, &request](auto handler) {
        auto waiting = std::make_shared<decltype(handler)>(std::move(handler));
        go_on_ = [waiting] { (*waiting)(); };
        asked_ = request;
        host_.ask_soon(*this);
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(begin,
                                                                         asio::use_awaitable);
    if (failure_ != nullptr) {
        std::rethrow_exception(std::exchange(failure_, nullptr));
    }
    co_return std::move(answer_);
}

void Session::ask_now() {
    try {
        // It waits, and so is there, until it was answered.
        exchange_->answer(std::move(asked_),
                          [this](Response answer) { host_.take_answer(*this, std::move(answer)); });
    } catch (...) {
        failure_ = std::current_exception();
        host_.take_answer(*this, {});
    }
}

void Session::go_on(Response answer) {
    answer_ = std::move(answer);
    std::exchange(go_on_, {})();
}

std::string Session::head_of_response(const RequestHead& head,
                                      const Response& response,
                                      bool keep,
                                      std::optional<std::uint64_t> content_length) const {
    return response_head(response,
                         {.version_11 = version_ >= 11,
                          .keep_alive = keep,
                          .content_length = content_length,
                          .id = head.id,
                          .now = std::time(nullptr)});
}

void Session::note(const RequestHead& head, int status, std::uint64_t bytes_out) {
    host_.service().note({.head = head,
                          .exchange = exchange_.get(),
                          .status = status,
                          .bytes_in = bytes_in_,
                          .bytes_out = bytes_out,
                          .took = std::chrono::duration_cast<std::chrono::microseconds>(
                              std::chrono::steady_clock::now() - began_)});
}

asio::awaitable<bool> Session::write(const RequestHead& head, Response response, bool keep) {
    if (response.events != nullptr && !was_head_) {
        const bool kept = co_await write_events(head, std::move(response));
        co_return kept;
    }
    const bool has_content = response.status != 304;
    const std::string text = head_of_response(
        head, response, keep, has_content ? std::optional(response.body.size()) : std::nullopt);
    const std::string_view body =
        was_head_ || !has_content ? std::string_view() : std::string_view(response.body);
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(text), asio::buffer(body)};
    stream_.expires_after(host_.options().write_time);
    const auto [error, count] = co_await asio::async_write(stream_, buffers, as_tuple);
    note(head, response.status, count);
    co_return !error;
}

// Until the stream ends or the other side is gone; the end of the connection is that of the answer.
asio::awaitable<bool> Session::write_events(const RequestHead& head, Response response) {
    const std::string text = head_of_response(head, response, false, std::nullopt);
    stream_.expires_after(host_.options().write_time);
    auto [error, bytes] = co_await asio::async_write(stream_, asio::buffer(text), as_tuple);
    events_ = response.events;
    const auto pause = std::make_shared<asio::steady_timer>(stream_.get_executor());
    events_->on_put([pause] { asio::post(pause->get_executor(), [pause] { pause->cancel(); }); });
    while (!error && !host_.draining()) {
        EventStream::Taken taken = events_->take();
        if (taken.text.empty()) {
            if (taken.ended) {
                break;
            }
            pause->expires_after(host_.options().silence_time);
            const auto [woken] = co_await pause->async_wait(as_tuple);
            if (woken) {
                continue;
            }
            taken.text = ":\n\n";  // a remark that says nothing: is the other side there still?
        }
        stream_.expires_after(host_.options().write_time);
        const auto [failed, count] =
            co_await asio::async_write(stream_, asio::buffer(taken.text), as_tuple);
        error = failed;
        bytes += count;
    }
    events_->on_put({});
    events_.reset();
    note(head, response.status, bytes);
    co_return false;
}

asio::awaitable<void> Session::linger() {
    error_code ignored;
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    stream_.expires_after(linger_time);
    std::vector<char> waste(chunk_bytes);
    for (std::size_t read = 0; read < linger_bytes_max;) {
        const auto [error, count] = co_await stream_.async_read_some(asio::buffer(waste), as_tuple);
        if (error) {
            break;
        }
        read += count;
    }
}

}  // namespace tidemark::http
