#pragma once
// Journal: records that are on the disk before they are acknowledged.
//
// A folder of segments (journal/segment.h). Records are appended to one of them, and whoever
// appends meanwhile shares one write and one fdatasync. A segment that is sealed is written to no
// more: it belongs to whoever reads it, and is removed once what it says is kept elsewhere.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "journal/segment.h"

namespace tidemark {

struct JournalOptions {
    std::string directory;  // of its own; made when it is not there
    std::size_t waiting_bytes_max = std::size_t{16} << 20U;      // of records not yet on the disk
    std::uint64_t segment_bytes_max = std::uint64_t{64} << 20U;  // a new one is begun beyond
};

// Safe from several threads.
class Journal {
 public:
    // Called once from the journal's thread: the record is on the disk, or is nowhere. Must not
    // wait.
    using Written = std::function<void(Result<void>)>;

    // What is there from before counts as sealed. Fails with unavailable when the folder cannot be
    // written to, and with refused while another process writes to it.
    static Result<std::unique_ptr<Journal>> open(JournalOptions options);
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;
    // Records that were taken are written before it goes.
    ~Journal();

    // False when too much waits, or the record is longer than record_bytes_max: it was not taken.
    [[nodiscard]] bool append(std::string record, Written written);

    // Waits until every record that was taken before stands in a sealed segment, and gives the
    // paths of all sealed ones, the oldest first. Fails with unavailable.
    Result<std::vector<std::string>> seal();

 private:
    struct Waiting {
        std::string record;
        Written written;
    };
    // The one that is written to.
    struct Active {
        std::string path;
        std::string identity;
        int file = -1;
        std::uint64_t size = 0;  // on the disk
    };

    Journal(JournalOptions options, int lock);

    void work();
    void write(std::vector<Waiting> group);
    Result<void> write_durably(const std::vector<Waiting>& group);
    Result<void> begin_segment();
    void end_segment();
    void undo_write();
    [[nodiscard]] Result<std::vector<SegmentName>> segments() const;

    const JournalOptions options_;
    const int lock_;

    // Of the journal's thread alone, but for the path, which seal() asks for.
    Active active_;
    std::uint64_t next_number_ = 1;
    std::optional<Error> broken_;  // what was refused may be on the disk all the same

    std::mutex mutex_;
    std::condition_variable wanted_;
    std::condition_variable sealed_;
    std::vector<Waiting> waiting_;
    std::size_t waiting_bytes_ = 0;
    std::uint64_t seals_wanted_ = 0;
    std::uint64_t seals_done_ = 0;
    bool closing_ = false;
    std::thread thread_;
};

}  // namespace tidemark
