#include "journal/journal.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <random>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/log.h"

namespace tidemark {

namespace {

namespace fs = std::filesystem;

Error failure(const std::string& what, int code) {
    return {ErrorKind::unavailable,
            fmt::format("journal '{}': {}", what, std::generic_category().message(code))};
}

std::string random_identity() {
    std::random_device device;
    return fmt::format("{:08x}{:08x}{:08x}{:08x}", device(), device(), device(), device());
}

Result<void> write_all(int file, std::string_view bytes, const std::string& path) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(file, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) {
            continue;
        }
        if (count < 0) {
            return failure(path, errno);
        }
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

// A file's name is on the disk only once its folder is.
Result<void> sync_directory(const std::string& path) {
    const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool done = directory >= 0 && ::fsync(directory) == 0;
    const int code = errno;
    if (directory >= 0) {
        ::close(directory);
    }
    return done ? Result<void>{} : failure(path, code);
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(JournalOptions options) {
    std::error_code error;
    fs::create_directories(options.directory, error);
    const std::string path = (fs::path(options.directory) / "lock").string();
    const int lock = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (lock < 0) {
        return failure(path, errno);
    }
    if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
        const int code = errno;
        ::close(lock);
        if (code != EWOULDBLOCK) {
            return failure(path, code);
        }
        return Error{ErrorKind::refused,
                     fmt::format("journal '{}': another process writes to it; give each process a "
                                 "folder of its own",
                                 options.directory)};
    }
    std::unique_ptr<Journal> journal(new Journal(std::move(options), lock));
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<SegmentName> known, journal->segments());
    if (!known.empty()) {
        journal->next_number_ = known.back().number + 1;
    }
    journal->thread_ = std::thread([raw = journal.get()] { raw->work(); });
    return journal;
}

Journal::Journal(JournalOptions options, int lock) : options_(std::move(options)), lock_(lock) {}

Journal::~Journal() {
    {
        const std::lock_guard guard(mutex_);
        closing_ = true;
    }
    wanted_.notify_one();
    if (thread_.joinable()) {
        thread_.join();
    }
    end_segment();
    ::close(lock_);
}

bool Journal::append(std::string record, Written written) {
    const std::lock_guard guard(mutex_);
    if (closing_ || record.size() > record_bytes_max ||
        waiting_bytes_ + record.size() > options_.waiting_bytes_max) {
        return false;
    }
    waiting_bytes_ += record.size();
    waiting_.push_back({std::move(record), std::move(written)});
    wanted_.notify_one();
    return true;
}

Result<std::vector<std::string>> Journal::seal() {
    {
        std::unique_lock guard(mutex_);
        const std::uint64_t mine = ++seals_wanted_;
        wanted_.notify_one();
        sealed_.wait(guard, [&] { return seals_done_ >= mine; });
    }
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<SegmentName> found, segments());
    // Asked after the folder: one that was begun since is not among those found, and one that was
    // active then and is no more is sealed.
    const std::lock_guard guard(mutex_);
    std::vector<std::string> paths;
    for (const SegmentName& name : found) {
        const std::string path = (fs::path(options_.directory) / name.to_string()).string();
        if (path != active_.path) {
            paths.push_back(path);
        }
    }
    return paths;
}

void Journal::work() {
    while (true) {
        std::vector<Waiting> group;
        std::uint64_t seals = 0;
        {
            std::unique_lock guard(mutex_);
            wanted_.wait(guard, [this] {
                return closing_ || !waiting_.empty() || seals_wanted_ > seals_done_;
            });
            if (closing_ && waiting_.empty() && seals_wanted_ == seals_done_) {
                return;
            }
            group.swap(waiting_);
            seals = seals_wanted_;
        }
        write(std::move(group));
        if (seals > seals_done_ || active_.size >= options_.segment_bytes_max) {
            end_segment();
        }
        const std::lock_guard guard(mutex_);
        seals_done_ = seals;
        sealed_.notify_all();
    }
}

void Journal::write(std::vector<Waiting> group) {
    if (group.empty()) {
        return;
    }
    Result<void> written = broken_.has_value() ? *broken_ : write_durably(group);
    if (!written.has_value() && !broken_.has_value()) {
        log_event(LogLevel::error, "journal.failed", {{"error", written.error().message}});
        undo_write();
    }
    std::size_t bytes = 0;
    for (const Waiting& each : group) {
        bytes += each.record.size();
    }
    {
        const std::lock_guard guard(mutex_);
        waiting_bytes_ -= bytes;
    }
    for (const Waiting& each : group) {
        each.written(written);
    }
}

Result<void> Journal::write_durably(const std::vector<Waiting>& group) {
    const bool is_new = active_.file < 0;
    if (is_new) {
        TIDEMARK_RETURN_IF_ERROR(begin_segment());
    }
    std::string bytes;
    for (const Waiting& each : group) {
        bytes += record_text(active_.identity, active_.size + bytes.size(), each.record);
    }
    TIDEMARK_RETURN_IF_ERROR(write_all(active_.file, bytes, active_.path));
    if (::fdatasync(active_.file) != 0) {
        return failure(active_.path, errno);
    }
    if (is_new) {
        TIDEMARK_RETURN_IF_ERROR(sync_directory(options_.directory));
    }
    active_.size += bytes.size();
    return {};
}

Result<void> Journal::begin_segment() {
    const SegmentName name{.number = next_number_++, .identity = random_identity()};
    const std::string path = (fs::path(options_.directory) / name.to_string()).string();
    {
        // Before the file is there, so that seal() never takes it for a sealed one.
        const std::lock_guard guard(mutex_);
        active_.path = path;
    }
    active_.identity = name.identity;
    active_.size = 0;
    active_.file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0644);
    return active_.file >= 0 ? Result<void>{} : failure(path, errno);
}

void Journal::end_segment() {
    if (active_.file >= 0) {
        ::close(active_.file);
    }
    const std::lock_guard guard(mutex_);
    active_ = Active();
}

// What was refused must not count later. After a failed fdatasync nobody knows what is on the disk
// of the file's end, so it is cut off, and nothing is appended to that file again.
void Journal::undo_write() {
    if (active_.file >= 0) {
        const bool undone = ::ftruncate(active_.file, static_cast<off_t>(active_.size)) == 0 &&
                            ::fdatasync(active_.file) == 0;
        if (!undone) {
            broken_ =
                failure(active_.path + " (what was refused could not be taken out of it)", errno);
            log_event(LogLevel::error, "journal.broken", {{"error", broken_->message}});
        }
    }
    end_segment();
}

Result<std::vector<SegmentName>> Journal::segments() const {
    std::vector<SegmentName> found;
    std::error_code error;
    for (const fs::directory_entry& entry : fs::directory_iterator(options_.directory, error)) {
        if (std::optional<SegmentName> name =
                SegmentName::parse(entry.path().filename().string())) {
            found.push_back(*std::move(name));
        }
    }
    if (error) {
        return failure(options_.directory, error.value());
    }
    std::ranges::sort(found, {}, &SegmentName::number);
    return found;
}

}  // namespace tidemark
