// bench_http MODE ...: what the service is measured beside.
//
//   fill URL SUBJECTS DAYS      DAYS of daily rows as history, of SUBJECTS subjects; prints one of
//                               them a line
//   query URL CONNECTIONS SECONDS SUBJECTS FROM TO
//                               the bare prepared query of one subject's daily rows, each
//                               connection a thread of its own; prints queries a second, p50 and
//                               p99 in ms
//   serve PORT FILE [JOURNAL]   a bare Beast server on one thread: GET answers the file's content,
//                               or 304 where an If-None-Match comes; POST appends the body to the
//                               journal and answers 204 once it is on the disk, several at once
//   idle PORT COUNT             opens COUNT connections, says so, and holds them until the end of
//                               standard input

#include <atomic>
#include <condition_variable>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <memory>
#include <mutex>
#include <thread>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <fcntl.h>
#include <libpq-fe.h>
#include <unistd.h>

#include "base/random.h"
#include "domain/dataset.h"
#include "side_by_side/support/day_rows.h"
#include "side_by_side/support/history.h"
#include "side_by_side/support/steps.h"
#include "store/postgres/postgres_store.h"

namespace tidemark::bench {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using postgres::Connection;
using postgres::Parameters;

const UtcDay bench_day = UtcDay::from_days_since_epoch(20768);  // 2026-11-11
const Dataset& cdn = built_in_datasets()[0];
constexpr auto as_tuple = asio::as_tuple(asio::use_awaitable);

void fill(const std::string& url, std::size_t subject_count, int days) {
    const std::vector<std::string> subjects = make_subjects(subject_count);
    const auto store = must(open_postgres_store(url));
    for (const Dataset& dataset : built_in_datasets()) {
        must(store->prepare_dataset(dataset));
    }
    const auto connection = must(Connection::open(url));
    fill_history(*connection, subjects, bench_day, days);
    for (const std::string& subject : subjects) {
        std::puts(subject.c_str());
    }
}

// The query that the service could not do without, on a connection of its own.
class BareQuery {
 public:
    BareQuery(const std::string& url, const std::string& from, const std::string& to)
        : connection_(PQconnectdb(url.c_str())) {
        const std::string sql = fmt::format(
            "SELECT date, bytes_streamed, requests FROM cdn_daily WHERE site_id = $1 AND date ="
            " ANY(ARRAY(SELECT generate_series('{}'::date, '{}'::date - 1, '1 day')::date))",
            from,
            to);
        PGresult* prepared = PQprepare(connection_, "bare", sql.c_str(), 1, nullptr);
        check(prepared, PGRES_COMMAND_OK);
    }
    BareQuery(const BareQuery&) = delete;
    BareQuery& operator=(const BareQuery&) = delete;
    ~BareQuery() { PQfinish(connection_); }

    void ask(const std::string& subject) {
        const char* const values[] = {subject.c_str()};
        check(PQexecPrepared(connection_, "bare", 1, values, nullptr, nullptr, 0), PGRES_TUPLES_OK);
    }

 private:
    void check(PGresult* result, ExecStatusType expected) {
        if (PQresultStatus(result) != expected) {
            std::fprintf(stderr, "%s", PQerrorMessage(connection_));
            std::exit(1);
        }
        PQclear(result);
    }

    PGconn* connection_;
};

void query(const std::string& url,
           int connections,
           double seconds,
           std::size_t subject_count,
           const std::string& from,
           const std::string& to) {
    const std::vector<std::string> subjects = make_subjects(subject_count);
    std::mutex mutex;
    std::vector<double> all_ms;
    std::atomic<bool> stop{false};
    std::vector<std::thread> threads;
    for (int number = 0; number < connections; ++number) {
        threads.emplace_back([&, number] {
            BareQuery bare(url, from, to);
            RandomStream random(5, "connection " + std::to_string(number));
            std::vector<double> ms;
            while (!stop) {
                const std::string& subject = subjects[random.below(subjects.size())];
                ms.push_back(1000 * seconds_of([&] { bare.ask(subject); }));
            }
            const std::scoped_lock lock(mutex);
            all_ms.insert(all_ms.end(), ms.begin(), ms.end());
        });
    }
    std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
    stop = true;
    for (std::thread& thread : threads) {
        thread.join();
    }
    fmt::print("{:.1f} {:.3f} {:.3f}\n",
               static_cast<double>(all_ms.size()) / seconds,
               quantile(all_ms, 0.5),
               quantile(all_ms, 0.99));
}

// Bytes that are on the disk before anybody is told: whoever comes while a write is on its way
// goes with the next one.
class Journal {
 public:
    Journal(asio::io_context& io, const std::string& path)
        : io_(io), file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
        writer_ = std::thread([this] { work(); });
    }
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;
    ~Journal() {
        {
            const std::scoped_lock lock(mutex_);
            stop_ = true;
        }
        came_.notify_one();
        writer_.join();
        ::close(file_);
    }

    // Calls `written` on the server's thread.
    void append(std::string bytes, std::function<void()> written) {
        {
            const std::scoped_lock lock(mutex_);
            waiting_bytes_ += bytes;
            waiting_.push_back(std::move(written));
        }
        came_.notify_one();
    }

 private:
    void work() {
        std::unique_lock lock(mutex_);
        while (true) {
            came_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
            if (waiting_.empty()) {
                return;
            }
            const std::string bytes = std::exchange(waiting_bytes_, {});
            auto told = std::exchange(waiting_, {});
            lock.unlock();
            if (::write(file_, bytes.data(), bytes.size()) < 0 || ::fdatasync(file_) != 0) {
                std::fprintf(stderr, "journal: %s\n", std::strerror(errno));
                std::exit(1);
            }
            asio::post(io_, [told = std::move(told)] {
                for (const std::function<void()>& each : told) {
                    each();
                }
            });
            lock.lock();
        }
    }

    asio::io_context& io_;
    int file_;
    std::mutex mutex_;
    std::condition_variable came_;
    std::string waiting_bytes_;
    std::vector<std::function<void()>> waiting_;
    bool stop_ = false;
    std::thread writer_;
};

using Request = beast::http::request<beast::http::string_body>;
using Response = beast::http::response<beast::http::string_body>;

asio::awaitable<void> serve_one(tcp::socket socket, const std::string& content, Journal* journal) {
    beast::tcp_stream stream(std::move(socket));
    beast::flat_buffer buffer;
    while (true) {
        Request request;
        const auto [failed, got] =
            co_await beast::http::async_read(stream, buffer, request, as_tuple);
        if (failed) {
            co_return;
        }
        Response response(beast::http::status::ok, 11);
        if (request.method() == beast::http::verb::post && journal != nullptr) {
            asio::steady_timer written(stream.get_executor(),
                                       asio::steady_timer::time_point::max());
            journal->append(request.body() + "\n", [&written] { written.cancel(); });
            co_await written.async_wait(as_tuple);
            response.result(beast::http::status::no_content);
        } else if (request.find(beast::http::field::if_none_match) != request.end()) {
            response.result(beast::http::status::not_modified);
            response.set(beast::http::field::etag, "\"1\"");
        } else {
            response.set(beast::http::field::content_type, "application/json");
            response.body() = content;
        }
        response.keep_alive(request.keep_alive());
        response.prepare_payload();
        beast::http::response_serializer<beast::http::string_body> serializer(response);
        const auto [unwritten, sent] =
            co_await beast::http::async_write(stream, serializer, as_tuple);
        if (unwritten || !request.keep_alive()) {
            co_return;
        }
    }
}

asio::awaitable<void> accept(tcp::acceptor& acceptor,
                             const std::string& content,
                             Journal* journal) {
    while (true) {
        const auto executor = co_await asio::this_coro::executor;
        tcp::socket socket(executor);
        const auto [failed] = co_await acceptor.async_accept(socket, as_tuple);
        if (failed) {
            co_return;
        }
        error_code ignored;
        socket.set_option(tcp::no_delay(true), ignored);
        asio::co_spawn(executor, serve_one(std::move(socket), content, journal), asio::detached);
    }
}

void serve(int port, const std::string& file, const char* journal_path) {
    std::ifstream stream(file, std::ios::binary);
    const std::string content{std::istreambuf_iterator<char>(stream),
                              std::istreambuf_iterator<char>()};
    asio::io_context io(1);
    tcp::acceptor acceptor(io,
                           {asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)});
    std::unique_ptr<Journal> journal;
    if (journal_path != nullptr) {
        journal = std::make_unique<Journal>(io, journal_path);
    }
    asio::co_spawn(io, accept(acceptor, content, journal.get()), asio::detached);
    io.run();
}

void idle(int port, int count) {
    asio::io_context io;
    std::vector<tcp::socket> sockets;
    for (int number = 0; number < count; ++number) {
        sockets.emplace_back(io);
        error_code failed;
        sockets.back().connect({asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)},
                               failed);
        if (failed) {
            std::fprintf(stderr, "connection %d: %s\n", number, failed.message().c_str());
            std::exit(1);
        }
    }
    std::puts("open");
    std::fflush(stdout);
    std::string line;
    std::getline(std::cin, line);
}

}  // namespace

int run(int count, char** arguments) {
    const std::string_view mode = count > 1 ? arguments[1] : "";
    const auto number = [&](int place) { return std::atoi(arguments[place]); };
    if (mode == "fill" && count == 5) {
        fill(arguments[2], static_cast<std::size_t>(number(3)), number(4));
    } else if (mode == "query" && count == 8) {
        query(arguments[2],
              number(3),
              std::atof(arguments[4]),
              static_cast<std::size_t>(number(5)),
              arguments[6],
              arguments[7]);
    } else if (mode == "serve" && (count == 4 || count == 5)) {
        serve(number(2), arguments[3], count == 5 ? arguments[4] : nullptr);
    } else if (mode == "idle" && count == 4) {
        idle(number(2), number(3));
    } else {
        std::fprintf(stderr, "bench_http: see the head of bench_http.cc\n");
        return 2;
    }
    return 0;
}

}  // namespace tidemark::bench

int main(int count, char** arguments) {
    return tidemark::bench::run(count, arguments);
}
