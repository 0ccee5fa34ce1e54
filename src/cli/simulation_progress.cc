#include "cli/simulation_progress.h"

#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

#include "base/log.h"
#include "report/text_table.h"
#include "simulate/plan/duration_text.h"

namespace tidemark {

namespace {

constexpr auto log_every = std::chrono::seconds(10);

std::string milliseconds(std::int64_t us) {
    return fmt::format("{:.1f} ms", static_cast<double>(us) / 1000);
}

}  // namespace

SimulationDisplay::SimulationDisplay() : on_terminal_(isatty(STDERR_FILENO) == 1) {}

SimulationDisplay::~SimulationDisplay() {
    wipe();
}

void SimulationDisplay::wipe() {
    if (lines_ > 0) {
        fmt::print(stderr, "\x1b[{}A\x1b[J", lines_);
        std::fflush(stderr);
        lines_ = 0;
    }
}

void SimulationDisplay::show(const simulate::SimulationProgress& progress) {
    if (on_terminal_) {
        draw(progress);
    } else {
        log(progress);
    }
}

void SimulationDisplay::draw(const simulate::SimulationProgress& progress) {
    std::string text = progress.doing.empty() ? "" : progress.doing + "\n";
    if (progress.doing.empty()) {
        TextTable table({{"writer"},
                         {"planned", TextAlign::right},
                         {"due", TextAlign::right},
                         {"done", TextAlign::right},
                         {"late", TextAlign::right},
                         {"failed", TextAlign::right},
                         {"skipped", TextAlign::right},
                         {"p99", TextAlign::right},
                         {"rows/s", TextAlign::right}});
        for (const simulate::WriterProgress& writer : progress.writers) {
            table.add_row({writer.writer,
                           std::to_string(writer.planned),
                           std::to_string(writer.due),
                           std::to_string(writer.done),
                           std::to_string(writer.late),
                           std::to_string(writer.failed),
                           std::to_string(writer.skipped),
                           milliseconds(writer.p99_us),
                           fmt::format("{:.0f}", writer.rows_per_second)});
        }
        text = table.to_string() + fmt::format("{:3.0f} %  WAL {}/s  {} sessions wait for locks\n",
                                               progress.share * 100,
                                               simulate::size_text(progress.wal_bytes_per_second),
                                               progress.sessions_waiting_for_locks);
    }
    wipe();
    for (const char character : text) {
        lines_ += character == '\n' ? 1 : 0;
    }
    std::fputs(text.c_str(), stderr);
    std::fflush(stderr);
}

void SimulationDisplay::log(const simulate::SimulationProgress& progress) {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (!progress.doing.empty()) {
        if (progress.doing != said_ && now - logged_ > std::chrono::seconds(1)) {
            log_event(LogLevel::info, "simulate.prepare", {{"doing", progress.doing}});
            logged_ = now;
        }
        said_ = progress.doing;
        return;
    }
    if (now - logged_ < log_every) {
        return;
    }
    logged_ = now;
    std::uint64_t due = 0;
    std::uint64_t done = 0;
    std::uint64_t failed = 0;
    for (const simulate::WriterProgress& writer : progress.writers) {
        due += writer.due;
        done += writer.done;
        failed += writer.failed;
    }
    log_event(LogLevel::info,
              "simulate.progress",
              {{"share", fmt::format("{:.0f}%", progress.share * 100)},
               {"due", std::to_string(due)},
               {"done", std::to_string(done)},
               {"failed", std::to_string(failed)}});
}

}  // namespace tidemark
