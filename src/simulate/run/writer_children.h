#pragma once
// The processes of the writers: started, watched, started again, ended.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/result.h"
#include "simulate/run/run_folder.h"
#include "simulate/run/writer_process.h"

namespace tidemark::simulate {

// How this program starts a writer's process: itself, with these words.
struct WriterCommand {
    std::string program;
    std::vector<std::string> arguments;
};

// One thread at a time.
class WriterChild {
 public:
    WriterChild(WriterOrders orders, std::int64_t restarts_max)
        : orders_(std::move(orders)), restarts_max_(restarts_max) {
        end_.writer = orders_.writer;
        end_.instance = orders_.instance;
    }
    WriterChild(const WriterChild&) = delete;
    WriterChild& operator=(const WriterChild&) = delete;
    ~WriterChild();

    Result<void> start(const WriterCommand& command);
    // Waits for "ready"; false when it ended or the time was up.
    bool wait_until_ready(std::int64_t deadline_us);
    void tell_start(std::int64_t start_us);

    // Looks whether it has ended, and how; true when it ended since the last look.
    bool look();
    [[nodiscard]] bool running() const { return pid_ > 0; }
    // Ended with success: it has done its schedule.
    [[nodiscard]] bool done() const { return done_; }
    [[nodiscard]] bool may_restart() const { return end_.restarts < restarts_max_; }
    void count_restart() { ++end_.restarts; }

    void send_signal(int signal) const;
    // What it wrote to standard error last.
    [[nodiscard]] const std::string& words() const { return words_; }
    [[nodiscard]] const WriterOrders& orders() const { return orders_; }
    [[nodiscard]] const WriterEnd& end() const { return end_; }
    [[nodiscard]] pid_t pid() const { return pid_; }

 private:
    void read_words();
    void close_pipes();

    WriterOrders orders_;
    std::int64_t restarts_max_;
    WriterEnd end_;
    pid_t pid_ = -1;
    int input_ = -1;
    int output_ = -1;
    int errors_ = -1;
    bool done_ = false;
    std::string words_;
};

}  // namespace tidemark::simulate
