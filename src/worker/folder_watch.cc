#include "worker/folder_watch.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/log.h"

namespace tidemark {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t head_bytes_max = std::size_t{64} << 10U;

// The digest of the file's first bytes; nothing when there are not so many.
std::optional<ContentHash> head_of(const std::string& path, std::uint64_t size) {
    std::string head(std::min<std::uint64_t>(size, head_bytes_max), '\0');
    std::ifstream file(path, std::ios::binary);
    if (!file.read(head.data(), static_cast<std::streamsize>(head.size()))) {
        return std::nullopt;
    }
    ContentHasher hasher;
    hasher.update(head);
    return hasher.finish();
}

struct FoundFile {
    std::string path;
    std::uint64_t size = 0;
    std::int64_t changed_ns = 0;
};

// What goes away while it is looked at is not there.
Result<std::vector<FoundFile>> files_below(const std::string& folder) {
    std::vector<FoundFile> files;
    std::error_code error;
    fs::recursive_directory_iterator entries(
        folder, fs::directory_options::skip_permission_denied, error);
    for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
        if (entries->path().filename().string().starts_with('.')) {
            entries.disable_recursion_pending();
            continue;
        }
        std::error_code gone;
        const bool regular = entries->is_regular_file(gone);
        const std::uint64_t size = regular && !gone ? entries->file_size(gone) : 0;
        const fs::file_time_type changed =
            regular && !gone ? entries->last_write_time(gone) : fs::file_time_type();
        if (regular && !gone) {
            files.push_back({.path = entries->path().string(),
                             .size = size,
                             .changed_ns = changed.time_since_epoch().count()});
        }
    }
    if (error) {
        return Error{ErrorKind::unavailable,
                     fmt::format("folder '{}': cannot be read: {}", folder, error.message())};
    }
    std::ranges::sort(files, {}, &FoundFile::path);
    return files;
}

}  // namespace

bool FolderWatch::is_ignored(const std::string& name) const {
    return std::ranges::any_of(rules_.ignored_endings,
                               [&](const std::string& ending) { return name.ends_with(ending); });
}

Result<std::vector<std::string>> FolderWatch::look(Timestamp now) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::vector<FoundFile> files, files_below(rules_.folder));
    std::vector<std::string> arrived;
    std::set<std::string> there;
    for (const FoundFile& file : files) {
        if (is_ignored(file.path)) {
            continue;
        }
        there.insert(file.path);
        const auto [place, is_new] = seen_.try_emplace(file.path);
        Seen& seen = place->second;
        if (is_new || seen.size != file.size || seen.changed_ns != file.changed_ns) {
            seen.size = file.size;
            seen.changed_ns = file.changed_ns;
            seen.since = now;
            seen.state = State::arriving;
        }
        if (seen.state == State::arriving && now - seen.since >= rules_.settle) {
            seen.state = State::given;
            arrived.push_back(file.path);
        }
    }
    std::erase_if(seen_, [&](const auto& each) { return !there.contains(each.first); });
    return arrived;
}

Result<void> FolderWatch::check_growth(const std::string& path) {
    const Seen& seen = seen_[path];
    if (seen.counted_size == 0 || seen.size <= seen.counted_size ||
        head_of(path, seen.counted_size) != seen.counted_head) {
        return {};
    }
    return Error{ErrorKind::refused,
                 fmt::format("{}: was counted when it had {} bytes, and has {} now: it is not "
                             "counted again, for its beginning would count twice; deliver files "
                             "under another name until they are whole, and take its batch back "
                             "before you hand over the whole",
                             path,
                             seen.counted_size,
                             seen.size)};
}

void FolderWatch::note_done(const std::string& path, bool counted) {
    Seen& seen = seen_[path];
    seen.state = State::done;
    if (counted) {
        seen.counted_size = seen.size;
        seen.counted_head = head_of(path, seen.size).value_or(ContentHash());
    }
}

void FolderWatch::note_postponed(const std::string& path) {
    seen_[path].state = State::arriving;
}

namespace {

// A file that could not even be begun is a run that failed, so that it is seen where runs are.
Result<void> note_failed_run(const AggregateJob& job,
                             const StoreOpener& open_store,
                             const Error& failure) {
    TIDEMARK_ASSIGN_OR_RETURN(const std::unique_ptr<Store> store, open_store());
    TIDEMARK_ASSIGN_OR_RETURN(const std::int64_t run,
                              store->begin_run("aggregate", job.dataset, job.feed));
    return store->end_run(run,
                          {.outcome = RunOutcome::failed, .covered = {}, .error = failure.message});
}

// What became of one file.
Result<FileOutcome> count_file(const AggregateJob& job,
                               FolderWatch& watch,
                               const std::string& path,
                               const LogReader& reader,
                               const StoreOpener& open_store) {
    AggregateJob of_file = job;
    of_file.files = {path};
    const Result<void> whole = watch.check_growth(path);
    Result<std::vector<FileOutcome>> outcomes =
        whole.has_value() ? aggregate_files(of_file, reader, open_store, {})
                          : Result<std::vector<FileOutcome>>(whole.error());
    if (outcomes.has_value()) {
        return std::move(outcomes->front());
    }
    if (outcomes.error().kind != ErrorKind::unavailable) {
        TIDEMARK_RETURN_IF_ERROR(note_failed_run(job, open_store, outcomes.error()));
    }
    return std::move(outcomes).error();
}

void pause(std::chrono::milliseconds length, const std::atomic<bool>& stop) {
    constexpr std::chrono::milliseconds step{50};
    for (auto left = length; left > std::chrono::milliseconds(0) && !stop; left -= step) {
        std::this_thread::sleep_for(std::min(left, step));
    }
}

void log_failure(const AggregateJob& job, const std::string& what, const Error& error) {
    log_event(LogLevel::error,
              "watch.failed",
              {{"feed", job.feed}, {"what", what}, {"error", error.message}});
}

}  // namespace

Result<void> watch_folder(const AggregateJob& job,
                          const WatchRules& rules,
                          const LogReader& reader,
                          const StoreOpener& open_store,
                          const Clock& clock,
                          const std::atomic<bool>& stop,
                          const std::function<void(const FileOutcome&)>& counted) {
    FolderWatch watch(rules);
    bool was_readable = true;
    for (; !stop; pause(rules.every, stop)) {
        const Result<std::vector<std::string>> arrived = watch.look(clock.now());
        if (!arrived.has_value()) {
            if (std::exchange(was_readable, false)) {
                log_failure(job, rules.folder, arrived.error());
            }
            continue;
        }
        was_readable = true;
        for (const std::string& path : *arrived) {
            if (stop) {
                return {};
            }
            Result<FileOutcome> outcome = count_file(job, watch, path, reader, open_store);
            const std::optional<Error> failure =
                outcome.has_value() ? outcome->error : std::optional(outcome.error());
            if (!failure.has_value()) {
                watch.note_done(path, true);
                counted(*outcome);
                continue;
            }
            log_failure(job, path, *failure);
            if (failure->kind == ErrorKind::unavailable) {
                watch.note_postponed(path);
            } else {
                watch.note_done(path, false);
            }
        }
    }
    return {};
}

}  // namespace tidemark
