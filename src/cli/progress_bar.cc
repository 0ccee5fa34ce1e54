#include "cli/progress_bar.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>
#include <unistd.h>

namespace tidemark {

namespace {

constexpr auto show_every = std::chrono::milliseconds(100);
constexpr int bar_width = 24;

std::string bar_of(double share) {
    const int filled = std::clamp(static_cast<int>(share * bar_width), 0, bar_width);
    return std::string(static_cast<std::size_t>(filled), '#') +
           std::string(static_cast<std::size_t>(bar_width - filled), '.');
}

}  // namespace

ProgressBar::ProgressBar(std::uint64_t total_bytes)
    : on_terminal_(isatty(STDERR_FILENO) == 1),
      total_bytes_(total_bytes),
      started_(std::chrono::steady_clock::now()) {}

ProgressBar::~ProgressBar() {
    wipe();
}

void ProgressBar::show(const std::string& file, const ReadingProgress& progress) {
    if (!on_terminal_) {
        return;
    }
    files_[file] = progress;
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now - shown_ < show_every) {
        return;
    }
    shown_ = now;
    ReadingProgress sum;
    for (const auto& [name, each] : files_) {
        sum.bytes_read += each.bytes_read;
        sum.bytes_expanded += each.bytes_expanded;
        sum.lines += each.lines;
    }
    const double elapsed_s = std::max(std::chrono::duration<double>(now - started_).count(), 0.001);
    std::string line = fmt::format("{:.1f} M lines/s  {:.0f} MB/s",
                                   static_cast<double>(sum.lines) / elapsed_s / 1e6,
                                   static_cast<double>(sum.bytes_expanded) / elapsed_s / 1e6);
    if (total_bytes_ > 0 && sum.bytes_read > 0) {
        const double share =
            std::min(1.0, static_cast<double>(sum.bytes_read) / static_cast<double>(total_bytes_));
        line = fmt::format("[{}] {:3.0f} %  {}  {:.0f} s left",
                           bar_of(share),
                           share * 100,
                           line,
                           elapsed_s / share * (1 - share));
    }
    fmt::print(stderr, "\r\x1b[K{}", line);
    std::fflush(stderr);
}

void ProgressBar::wipe() {
    if (on_terminal_ && shown_ != SteadyTime{}) {
        fmt::print(stderr, "\r\x1b[K");
        std::fflush(stderr);
        shown_ = {};
    }
}

}  // namespace tidemark
